#include "base/energy_counter.h"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/checked.h"
#include "base/file_io.h"

namespace llmembed::base {
namespace {

// Between two readings a counter must not go round once: with the smallest range in use, 65 kJ,
// that takes 6.5 kW.
constexpr std::chrono::seconds kInterval(10);
constexpr uint64_t kMaxFileBytes = 4096;  // a file of sysfs is at most a page

std::optional<std::string> LineIn(const std::string& path) {
  auto text = ReadSmallFile(path, kMaxFileBytes);
  if (!text.ok()) return std::nullopt;
  return text->substr(0, text->find('\n'));
}

std::optional<uint64_t> CounterIn(const std::string& path) {
  const std::optional<std::string> line = LineIn(path);
  if (!line) return std::nullopt;
  uint64_t number = 0;
  const char* end = line->data() + line->size();
  const auto parsed = std::from_chars(line->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

// "intel-rapl:1", but not "intel-rapl:1:0", a part of it, nor "intel-rapl-mmio:1", the same counter
// by another way. AMD's have these names too.
bool IsTopZone(const std::string& name) {
  constexpr std::string_view kPrefix = "intel-rapl:";
  return name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
         name.find_first_not_of("0123456789", kPrefix.size()) == std::string::npos;
}

// Folders of the packages; a top zone may also be the whole board ("psys").
std::vector<std::string> PackageZones(const std::string& powercap) {
  std::vector<std::string> zones;
  std::error_code error;
  std::filesystem::directory_iterator entry(powercap, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string zone = entry->path().string();
    if (IsTopZone(entry->path().filename().string()) &&
        LineIn(zone + "/name").value_or("").starts_with("package")) {
      zones.push_back(zone);
    }
  }
  return zones;
}

}  // namespace

EnergyCounter::EnergyCounter(const std::string& powercap) {
  for (const std::string& zone : PackageZones(powercap)) {
    const std::optional<Package> package = OpenPackage(zone);
    if (!package) return;
    packages_.push_back(*package);
  }
  if (packages_.empty()) return;
  microjoules_ = 0;
  reader_ = std::jthread([this](const std::stop_token& stop) { AddRegularly(stop); });
}

std::optional<double> EnergyCounter::Joules() {
  const std::lock_guard lock(mutex_);
  Add();
  if (!microjoules_) return std::nullopt;
  return static_cast<double>(*microjoules_) * 1e-6;
}

std::optional<EnergyCounter::Package> EnergyCounter::OpenPackage(const std::string& zone) {
  Package package;
  package.energy_file = zone + "/energy_uj";
  const std::optional<uint64_t> range = CounterIn(zone + "/max_energy_range_uj");
  const std::optional<uint64_t> energy = CounterIn(package.energy_file);
  if (!range || !energy || *energy > *range) return std::nullopt;
  package.range = *range;
  package.last = *energy;
  return package;
}

void EnergyCounter::Add() {
  for (Package& package : packages_) {
    if (!microjoules_) return;
    const std::optional<uint64_t> now = CounterIn(package.energy_file);
    if (!now || *now > package.range) {
      microjoules_.reset();
      return;
    }
    const uint64_t taken =
        *now >= package.last ? *now - package.last : package.range - package.last + *now;
    microjoules_ = CheckedAdd(*microjoules_, taken);
    package.last = *now;
  }
}

void EnergyCounter::AddRegularly(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, kInterval, [&stop] { return stop.stop_requested(); })) Add();
}

}  // namespace llmembed::base

#include "base/cpu.h"

#include <cpuid.h>
#include <malloc.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

namespace llmembed::base {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The path of this process in a cgroup hierarchy: "" is v2's own line ("0::/path").
std::string CgroupPath(const std::string& controller) {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line)) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controllers.find("," + controller + ",") != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return "/";
}

std::optional<double> QuotaOfV2(const std::string& folder) {
  std::istringstream line(FirstLine(folder + "/cpu.max"));
  double quota = 0.0;
  double period = 0.0;
  if (line >> quota >> period && quota > 0.0 && period > 0.0) return quota / period;  // "max": none
  return std::nullopt;
}

std::optional<double> QuotaOfV1(const std::string& folder) {
  std::istringstream quota_line(FirstLine(folder + "/cpu.cfs_quota_us"));
  std::istringstream period_line(FirstLine(folder + "/cpu.cfs_period_us"));
  double quota = 0.0;
  double period = 0.0;
  if (quota_line >> quota && period_line >> period && quota > 0.0 && period > 0.0) {
    return quota / period;
  }
  return std::nullopt;
}

// The smallest value from the process's own group up to the root of the hierarchy.
std::optional<double> SmallestOf(const std::string& root, std::string path,
                                 std::optional<double> (*value_of)(const std::string&)) {
  std::optional<double> smallest;
  while (true) {
    const std::optional<double> value = value_of(root + path);
    if (value && (!smallest || *value < *smallest)) smallest = value;
    const size_t slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos) return smallest;
    path.resize(slash);
  }
}

// A file's number; nullopt when there is none ("max", no such file).
std::optional<uint64_t> NumberIn(const std::string& path) {
  std::istringstream line(FirstLine(path));
  uint64_t number = 0;
  if (line >> number) return number;
  return std::nullopt;
}

// "KEY value" lines, as in memory.stat and /proc/meminfo.
std::optional<uint64_t> NumberOf(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  uint64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    if (fields >> word >> number && word == key) return number;
  }
  return std::nullopt;
}

// What a group may still take: its limit less its use, of which the file cache can be given back.
std::optional<double> RoomIn(const std::string& limit_file, const std::string& usage_file,
                             const std::string& stat_file, const std::string& cache_key) {
  const std::optional<uint64_t> limit = NumberIn(limit_file);
  const std::optional<uint64_t> usage = NumberIn(usage_file);
  if (!limit || !usage) return std::nullopt;
  const uint64_t used = *usage - std::min(*usage, NumberOf(stat_file, cache_key).value_or(0));
  return static_cast<double>(*limit - std::min(*limit, used));
}

std::optional<double> RoomOfV2(const std::string& folder) {
  return RoomIn(folder + "/memory.max", folder + "/memory.current", folder + "/memory.stat",
                "file");
}

std::optional<double> RoomOfV1(const std::string& folder) {
  return RoomIn(folder + "/memory.limit_in_bytes", folder + "/memory.usage_in_bytes",
                folder + "/memory.stat", "total_cache");
}

struct Registers {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
};

// CPUID's leaf of extended features, for those that a compiler cannot be asked for; zeros where
// the CPU has no such leaf.
Registers ExtendedFeatures(unsigned part) {
  Registers found;
  __get_cpuid_count(7, part, &found.eax, &found.ebx, &found.ecx, &found.edx);
  return found;
}

// AMX-BF16, AMX-TILE and AMX-INT8: unknown to gcc 12.
bool HasAmx() {
  constexpr unsigned kAmx = (1U << 22) | (1U << 24) | (1U << 25);
  return (ExtendedFeatures(0).edx & kAmx) == kAmx;
}

// Unknown to clang 16.
bool HasAvxVnni() { return (ExtendedFeatures(1).eax & (1U << 4)) != 0; }

CpuFeatures& MutableCpu() {
  static CpuFeatures features = [] {
    CpuFeatures found;
    found.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    found.avx_vnni = found.avx2 && HasAvxVnni();
    found.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
    found.avx512_vnni = found.avx512 && __builtin_cpu_supports("avx512vnni");
    found.avx512_bf16 = found.avx512 && __builtin_cpu_supports("avx512bf16");
    found.amx_bf16 = found.avx512_bf16 && HasAmx();
    return found;
  }();
  return features;
}

}  // namespace

uint64_t AvailableMemoryBytes() {
  const std::optional<uint64_t> kibibytes = NumberOf("/proc/meminfo", "MemAvailable:");
  std::optional<double> room;
  if (kibibytes) room = static_cast<double>(*kibibytes) * 1024.0;
  for (const std::optional<double> group :
       {SmallestOf("/sys/fs/cgroup", CgroupPath(""), RoomOfV2),
        SmallestOf("/sys/fs/cgroup/memory", CgroupPath("memory"), RoomOfV1)}) {
    if (group && (!room || *group < *room)) room = group;
  }
  return room ? static_cast<uint64_t>(*room) : 0;
}

unsigned UsableThreads() {
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t affinity;
  if (sched_getaffinity(0, sizeof(affinity), &affinity) == 0) {
    threads = std::clamp(static_cast<unsigned>(CPU_COUNT(&affinity)), 1U, threads);
  }
  for (const std::optional<double> quota :
       {SmallestOf("/sys/fs/cgroup", CgroupPath(""), QuotaOfV2),
        SmallestOf("/sys/fs/cgroup/cpu", CgroupPath("cpu"), QuotaOfV1)}) {
    if (quota) {
      threads = std::min(threads, static_cast<unsigned>(std::max(1.0, std::ceil(*quota))));
    }
  }
  return threads;
}

const CpuFeatures& Cpu() { return MutableCpu(); }

void LimitCpu(const CpuFeatures& most) {
  CpuFeatures& features = MutableCpu();
  features.avx2 = features.avx2 && most.avx2;
  features.avx_vnni = features.avx_vnni && most.avx_vnni;
  features.avx512 = features.avx512 && most.avx512;
  features.avx512_vnni = features.avx512_vnni && most.avx512_vnni;
  features.avx512_bf16 = features.avx512_bf16 && most.avx512_bf16;
  features.amx_bf16 = features.amx_bf16 && most.amx_bf16;
}

uint64_t PeakMemoryBytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

void RestartPeakMemory() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

double CpuSeconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace llmembed::base

#include "base/cpu.h"

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

// The smallest quota from the process's own group up to the root of the hierarchy.
std::optional<double> SmallestQuota(const std::string& root, std::string path,
                                    std::optional<double> (*quota_of)(const std::string&)) {
  std::optional<double> smallest;
  while (true) {
    const std::optional<double> quota = quota_of(root + path);
    if (quota && (!smallest || *quota < *smallest)) smallest = quota;
    const size_t slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos) return smallest;
    path.resize(slash);
  }
}

}  // namespace

unsigned UsableThreads() {
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  cpu_set_t affinity;
  if (sched_getaffinity(0, sizeof(affinity), &affinity) == 0) {
    threads = std::clamp(static_cast<unsigned>(CPU_COUNT(&affinity)), 1U, threads);
  }
  for (const std::optional<double> quota :
       {SmallestQuota("/sys/fs/cgroup", CgroupPath(""), QuotaOfV2),
        SmallestQuota("/sys/fs/cgroup/cpu", CgroupPath("cpu"), QuotaOfV1)}) {
    if (quota) {
      threads = std::min(threads, static_cast<unsigned>(std::max(1.0, std::ceil(*quota))));
    }
  }
  return threads;
}

const CpuFeatures& Cpu() {
  static const CpuFeatures features = [] {
    CpuFeatures found;
    found.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    found.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
    found.avx512_bf16 = found.avx512 && __builtin_cpu_supports("avx512bf16");
    return found;
  }();
  return features;
}

uint64_t PeakMemoryBytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace llmembed::base

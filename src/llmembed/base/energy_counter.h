// Energy that the processors took, where the machine measures it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace llmembed::base {

inline constexpr const char* kPowercapFolder = "/sys/class/powercap";

// Reads the energy counters (RAPL) that Linux shows of Intel's and AMD's processors: of every
// package, and not of the parts of one or the whole board, which would count twice. What ran beside
// this process is in them. Source: the kernel's Documentation/power/powercap/powercap.rst.
//
// A counter goes round in its range, within minutes on a large processor, so a thread of its own
// reads it every ten seconds. Thread-safe.
class EnergyCounter {
 public:
  explicit EnergyCounter(const std::string& powercap = kPowercapFolder);

  // Since it was made. nullopt when there is no package, or any of them could not be read at any
  // time (without root most kernels refuse): a part of the energy is no measurement of it.
  std::optional<double> Joules();

 private:
  struct Package {
    std::string energy_file;
    uint64_t range = 0;  // the counter's largest value
    uint64_t last = 0;   // as it was read last
  };

  static std::optional<Package> OpenPackage(const std::string& zone);
  void Add();  // what the packages took since they were read last
  void AddRegularly(const std::stop_token& stop);

  std::mutex mutex_;
  std::vector<Package> packages_;
  std::optional<uint64_t> microjoules_;
  std::condition_variable_any wake_;
  std::jthread reader_;  // last: it ends before what it uses
};

}  // namespace llmembed::base

// Shows a job's progress and messages on standard error.
#pragma once

#include <chrono>
#include <string>

#include "llmembed/run_context.h"

namespace llmembed::cli {

// On a terminal one line redrawn in place, at most ten times a second; elsewhere plain lines, at
// most one every ten seconds. A stage that took more than a second leaves a line when it ends.
class ProgressObserver : public Observer {
 public:
  enum class Verbosity { kNormal, kQuiet };  // quiet: warnings alone

  explicit ProgressObserver(Verbosity verbosity) : verbosity_(verbosity) {}

  void OnLog(LogLevel level, std::string_view message) override;
  void OnProgress(const Progress& progress) override;

 private:
  using Clock = std::chrono::steady_clock;

  // A stage between its first and its last report.
  struct Stage {
    std::string name;
    std::string unit;
    Clock::time_point begin;
    uint64_t done_at_begin = 0;  // work of an earlier run, which says nothing of the rate
    uint64_t done = 0;
    uint64_t total = 0;

    double Seconds() const;
    double Rate() const;  // units a second; 0 while unknown
  };

  void Begin(const Progress& progress);
  void End();
  void Draw();

  static std::string Amounts(const Stage& stage);
  static std::string LineInPlace(const Stage& stage, size_t width);
  static std::string Summary(const Stage& stage);

  Verbosity verbosity_;
  Stage stage_;  // without a name: none
  Clock::time_point last_shown_;
};

}  // namespace llmembed::cli

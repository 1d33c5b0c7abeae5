// Rates on a machine that others use too: which repetitions count, and what they come to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "compute/peak.h"
#include "llmembed/bench.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// Of a measurement, with what the probe gave right before and right behind it.
struct Repetition {
  double value = 0.0;
  double probe_before = 0.0, probe_after = 0.0;
};

// A probe this near to the best one tells of an undisturbed machine.
inline constexpr double kQuietShare = 0.85;

// The middle one, or the mean of the two in the middle. Precondition: there is one.
double Median(std::vector<double> values);

// The smallest one that at least this share of them, above 0, is not above. Precondition: as above.
double Percentile(std::vector<double> values, double share);

// As BenchRate says. Precondition: there is a repetition.
BenchRate Summarise(std::span<const Repetition> repetitions, double best_probe);

// Keeps the rates of its probe over all measurements. Not thread-safe.
class Meter {
 public:
  // `pool` and `context` must outlive the meter.
  static Result<std::unique_ptr<Meter>> Create(base::ThreadPool* pool, double seconds,
                                               const RunContext& context);

  // Does something so many times over.
  using Body = std::function<Status(size_t times)>;

  // Runs `body` once or twice unmeasured, then repeats it for `share` of the seconds, at least
  // three times (twice when it is slow), and up to three times as long while the machine is
  // disturbed. What comes back is how often a second. kCancelled, body's errors.
  Result<BenchRate> Measure(const Body& body, double share = 1.0);

  // Something measured by itself; `value` is its own figure.
  Result<Repetition> Watch(const std::function<Result<double>()>& value);

  BenchRate Rate(std::span<const Repetition> repetitions) const;

  base::ThreadPool* pool() const { return pool_; }
  const RunContext& context() const { return context_; }
  double seconds() const { return seconds_; }

 private:
  Meter(base::ThreadPool* pool, double seconds, const RunContext& context)
      : pool_(pool), seconds_(seconds), context_(context) {}
  Result<double> Probe();  // products a second, on all threads

  base::ThreadPool* pool_;
  double seconds_;
  const RunContext& context_;
  std::unique_ptr<compute::Product> probe_;
  std::vector<double> probes_;  // all of this run
};

// A rate in other units.
BenchRate Scaled(BenchRate rate, double factor);

// Seconds that it takes.
Result<double> SecondsOf(const std::function<Status()>& body);

}  // namespace llmembed::pipeline

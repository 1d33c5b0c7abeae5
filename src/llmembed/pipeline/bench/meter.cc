#include "pipeline/bench/meter.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace llmembed::pipeline {
namespace {

using BenchClock = std::chrono::steady_clock;

double Since(BenchClock::time_point begin) {
  return std::chrono::duration<double>(BenchClock::now() - begin).count();
}

// A product that fits into any core's own cache, and so often that it takes about two milliseconds.
constexpr compute::ProductSize kProbe{
    .math_type = compute::MathType::kF32, .rows = 96, .inputs = 192, .outputs = 192};
constexpr size_t kProbeTasks = 8;  // a thread
constexpr size_t kRunsATask = 8;

// A repetition is so long that starting the threads does not count.
constexpr double kShortestRepetition = 0.01;
constexpr size_t kFewest = 3;
constexpr double kSlow = 2.0;  // seconds, from which two repetitions are enough

// While too few repetitions were undisturbed, a measurement takes up to so many times as long.
constexpr double kPatience = 3.0;

// OpenMP's threads spin for a while behind a product that they shared, which is not a disturbance.
constexpr auto kSettling = std::chrono::milliseconds(6);

// The best rate of the probe is the one that so many are not above: the luckiest alone would be a
// bar that half of all undisturbed ones miss, where clocks come and go.
constexpr double kBestProbe = 0.95;

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<size_t>(rank, 1, values.size()) - 1];
}

BenchRate Summarise(std::span<const Repetition> repetitions, double best_probe) {
  std::vector<double> values;
  for (const Repetition& repetition : repetitions) {
    const double probe = std::min(repetition.probe_before, repetition.probe_after);
    if (probe >= kQuietShare * best_probe) values.push_back(repetition.value);
  }
  BenchRate rate;
  rate.rejected = static_cast<uint32_t>(repetitions.size() - values.size());
  rate.is_disturbed = values.empty();
  if (values.empty()) {
    for (const Repetition& repetition : repetitions) values.push_back(repetition.value);
    rate.rejected = 0;
  }
  rate.kept = static_cast<uint32_t>(values.size());
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  rate.low = *low;
  rate.high = *high;
  rate.median = Median(std::move(values));
  return rate;
}

BenchRate Scaled(BenchRate rate, double factor) {
  rate.median *= factor;
  rate.low *= factor;
  rate.high *= factor;
  return rate;
}

Result<double> SecondsOf(const std::function<Status()>& body) {
  const auto begin = BenchClock::now();
  LLMEMBED_RETURN_IF_ERROR(body());
  return Since(begin);
}

Result<std::unique_ptr<Meter>> Meter::Create(base::ThreadPool* pool, double seconds,
                                             const RunContext& context) {
  std::unique_ptr<Meter> meter(new Meter(pool, seconds, context));
  LLMEMBED_ASSIGN_OR_RETURN(meter->probe_, compute::MakeOneDnnProduct(kProbe, pool->size(), 1));
  // The first ones wake the threads and the clock up.
  for (int i = 0; i < 10; ++i) LLMEMBED_RETURN_IF_ERROR(meter->Probe().status());
  return meter;
}

Result<double> Meter::Probe() {
  LLMEMBED_ASSIGN_OR_RETURN(const double seconds, SecondsOf([&] {
                              return pool_->ParallelFor(
                                  kProbeTasks * pool_->size(),
                                  [&](size_t, unsigned worker) -> Status {
                                    for (size_t run = 0; run < kRunsATask; ++run) {
                                      LLMEMBED_RETURN_IF_ERROR(probe_->Run(worker));
                                    }
                                    return {};
                                  });
                            }));
  const double rate = 1.0 / seconds;
  probes_.push_back(rate);
  return rate;
}

BenchRate Meter::Rate(std::span<const Repetition> repetitions) const {
  return Summarise(repetitions, Percentile(probes_, kBestProbe));
}

Result<Repetition> Meter::Watch(const std::function<Result<double>()>& value) {
  if (context_.IsCancelled()) return Status(StatusCode::kCancelled, "stopped");
  Repetition repetition;
  LLMEMBED_ASSIGN_OR_RETURN(repetition.probe_before, Probe());
  LLMEMBED_ASSIGN_OR_RETURN(repetition.value, value());
  std::this_thread::sleep_for(kSettling);
  LLMEMBED_ASSIGN_OR_RETURN(repetition.probe_after, Probe());
  return repetition;
}

Result<BenchRate> Meter::Measure(const Body& body, double share) {
  if (context_.IsCancelled()) return Status(StatusCode::kCancelled, "stopped");
  LLMEMBED_ASSIGN_OR_RETURN(double once, SecondsOf([&] { return body(1); }));
  if (once < share * seconds_ / 2) {  // the first time is longer than those that follow
    LLMEMBED_ASSIGN_OR_RETURN(once, SecondsOf([&] { return body(1); }));
  }
  const auto times = static_cast<size_t>(
      std::max(1.0, std::ceil(std::min(kShortestRepetition, share * seconds_ / 4) / once)));
  const size_t fewest = once > kSlow ? 2 : kFewest;
  std::vector<Repetition> repetitions;
  const auto begin = BenchClock::now();
  const auto wants_more = [&] {
    if (repetitions.size() < fewest || Since(begin) < share * seconds_) return true;
    const BenchRate rate = Rate(repetitions);
    const bool is_quiet = !rate.is_disturbed && rate.kept >= fewest;
    return !is_quiet && Since(begin) < kPatience * share * seconds_;
  };
  while (wants_more()) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto repetition, Watch([&]() -> Result<double> {
                                LLMEMBED_ASSIGN_OR_RETURN(const double seconds,
                                                          SecondsOf([&] { return body(times); }));
                                return static_cast<double>(times) / seconds;
                              }));
    repetitions.push_back(repetition);
  }
  return Rate(repetitions);
}

}  // namespace llmembed::pipeline

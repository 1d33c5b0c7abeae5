// One short text at a time, everything warm: how long a caller waits.
#include "llmembed/predict.h"
#include "pipeline/bench/parts.h"

namespace llmembed::pipeline {
namespace {

constexpr size_t kCalls = 200;
constexpr double kLongest = 20.0;  // seconds, after which fewer calls have to do
constexpr size_t kWarmCalls = 5;
constexpr size_t kShapeTokens = 12;  // of a shape, which has no tokenizer

Status MeasureCalls(const std::string& what, const std::function<Status()>& call, Meter* meter,
                    BenchReport* report) {
  const RunContext& context = meter->context();
  for (size_t i = 0; i < kWarmCalls; ++i) LLMEMBED_RETURN_IF_ERROR(call());
  std::vector<double> milliseconds;
  double total = 0.0;
  Progress progress{.stage = "latency", .unit = "calls", .total = kCalls};
  while ((milliseconds.size() < kCalls && total < kLongest) || total < meter->seconds()) {
    if (context.IsCancelled()) return {StatusCode::kCancelled, "stopped"};
    LLMEMBED_ASSIGN_OR_RETURN(const double seconds, SecondsOf(call));
    total += seconds;
    milliseconds.push_back(1000.0 * seconds);
    progress.done = milliseconds.size();
    context.Report(progress);
  }
  progress.total = progress.done;
  progress.finished = true;
  context.Report(progress);
  report->latencies.push_back({.what = what,
                               .calls = milliseconds.size(),
                               .p50_milliseconds = Percentile(milliseconds, 0.5),
                               .p99_milliseconds = Percentile(milliseconds, 0.99)});
  return {};
}

Status MeasurePredictions(const std::string& bundle, Meter* meter, BenchReport* report) {
  RunContext context = meter->context();
  context.store = "none";  // it would have the vector at once
  LLMEMBED_ASSIGN_OR_RETURN(Predictor predictor, Predictor::Open(bundle, {}, context));
  const std::vector<std::string> texts = {std::string(kShortText)};
  return MeasureCalls(
      "a prediction", [&] { return predictor.Predict(texts).status(); }, meter, report);
}

Status MeasureVectors(BenchModel* model, Meter* meter, BenchReport* report) {
  model->backbone.reset();  // the extractor loads its own
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto extractor,
      extract::Extractor::Open({.folder = model->folder,
                                .taps = {{.layer = -1, .pooling = fusion::Pooling::kMean}},
                                .compute_type = model->compute_type},
                               meter->pool()));
  const extract::TextWindow window{.texts = {&kShortText, 1}};
  std::vector<float> vector(extractor->width());
  float* const tap = vector.data();
  const uint32_t first = 0;
  extract::TextLength length;
  const auto call = [&]() -> Status {
    LLMEMBED_RETURN_IF_ERROR(extractor->Tokenize(window, {&length, 1}));
    return extractor->Extract({&first, 1}, {&tap, 1}, meter->context().cancelled);
  };
  return MeasureCalls("a vector", call, meter, report);
}

Status MeasureShapeVectors(BenchModel* model, Meter* meter, BenchReport* report) {
  LLMEMBED_RETURN_IF_ERROR(model->Load(meter->pool()));
  backbone::TokenBatch batch;
  batch.Add(std::vector<int32_t>(kShapeTokens, 7), model->architecture.config);
  LLMEMBED_ASSIGN_OR_RETURN(auto session, model->backbone->NewSession(batch.tokens()));
  const auto ignore = [](const backbone::StatePoint&, const compute::Matrix&) { return Status(); };
  return MeasureCalls(
      "a vector", [&] { return session.Run(batch, ignore); }, meter, report);
}

}  // namespace

Status MeasureLatency(const BenchOptions& options, BenchModel* model, Meter* meter,
                      BenchReport* report) {
  if (!options.bundle.empty()) return MeasurePredictions(options.bundle, meter, report);
  return model->folder.empty() ? MeasureShapeVectors(model, meter, report)
                               : MeasureVectors(model, meter, report);
}

}  // namespace llmembed::pipeline

// How the time of a token grows: with the length of its text, with what is in a batch, with layers
// and threads. Each as a chart.
#include <algorithm>
#include <functional>

#include "base/file_io.h"
#include "eval/plot/line_plot.h"
#include "eval/plot/plot_csv.h"
#include "pipeline/bench/parts.h"
#include "pipeline/bench/uniform_texts.h"

namespace llmembed::pipeline {
namespace {

constexpr size_t kGrowthLengths[] = {4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048};
constexpr size_t kGrowthBatches[] = {64, 128, 256, 512, 1024, 2048, 4096};
constexpr size_t kUsualLength = 64;
constexpr size_t kMostDepths = 6;

eval::SeriesPoint Point(size_t x, const BenchRate& y) {
  return {.x = static_cast<double>(x), .y = y.median, .interval = eval::Interval{y.low, y.high}};
}

// Of a rate's figures their opposite: the shortest time is that of the highest rate.
BenchRate TimeOf(const BenchRate& rate, double factor) {
  BenchRate time = rate;
  time.median = factor / rate.median;
  time.low = factor / rate.high;
  time.high = factor / rate.low;
  return time;
}

class GrowthMeter {
 public:
  GrowthMeter(BenchModel* model, Meter* meter) : model_(*model), meter_(*meter) {}

  Result<std::vector<eval::LinePlot>> MeasureAll() {
    LLMEMBED_RETURN_IF_ERROR(model_.Load(meter_.pool()));
    std::vector<eval::LinePlot> plots;
    for (const auto& measure : {&GrowthMeter::OverLengths, &GrowthMeter::OverBatches,
                                &GrowthMeter::OverThreads, &GrowthMeter::OverLayers}) {
      LLMEMBED_ASSIGN_OR_RETURN(auto plot, (this->*measure)());
      plots.push_back(std::move(plot));
    }
    return plots;
  }

 private:
  // Tokens a second on that pool, with the backbone that is loaded.
  Result<BenchRate> Tokens(base::ThreadPool* pool, size_t length, size_t batch_tokens,
                           size_t layers) {
    LLMEMBED_ASSIGN_OR_RETURN(UniformTexts texts,
                              UniformTexts::Create(*model_.backbone, {.length = length,
                                                                      .batch_tokens = batch_tokens,
                                                                      .layers = layers,
                                                                      .workers = pool->size()}));
    LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate, meter_.Measure([&](size_t times) {
      return texts.Run(pool, times, meter_.context().cancelled);
    }));
    return Scaled(rate, static_cast<double>(texts.tokens()));
  }
  size_t layers() const { return model_.architecture.config.layers; }
  size_t batch_tokens() const { return model_.backbone->BatchTokens(); }
  size_t usual_length() const {
    return std::min(kUsualLength, model_.architecture.config.max_tokens());
  }

  Result<eval::LinePlot> OverLengths() {
    eval::LinePlot plot{.labels = {"Time of a token by its text's length", "tokens of a text",
                                   "microseconds a token"},
                        .series = {{.name = "length"}}};
    for (const size_t length : kGrowthLengths) {
      if (length > model_.architecture.config.max_tokens()) break;
      LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate,
                                Tokens(meter_.pool(), length, batch_tokens(), layers()));
      plot.series[0].points.push_back(Point(length, TimeOf(rate, 1e6)));
    }
    return plot;
  }

  Result<eval::LinePlot> OverBatches() {
    eval::LinePlot plot{.labels = {"Time of a token by the size of batches", "tokens of a batch",
                                   "microseconds a token"},
                        .series = {{.name = "batch"}}};
    for (const size_t tokens : kGrowthBatches) {
      LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate,
                                Tokens(meter_.pool(), usual_length(), tokens, layers()));
      plot.series[0].points.push_back(Point(tokens, TimeOf(rate, 1e6)));
    }
    return plot;
  }

  Result<eval::LinePlot> OverThreads() {
    eval::LinePlot plot{.labels = {"Tokens a second by threads", "threads", "tokens a second"},
                        .series = {{.name = "threads"}, {.name = "so many times one thread"}}};
    const unsigned most = meter_.pool()->size();
    for (unsigned threads = 1;; threads = std::min(2 * threads, most)) {
      base::ThreadPool pool(threads);
      LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate,
                                Tokens(&pool, usual_length(), batch_tokens(), layers()));
      plot.series[0].points.push_back(Point(threads, rate));
      const double one = plot.series[0].points.front().y;
      plot.series[1].points.push_back({.x = static_cast<double>(threads), .y = threads * one});
      if (threads == most) return plot;
    }
  }

  // Leaves the model without a backbone.
  Result<eval::LinePlot> OverLayers() {
    eval::LinePlot plot{
        .labels = {"Time of a token by the deepest layer", "layers", "microseconds a token"},
        .series = {{.name = "layers"}}};
    const size_t all = layers();
    const size_t step = (all + kMostDepths - 1) / kMostDepths;
    for (size_t depth = std::min(step, all); depth <= all; depth += step) {
      model_.backbone.reset();
      LLMEMBED_RETURN_IF_ERROR(model_.Load(meter_.pool(), depth));
      LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate,
                                Tokens(meter_.pool(), usual_length(), batch_tokens(), depth));
      plot.series[0].points.push_back(Point(depth, TimeOf(rate, 1e6)));
    }
    model_.backbone.reset();
    return plot;
  }

  BenchModel& model_;
  Meter& meter_;
};

}  // namespace

Status MeasureGrowth(const BenchOptions& options, BenchModel* model, Meter* meter,
                     BenchReport* report) {
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(options.growth));
  LLMEMBED_ASSIGN_OR_RETURN(const auto plots, GrowthMeter(model, meter).MeasureAll());
  std::vector<eval::Series> all;
  const auto write = [&](const std::string& name, const std::string& contents) {
    report->growth_files.push_back(options.growth + "/" + name);
    return base::WriteFileAtomically(report->growth_files.back(), contents);
  };
  for (const eval::LinePlot& plot : plots) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string svg, eval::LinePlotSvg(plot));
    LLMEMBED_RETURN_IF_ERROR(write(plot.series[0].name + ".svg", svg));
    all.push_back(plot.series[0]);
  }
  return write("growth.csv", eval::SeriesToCsv(all));
}

}  // namespace llmembed::pipeline

// Texts through a backbone: of one length without their tokenizer, and at their own with it.
#include <numeric>

#include "pipeline/bench/parts.h"
#include "pipeline/bench/uniform_texts.h"
#include "pipeline/window_reader.h"

namespace llmembed::pipeline {
namespace {

constexpr size_t kLengths[] = {16, 128, 512};  // tokens a text

// From how often a second all the texts were gone through.
void AddExtraction(BenchExtraction extraction, const BenchRate& rate, BenchReport* report) {
  extraction.tokens_per_second = Scaled(rate, static_cast<double>(extraction.tokens));
  extraction.texts_per_second = rate.median * static_cast<double>(extraction.text_count);
  extraction.gflops = extraction.tokens_per_second.median * report->flops_per_token * 1e-9;
  if (const BenchPeak* peak = PeakOf(*report, report->compute_type)) {
    extraction.share_of_peak = extraction.gflops / peak->best.gflops.median;
    extraction.share_of_onednn = extraction.gflops / peak->onednn_best.gflops.median;
  }
  report->extractions.push_back(std::move(extraction));
}

Status MeasureLength(size_t length, const BenchModel& model, Meter* meter, BenchReport* report) {
  LLMEMBED_ASSIGN_OR_RETURN(
      UniformTexts texts,
      UniformTexts::Create(*model.backbone, {.length = length,
                                             .batch_tokens = model.backbone->BatchTokens(),
                                             .layers = model.architecture.config.layers,
                                             .workers = meter->pool()->size()}));
  LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate, meter->Measure([&](size_t times) {
    return texts.Run(meter->pool(), times, meter->context().cancelled);
  }));
  AddExtraction({.texts = std::to_string(length) + " tokens",
                 .text_count = texts.text_count(),
                 .tokens = texts.tokens(),
                 .tokens_per_second = {}},
                rate, report);
  return {};
}

// One window of texts, as many as are embedded together, again and again.
Status MeasureOwnLengths(const BenchOptions& options, const BenchModel& model, Meter* meter,
                         BenchReport* report) {
  LLMEMBED_ASSIGN_OR_RETURN(auto reader, WindowReader::Open(options.data));
  LLMEMBED_ASSIGN_OR_RETURN(const extract::TextWindow window, reader.Next());
  if (window.size() == 0) return {StatusCode::kBadData, options.data.path + ": holds no text"};
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto extractor,
      extract::Extractor::Open({.folder = model.folder,
                                .taps = {{.layer = -1, .pooling = fusion::Pooling::kMean}},
                                .compute_type = model.compute_type},
                               meter->pool()));
  std::vector<uint32_t> all(window.size());
  std::iota(all.begin(), all.end(), 0U);
  std::vector<extract::TextLength> lengths(window.size());
  std::vector<float> vectors(window.size() * extractor->width());
  float* const tap = vectors.data();
  LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate, meter->Measure([&](size_t times) -> Status {
    for (size_t i = 0; i < times; ++i) {
      LLMEMBED_RETURN_IF_ERROR(extractor->Tokenize(window, lengths));
      LLMEMBED_RETURN_IF_ERROR(extractor->Extract(all, {&tap, 1}, meter->context().cancelled));
    }
    return {};
  }));
  uint64_t tokens = 0;
  for (const extract::TextLength& length : lengths) tokens += length.read;
  AddExtraction({.texts = "own lengths",
                 .text_count = window.size(),
                 .tokens = tokens,
                 .tokens_per_second = {}},
                rate, report);
  return {};
}

}  // namespace

Status MeasureExtraction(const BenchOptions& options, BenchModel* model, Meter* meter,
                         BenchReport* report) {
  LLMEMBED_RETURN_IF_ERROR(model->Load(meter->pool()));
  Progress progress{.stage = "extraction", .unit = "lengths", .total = std::size(kLengths)};
  for (const size_t length : kLengths) {
    if (length <= model->architecture.config.max_tokens()) {
      LLMEMBED_RETURN_IF_ERROR(MeasureLength(length, *model, meter, report));
    }
    ++progress.done;
    meter->context().Report(progress);
  }
  progress.finished = true;
  meter->context().Report(progress);
  if (options.data.path.empty()) return {};
  model->backbone.reset();  // the extractor loads its own: two may be more than there is room for
  return MeasureOwnLengths(options, *model, meter, report);
}

}  // namespace llmembed::pipeline

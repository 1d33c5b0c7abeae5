// `predict`: labels and probabilities for new texts.
#include "llmembed/predict.h"
#include "pipeline/classify.h"
#include "pipeline/window_reader.h"

namespace llmembed {

struct Predictor::Impl {
  pipeline::OpenedBundle opened;
  RunContext context;
  std::vector<float> features;
  std::vector<extract::TextLength> lengths;

  Result<std::vector<Prediction>> PredictWindow(std::span<const std::string_view> texts);
};

Result<std::vector<Prediction>> Predictor::Impl::PredictWindow(
    std::span<const std::string_view> texts) {
  const bundle::Bundle& bundle = opened.bundle;
  features.resize(texts.size() * bundle.head.width());
  lengths.resize(texts.size());
  LLMEMBED_RETURN_IF_ERROR(opened.source->Compute(texts, features, lengths));
  LLMEMBED_ASSIGN_OR_RETURN(const auto probabilities, bundle.head.Probabilities(features));
  const size_t classes = bundle.labels.size();
  std::vector<Prediction> predictions(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto row = std::span(probabilities).subspan(i * classes, classes);
    const uint32_t best = head::LargestScore(row);
    predictions[i] = {.label = bundle.labels[best],
                      .probability = row[best],
                      .probabilities = {row.begin(), row.end()},
                      .tokens = lengths[i].tokens,
                      .used_tokens = lengths[i].used};
  }
  return predictions;
}

Predictor::Predictor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;
Predictor::~Predictor() = default;

Result<Predictor> Predictor::Open(const std::string& bundle, const PredictorOptions& options,
                                  const RunContext& context) {
  auto impl = std::make_unique<Impl>();
  LLMEMBED_ASSIGN_OR_RETURN(
      impl->opened,
      pipeline::OpenBundle(
          bundle, options.verify ? extract::DigestCheck::kAgain : extract::DigestCheck::kRemembered,
          context));
  impl->context = context;
  return Predictor(std::move(impl));
}

const std::vector<std::string>& Predictor::labels() const { return impl_->opened.bundle.labels; }

Result<std::vector<Prediction>> Predictor::Predict(std::span<const std::string> texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<Prediction> predictions;
  for (size_t begin = 0; begin < views.size();) {
    const size_t end = pipeline::WindowEnd(views, begin);
    LLMEMBED_ASSIGN_OR_RETURN(auto window,
                              impl_->PredictWindow(std::span(views).subspan(begin, end - begin)));
    std::move(window.begin(), window.end(), std::back_inserter(predictions));
    begin = end;
  }
  return predictions;
}

Result<ExtractionReport> Predictor::PredictFile(
    const DataSource& data,
    const std::function<Status(std::string_view text, const Prediction& prediction)>& row) {
  LLMEMBED_ASSIGN_OR_RETURN(auto reader, pipeline::WindowReader::Open(data));
  Progress progress{.stage = "predicting", .unit = "texts"};
  while (true) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto texts, reader.Next());
    if (texts.empty()) break;
    LLMEMBED_ASSIGN_OR_RETURN(const auto predictions, impl_->PredictWindow(texts));
    for (size_t i = 0; i < texts.size(); ++i) {
      LLMEMBED_RETURN_IF_ERROR(row(texts[i], predictions[i]));
    }
    progress.done += texts.size();
    impl_->context.Report(progress);
  }
  progress.finished = true;
  progress.total = progress.done;
  impl_->context.Report(progress);
  pipeline::WarnOfIssues(reader.Issues(), impl_->context);
  return impl_->opened.source->report();
}

}  // namespace llmembed

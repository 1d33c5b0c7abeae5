// `predict`: labels and probabilities for new texts.
#include "llmembed/predict.h"
#include "pipeline/classify.h"
#include "pipeline/window_reader.h"

namespace llmembed {

struct Predictor::Impl {
  pipeline::OpenedBundle opened;
  RunContext context;
  std::vector<float> features;

  Result<std::vector<Prediction>> PredictWindow(const extract::TextWindow& window);
};

Result<std::vector<Prediction>> Predictor::Impl::PredictWindow(const extract::TextWindow& window) {
  const bundle::Bundle& bundle = opened.bundle;
  features.resize(window.size() * bundle.head.width());
  LLMEMBED_RETURN_IF_ERROR(opened.source->Compute(window, {}, {}, features));
  LLMEMBED_ASSIGN_OR_RETURN(const auto probabilities, bundle.head.Probabilities(features));
  const size_t classes = bundle.labels.size();
  std::vector<Prediction> predictions(window.size());
  for (size_t i = 0; i < window.size(); ++i) {
    const auto row = std::span(probabilities).subspan(i * classes, classes);
    const uint32_t best = head::LargestScore(row);
    const extract::TextLength length = opened.source->backbones().length(i);
    predictions[i] = {.label = bundle.labels[best],
                      .probability = row[best],
                      .probabilities = {row.begin(), row.end()},
                      .tokens = length.tokens,
                      .used_tokens = length.used,
                      .cut_tokens = length.tokens - length.used};
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
    const extract::TextWindow window{.texts = std::span(views).subspan(begin, end - begin),
                                     .first = begin};
    LLMEMBED_ASSIGN_OR_RETURN(auto made, impl_->PredictWindow(window));
    std::move(made.begin(), made.end(), std::back_inserter(predictions));
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
    LLMEMBED_ASSIGN_OR_RETURN(const auto window, reader.Next());
    if (window.size() == 0) break;
    LLMEMBED_ASSIGN_OR_RETURN(const auto predictions, impl_->PredictWindow(window));
    for (size_t i = 0; i < window.size(); ++i) {
      LLMEMBED_RETURN_IF_ERROR(row(window.texts[i], predictions[i]));
    }
    progress.done += window.size();
    impl_->context.Report(progress);
  }
  progress.finished = true;
  progress.total = progress.done;
  impl_->context.Report(progress);
  pipeline::WarnOfIssues(reader.Issues(), impl_->context);
  return impl_->opened.source->backbones().report({});
}

}  // namespace llmembed

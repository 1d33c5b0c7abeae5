// `prompt`: a language model is asked for the labels, with or without examples.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "backbone/config_reader.h"
#include "base/random.h"
#include "data/split.h"
#include "eval/metrics.h"
#include "extract/extractor.h"
#include "llmembed/models.h"
#include "llmembed/prompt.h"
#include "pipeline/prompt_demonstrations.h"
#include "prompt/label_scorer.h"
#include "prompt/label_words.h"
#include "prompt/prompt_encoder.h"
#include "text/tokenizer.h"

namespace llmembed {
namespace {

using Clock = std::chrono::steady_clock;

// Texts scored between two reports of progress, for each thread.
constexpr size_t kTextsARound = 32;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// What may be shown, and what is asked about: with a test file `test` holds it, else the two are
// parts of `all`.
struct PromptTexts {
  data::LabelledDataset all;
  data::LabelledDataset test;
  data::Split split;  // rows of `all`; with a test file, held_out are those of `test`
  bool has_test_file = false;

  const data::LabelledDataset& asked() const { return has_test_file ? test : all; }
};

Result<PromptTexts> ReadTexts(const PromptOptions& options, const RunContext& context,
                              std::vector<DataIssue>* issues) {
  PromptTexts texts;
  data::IssueLog log(options.data.path);
  data::IssueLog test_log(options.test_path);
  LLMEMBED_ASSIGN_OR_RETURN(texts.all,
                            data::LabelledDataset::LoadTraining(options.data, context, &log));
  if (options.test_path.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(
        texts.split,
        data::HoldOut(texts.all, {.share = options.holdout, .seed = options.seed}, &log));
  } else {
    texts.has_test_file = true;
    DataSource source = options.data;
    source.path = options.test_path;
    LLMEMBED_ASSIGN_OR_RETURN(texts.test, data::LabelledDataset::LoadEvaluation(
                                              source, texts.all.label_names(), context, &test_log));
    data::ReportTestTextsInTrain(texts.all, texts.test, &test_log);
    texts.split.train.resize(texts.all.size());
    std::iota(texts.split.train.begin(), texts.split.train.end(), 0U);
    texts.split.held_out.resize(texts.test.size());
    std::iota(texts.split.held_out.begin(), texts.split.held_out.end(), 0U);
  }
  std::vector<uint32_t>& asked = texts.split.held_out;
  if (options.limit > 0 && options.limit < asked.size()) {
    base::Random random(options.seed, /*stream=*/1);
    random.Shuffle(std::span(asked));
    asked.resize(options.limit);
    std::sort(asked.begin(), asked.end());
  }
  *issues = log.Issues();
  const std::vector<DataIssue> test_issues = test_log.Issues();
  issues->insert(issues->end(), test_issues.begin(), test_issues.end());
  return texts;
}

Result<std::unique_ptr<compute::Backend>> MakeBackend(const PromptOptions& options) {
  const bool is_bf16 = extract::ResolveComputeType(options.compute_type) == ComputeType::kBf16;
  return compute::MakeCpuBackend(is_bf16 ? compute::MathType::kBF16 : compute::MathType::kF32);
}

Result<size_t> LongestPrompt(const PromptOptions& options, const backbone::BackboneConfig& config) {
  const size_t most = config.max_continued_tokens();
  if (options.max_tokens > most) {
    return Status(StatusCode::kUsage, "max_tokens " + std::to_string(options.max_tokens) +
                                          " is beyond the model's " + std::to_string(most) +
                                          " positions");
  }
  return options.max_tokens == 0 ? most : options.max_tokens;
}

// Scores of texts, a round of them after another.
class Interview {
 public:
  Interview(const PromptTexts& texts, const pipeline::ChosenDemonstrations& demonstrations,
            const prompt::PromptTemplate& form, const std::vector<std::string>& words)
      : texts_(texts), demonstrations_(demonstrations), form_(form), words_(words) {}

  // What stands before a text.
  std::string Opening(size_t text) const {
    std::vector<prompt::Demonstration> shown;
    for (const uint32_t row : demonstrations_.of(text)) {
      shown.push_back({texts_.all.texts()[row], words_[texts_.all.labels()[row]]});
    }
    return form_.Opening(words_, shown);
  }

  // [texts, labels]; cut_texts is counted up.
  Result<std::vector<float>> Run(const prompt::PromptEncoder& encoder, prompt::LabelScorer* scorer,
                                 pipeline::Runtime* runtime, uint64_t* cut_texts) const {
    const RunContext& context = runtime->context();
    const size_t labels = words_.size();
    const size_t texts = texts_.split.held_out.size();
    const bool has_one_opening = demonstrations_.lists.size() == 1;
    const std::string opening = has_one_opening ? Opening(0) : form_.Head(words_);
    LLMEMBED_ASSIGN_OR_RETURN(auto prefix, encoder.EncodeOpening(opening));
    LLMEMBED_RETURN_IF_ERROR(scorer->CachePrefix(std::move(prefix)));

    std::vector<text::Encoding> scratch(runtime->pool()->size());
    std::vector<float> scores(texts * labels);
    std::vector<prompt::EncodedPrompt> encoded;
    Progress progress{.stage = "prompting", .unit = "texts", .total = texts};
    context.Report(progress);
    while (progress.done < texts) {
      const size_t begin = progress.done;
      const size_t count = std::min(texts - begin, kTextsARound * runtime->pool()->size());
      encoded.assign(count, {});
      const auto encode = [&](size_t i, unsigned worker) -> Status {
        const size_t text = begin + i;
        LLMEMBED_ASSIGN_OR_RETURN(
            encoded[i],
            encoder.Encode(has_one_opening ? opening : Opening(text),
                           texts_.asked().texts()[texts_.split.held_out[text]], &scratch[worker]));
        return {};
      };
      LLMEMBED_RETURN_IF_ERROR(runtime->pool()->ParallelFor(count, encode));
      std::vector<std::vector<int32_t>> prompts;
      for (prompt::EncodedPrompt& prompt : encoded) {
        *cut_texts += prompt.is_cut ? 1 : 0;
        prompts.push_back(std::move(prompt.ids));
      }
      const Status status = scorer->Score(prompts, encoder.labels(),
                                          std::span(scores).subspan(begin * labels, count * labels),
                                          context.cancelled);
      if (status.code() == StatusCode::kCancelled) {
        return Status(StatusCode::kCancelled, "stopped after " + std::to_string(begin) + " of " +
                                                  std::to_string(texts) + " texts");
      }
      LLMEMBED_RETURN_IF_ERROR(status);
      progress.done = begin + count;
      progress.finished = progress.done == texts;
      context.Report(progress);
    }
    return scores;
  }

 private:
  const PromptTexts& texts_;
  const pipeline::ChosenDemonstrations& demonstrations_;
  const prompt::PromptTemplate& form_;
  const std::vector<std::string>& words_;
};

// Scores become probabilities, row by row.
void Softmax(size_t labels, std::span<float> scores) {
  for (size_t begin = 0; begin < scores.size(); begin += labels) {
    const auto row = scores.subspan(begin, labels);
    const float largest = *std::max_element(row.begin(), row.end());
    float total = 0.0F;
    for (float& score : row) {
      score = std::exp(score - largest);
      total += score;
    }
    for (float& score : row) score /= total;
  }
}

Result<EvaluationReport> MeasureScores(const PromptTexts& texts, std::vector<float> scores) {
  const size_t labels = texts.all.label_names().size();
  std::vector<uint32_t> truth;
  std::vector<uint32_t> predicted;
  for (const uint32_t row : texts.split.held_out) {
    const auto first = scores.begin() + static_cast<ptrdiff_t>(truth.size() * labels);
    const auto largest = std::max_element(first, first + static_cast<ptrdiff_t>(labels));
    predicted.push_back(static_cast<uint32_t>(largest - first));
    truth.push_back(texts.asked().labels()[row]);
  }
  Softmax(labels, scores);
  return eval::ComputeMetrics({.labels = texts.asked().label_names(),
                               .known_labels = labels,
                               .truth = truth,
                               .predicted = predicted,
                               .probabilities = scores});
}

}  // namespace

Result<PromptReport> Prompt(const PromptOptions& options, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto form,
                            prompt::PromptTemplate::Parse(options.prompt_template));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  PromptReport report;
  std::vector<DataIssue> issues;
  LLMEMBED_ASSIGN_OR_RETURN(const PromptTexts texts, ReadTexts(options, context, &issues));
  LLMEMBED_ASSIGN_OR_RETURN(const auto words,
                            prompt::LabelWords(texts.all.label_names(), options.labels));

  LLMEMBED_ASSIGN_OR_RETURN(const std::string model, ModelPath(options.model, context));
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(model));
  LLMEMBED_ASSIGN_OR_RETURN(const auto tokenizer,
                            text::LoadTokenizer(model, {.special_text = options.special_text}));
  LLMEMBED_ASSIGN_OR_RETURN(const size_t longest, LongestPrompt(options, found.config));
  LLMEMBED_ASSIGN_OR_RETURN(const auto encoder,
                            prompt::PromptEncoder::Create(*tokenizer, form, words, longest));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, MakeBackend(options));
  const auto loading = Clock::now();
  LLMEMBED_ASSIGN_OR_RETURN(const auto scorer,
                            prompt::LabelScorer::Open(model, *backend, runtime->pool()));
  report.loading_seconds = SecondsSince(loading);

  const std::string asked_path = texts.has_test_file ? options.test_path : options.data.path;
  LLMEMBED_ASSIGN_OR_RETURN(const auto demonstrations,
                            pipeline::ChooseDemonstrations(
                                options, {&texts.all, texts.split.train, options.data.path},
                                {&texts.asked(), texts.split.held_out, asked_path}, runtime.get()));
  const auto begin = Clock::now();
  const Interview interview(texts, demonstrations, form, words);
  LLMEMBED_ASSIGN_OR_RETURN(auto scores,
                            interview.Run(encoder, scorer.get(), runtime.get(), &report.cut_texts));
  report.seconds = SecondsSince(begin);
  LLMEMBED_ASSIGN_OR_RETURN(report.evaluation, MeasureScores(texts, std::move(scores)));
  report.evaluation.issues = std::move(issues);
  report.evaluation.extraction = demonstrations.extraction;
  report.tokens = scorer->tokens().read;
  report.reused_tokens = scorer->tokens().reused;
  report.compute_type = backend->math_type() == compute::MathType::kBF16 ? "bf16" : "f32";
  report.instruction_set = compute::CpuInstructionSet();
  return report;
}

}  // namespace llmembed

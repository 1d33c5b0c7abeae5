#include "pipeline/prompt_run.h"

#include <algorithm>

#include "backbone/config_reader.h"
#include "extract/extractor.h"
#include "llmembed/models.h"
#include "pipeline/classify.h"
#include "pipeline/prompt_demonstrations.h"
#include "prompt/label_scorer.h"
#include "prompt/label_words.h"
#include "prompt/prompt_encoder.h"
#include "text/tokenizer.h"

namespace llmembed::pipeline {
namespace {

// Texts scored between two reports of progress, for each thread.
constexpr size_t kTextsARound = 32;

Result<size_t> LongestPrompt(const PromptSettings& settings,
                             const backbone::BackboneConfig& config) {
  const size_t most = config.max_continued_tokens();
  if (settings.max_tokens > most) {
    return Status(StatusCode::kUsage, "max_tokens " + std::to_string(settings.max_tokens) +
                                          " is beyond the model's " + std::to_string(most) +
                                          " positions");
  }
  return settings.max_tokens == 0 ? most : settings.max_tokens;
}

// Scores of texts, a round of them after another. Borrows everything.
class Interview {
 public:
  struct Parts {
    const PromptTexts& texts;
    const ChosenDemonstrations& demonstrations;
    const prompt::PromptTemplate& form;
    const std::vector<std::string>& words;  // of each label
    const prompt::PromptEncoder& encoder;
  };
  struct Counts {
    uint64_t prompt_tokens = 0;  // of all prompts, each whole
    uint64_t cut_texts = 0;
  };

  explicit Interview(const Parts& parts) : parts_(parts) {
    has_one_opening_ = parts.demonstrations.lists.size() == 1;
    if (has_one_opening_) opening_ = OpeningOf(0);
  }

  // [asked, labels]
  Result<std::vector<float>> Run(prompt::LabelScorer* scorer, Runtime* runtime) {
    const RunContext& context = runtime->context();
    LLMEMBED_ASSIGN_OR_RETURN(
        auto prefix,
        parts_.encoder.EncodeOpening(has_one_opening_ ? opening_ : parts_.form.Head(parts_.words)));
    LLMEMBED_RETURN_IF_ERROR(scorer->CachePrefix(std::move(prefix)));
    scratch_.resize(runtime->pool()->size());
    const size_t labels = parts_.words.size();
    const size_t texts = parts_.texts.asked.size();
    std::vector<float> scores(texts * labels);
    Progress progress{.stage = "prompting", .unit = "texts", .total = texts};
    context.Report(progress);
    while (progress.done < texts) {
      const size_t begin = progress.done;
      const size_t count = std::min(texts - begin, kTextsARound * runtime->pool()->size());
      LLMEMBED_ASSIGN_OR_RETURN(const auto prompts, Encode(begin, count, runtime->pool()));
      const Status status = scorer->Score(prompts, parts_.encoder.labels(),
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

  const Counts& counts() const { return counts_; }

 private:
  // What stands before a text.
  std::string OpeningOf(size_t text) const {
    const RowSample& rows = parts_.texts.shown;
    std::vector<prompt::Demonstration> shown;
    for (const uint32_t row : parts_.demonstrations.of(text)) {
      shown.push_back({rows.texts[row], parts_.words[rows.labels[row]]});
    }
    return parts_.form.Opening(parts_.words, shown);
  }

  Result<std::vector<std::vector<int32_t>>> Encode(size_t begin, size_t count,
                                                   base::ThreadPool* pool) {
    std::vector<prompt::EncodedPrompt> encoded(count);
    const auto encode = [&](size_t i, unsigned worker) -> Status {
      const size_t text = begin + i;
      LLMEMBED_ASSIGN_OR_RETURN(
          encoded[i], parts_.encoder.Encode(has_one_opening_ ? opening_ : OpeningOf(text),
                                            parts_.texts.asked.texts[text], &scratch_[worker]));
      return {};
    };
    LLMEMBED_RETURN_IF_ERROR(pool->ParallelFor(count, encode));
    std::vector<std::vector<int32_t>> prompts;
    for (prompt::EncodedPrompt& prompt : encoded) {
      counts_.cut_texts += prompt.is_cut ? 1 : 0;
      counts_.prompt_tokens += prompt.ids.size();
      prompts.push_back(std::move(prompt.ids));
    }
    return prompts;
  }

  Parts parts_;
  bool has_one_opening_ = false;  // the same demonstrations for all texts
  std::string opening_;           // that one
  std::vector<text::Encoding> scratch_;
  Counts counts_;
};

}  // namespace

Result<PromptReport> RunPrompt(const PromptSettings& settings, const PromptTexts& texts,
                               uint64_t seed, Runtime* runtime, CostMeter* meter) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto form,
                            prompt::PromptTemplate::Parse(settings.prompt_template));
  LLMEMBED_ASSIGN_OR_RETURN(const auto words, prompt::LabelWords(texts.labels, settings.labels));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string model, ModelPath(settings.model, runtime->context()));
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(model));
  LLMEMBED_ASSIGN_OR_RETURN(const auto tokenizer,
                            text::LoadTokenizer(model, {.special_text = settings.special_text}));
  LLMEMBED_ASSIGN_OR_RETURN(const size_t longest, LongestPrompt(settings, found.config));
  LLMEMBED_ASSIGN_OR_RETURN(const auto encoder,
                            prompt::PromptEncoder::Create(*tokenizer, form, words, longest));
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto backend, compute::MakeCpuBackend(extract::ResolveMathType(settings.compute_type)));
  LLMEMBED_ASSIGN_OR_RETURN(const auto scorer,
                            prompt::LabelScorer::Open(model, *backend, runtime->pool()));
  meter->Finish("open");
  LLMEMBED_ASSIGN_OR_RETURN(const auto demonstrations,
                            ChooseDemonstrations(settings, texts, seed, runtime));
  if (demonstrations.extraction.texts > 0) meter->Finish("find examples");

  PromptReport report;
  Interview interview({texts, demonstrations, form, words, encoder});
  LLMEMBED_ASSIGN_OR_RETURN(auto scores, interview.Run(scorer.get(), runtime));
  LLMEMBED_ASSIGN_OR_RETURN(
      report.evaluation,
      EvaluateScores(std::move(scores), static_cast<uint32_t>(texts.labels.size()),
                     texts.all_labels, texts.asked.labels));
  meter->Finish("prompt");
  report.seconds = meter->stages().back().wall_seconds;
  report.evaluation.extraction = demonstrations.extraction;
  report.tokens = scorer->tokens().read;
  report.reused_tokens = scorer->tokens().reused;
  report.cut_texts = interview.counts().cut_texts;
  report.cost.text_tokens = interview.counts().prompt_tokens;
  report.compute_type = compute::MathTypeName(backend->math_type());
  report.instruction_set = compute::CpuInstructionSet();
  return report;
}

}  // namespace llmembed::pipeline

// Zero- and few-shot classification by a language model that is asked: the baseline for a bundle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/evaluate.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

// Which training texts a prompt shows as examples.
enum class DemonstrationChoice {
  kRandom,  // drawn with the seed, as many of each label as can be, the same for all texts
  kNearest  // for each text those whose embeddings have the largest cosine, the nearest last
};

// As in options and JSON: "random" or "nearest".
constexpr const char* DemonstrationChoiceName(DemonstrationChoice choice) {
  return choice == DemonstrationChoice::kNearest ? "nearest" : "random";
}

// What is written for a label in prompts.
struct LabelWording {
  std::string label;
  std::string words;
};

// How a language model is asked.
struct PromptSettings {
  std::string model = "";  // as BackboneChoice has it; it needs an LM head
  ComputeType compute_type = ComputeType::kAuto;
  SpecialText special_text = SpecialText::kParse;
  uint32_t max_tokens = 0;  // of a prompt with its label, the text's end cut; 0: the model's most

  uint32_t shots = 8;  // demonstrations in a prompt; fewer where there are no more
  DemonstrationChoice demonstrations = DemonstrationChoice::kRandom;
  std::string embedding_model = "minilm";  // kNearest: finds them, by the mean of its last layer
  std::vector<LabelWording> labels = {};   // of labels whose words are not their name
  // HEAD{examples}FORM, with {labels} in HEAD, and {text} and {label} in FORM: docs/cli.md.
  std::string prompt_template = "{examples}Text: {text}\\nLabel: {label}\\n\\n";
};

struct PromptOptions {
  DataSource data;        // demonstrations and labels come from it
  std::string test_path;  // what is classified; "": a part of data, the one that Train holds out
  double holdout = 0.1;   // its share of the rows
  uint64_t limit = 0;     // texts to classify, drawn with the seed; 0: all
  uint64_t seed = 1;
  PromptSettings settings;
  Prices prices;  // what the report reckons money with
};

struct PromptReport {
  EvaluationReport evaluation;  // its extraction is of the embeddings that kNearest needs
  uint64_t tokens = 0;          // that the model read, those of labels included
  uint64_t reused_tokens = 0;   // of prompts, whose keys and values were there already
  uint64_t cut_texts = 0;       // that were too long for max_tokens
  double seconds = 0.0;         // for reading and scoring the prompts
  std::string compute_type;     // "f32", "bf16" or "int8": what was really used
  std::string instruction_set;
  CostReport cost;  // its text_tokens are the prompts', each whole: what an API would be sent
};

// For each text and label the mean log-probability of the tokens of the label's words behind the
// prompt; the largest wins (ties: the first label). Nothing is generated. The probabilities behind
// the log-loss are the softmax of these means. Errors: kUsage: options, a template or a model that
// do not do; else as Train's for the data and Embed's for the model.
LLMEMBED_EXPORT Result<PromptReport> Prompt(const PromptOptions& options,
                                            const RunContext& context);

}  // namespace llmembed

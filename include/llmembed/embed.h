// Vectors from any layer of a backbone, and the token ids behind them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

// kAuto: bf16 on a GPU and where the CPU multiplies bf16 itself, else f32. kInt8 is a CPU's alone,
// kFp8 (e4m3, with a scale a row) a GPU's of compute capability 9.0 or later.
enum class ComputeType { kAuto, kF32, kBf16, kInt8, kFp8 };

// What is read of a text that has more tokens than the backbone reads at a time. Special tokens
// count, and are kept whatever is cut. docs/formats/recipe.md states the rules exactly.
enum class OnLongText {
  kHead,       // its first tokens
  kHeadTail,   // its first and its last tokens, half and half
  kChunkMean,  // all of it, in chunks; a vector is the mean of the chunks' vectors
  kError,      // nothing: the job fails, naming the text's line and its length
};

// As in recipes, options and JSON: "head", "head_tail", "chunk_mean" or "error".
constexpr const char* OnLongTextName(OnLongText rule) {
  switch (rule) {
    case OnLongText::kHead:
      return "head";
    case OnLongText::kHeadTail:
      return "head_tail";
    case OnLongText::kChunkMean:
      return "chunk_mean";
    case OnLongText::kError:
      return "error";
  }
  return "";
}

// What a text that spells a special token, "[SEP]" or "</s>", means.
enum class SpecialText {
  kParse,  // the token, as by default in Hugging Face
  kPlain   // text like any other, as with split_special_tokens; other added tokens still match
};

// As in recipes, options and JSON: "parse" or "plain".
constexpr const char* SpecialTextName(SpecialText reading) {
  return reading == SpecialText::kPlain ? "plain" : "parse";
}

// How long texts are in a backbone's tokens, special ones included, and how much was cut.
struct LengthCount {
  std::string label;  // of a class; "" for all texts together
  uint64_t texts = 0;
  uint64_t tokens = 0;      // of the whole texts
  uint64_t long_texts = 0;  // texts of more than max_tokens
  uint64_t cut_texts = 0;   // texts of which something was left out
  uint64_t cut_tokens = 0;  // what was

  // Of all tokens, 0 to 1.
  double cut_share() const {
    return tokens == 0 ? 0.0 : static_cast<double>(cut_tokens) / static_cast<double>(tokens);
  }
};

// What a backbone's length rule did.
struct LengthReport {
  std::string backbone;  // as taps call it; "" for the only one of a run that was given no name
  uint32_t max_tokens = 0;
  OnLongText on_long_text = OnLongText::kHead;
  LengthCount all;
  std::vector<LengthCount> classes;  // where the texts have labels
};

// How much was done and how much was there already, and what it took.
struct ExtractionReport {
  uint64_t texts = 0;       // rows asked for
  uint64_t embedded = 0;    // texts a backbone read in this run
  uint64_t from_store = 0;  // texts whose vectors were in the store (or a repeat in this run)
  uint64_t tokens = 0;      // tokens the backbones read in this run; chunks have special ones each
  double seconds = 0.0;
  uint64_t weight_bytes = 0;          // of the layers that are run, once they are loaded
  std::string compute_type;           // "f32", "bf16", "int8" or "fp8": what was really used
  std::string instruction_set;        // e.g. "avx512_bf16"
  std::vector<LengthReport> lengths;  // of each backbone
};

// A backbone, and how it reads.
struct BackboneChoice {
  std::string name;   // what taps call it; of a single one it may be ""
  std::string model;  // a Hugging Face folder, a GGUF file, or a name as ModelPath takes it
  ComputeType compute_type = ComputeType::kAuto;
  uint32_t max_tokens = 0;  // 0: the model's positions
  OnLongText on_long_text = OnLongText::kHead;
  SpecialText special_text = SpecialText::kParse;
};

struct EmbedOptions {
  DataSource data;
  std::vector<BackboneChoice> backbones;  // each is used by a tap
  std::string taps;    // "0:mean,-1:cls"; with several backbones "bert/-1:cls,llama/14:mean"
  std::string output;  // .safetensors, or .npy for exactly one tap
};

// Writes one tensor a tap, f32 [rows, width], rows in input order, named as in `taps`.
// Memory does not grow with the vectors: they are written as they come.
LLMEMBED_EXPORT Result<ExtractionReport> Embed(const EmbedOptions& options,
                                               const RunContext& context);

struct TokenizeOptions {
  DataSource data;
  std::string model;  // as BackboneChoice has it
  SpecialText special_text = SpecialText::kParse;
};

// Calls `row` with each text's ids, special tokens included, never cut or padded.
// A Status other than ok from `row` ends the job with it.
LLMEMBED_EXPORT Status Tokenize(const TokenizeOptions& options,
                                const std::function<Status(std::span<const int32_t> ids)>& row,
                                const RunContext& context);

}  // namespace llmembed

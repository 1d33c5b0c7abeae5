// Vectors from any layer of a backbone, and the token ids behind them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "llmembed/data.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

// kAuto: bf16 where the CPU multiplies bf16 itself, else f32.
enum class ComputeType { kAuto, kF32, kBf16 };

// How much was done and how much was there already, and what it took.
struct ExtractionReport {
  uint64_t texts = 0;       // rows asked for
  uint64_t embedded = 0;    // texts a backbone read in this run
  uint64_t from_store = 0;  // texts whose vectors were in the store (or a repeat in this run)
  uint64_t tokens = 0;      // tokens the backbone read in this run
  uint64_t cut_texts = 0;   // texts longer than the limit
  uint64_t cut_tokens = 0;  // their tokens beyond it
  double seconds = 0.0;
  std::string compute_type;     // "f32" or "bf16": what was really used
  std::string instruction_set;  // e.g. "avx512_bf16"
};

struct EmbedOptions {
  DataSource data;
  std::string model;   // a Hugging Face folder, or a short name of the catalogue
  std::string taps;    // "0:mean,4:mean,-1:cls"
  std::string output;  // .safetensors, or .npy for exactly one tap
  ComputeType compute_type = ComputeType::kAuto;
  uint32_t max_tokens = 0;  // 0: the model's positions
};

// Writes one tensor a tap, f32 [rows, width], rows in input order, named as in `taps`.
// Memory does not grow with the vectors: they are written as they come.
LLMEMBED_EXPORT Result<ExtractionReport> Embed(const EmbedOptions& options,
                                               const RunContext& context);

// Calls `row` with each text's ids, special tokens included, never cut or padded.
// A Status other than ok from `row` ends the job with it.
LLMEMBED_EXPORT Status Tokenize(const DataSource& data, const std::string& model,
                                const std::function<Status(std::span<const int32_t> ids)>& row,
                                const RunContext& context);

}  // namespace llmembed

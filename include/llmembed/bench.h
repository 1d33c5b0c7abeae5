// What this machine can compute, and how near llmembed comes: products of matrices, extraction,
// training of heads, the start of the program, and the time of one text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

enum class BenchPart { kPeak, kExtract, kTrain, kStart, kLatency };

// As in options and JSON: "peak", "extract", "train", "start" or "latency".
constexpr const char* BenchPartName(BenchPart part) {
  switch (part) {
    case BenchPart::kPeak:
      return "peak";
    case BenchPart::kExtract:
      return "extract";
    case BenchPart::kTrain:
      return "train";
    case BenchPart::kStart:
      return "start";
    case BenchPart::kLatency:
      return "latency";
  }
  return "";
}

struct BenchOptions {
  // Of one or the other: a model as BackboneChoice has it, or a shape of BenchShapes() with random
  // weights, "NAME" or "NAME:LAYERS" for its first layers alone. Both "": "minilm", or where that
  // is not on this machine its shape.
  std::string model;
  std::string shape;
  ComputeType compute_type = ComputeType::kAuto;
  DataSource data;     // texts to extract at their own lengths as well; path "": none
  std::string bundle;  // what start and latency predict with; "": they embed with the model
  // The program to start for kStart, which is called as the program llmembed is; "": none is.
  std::string program;
  std::vector<BenchPart> parts;  // none: all
  // The folder for charts of how the time of a token grows with the length of its text, batches,
  // layers and threads, as SVG, and their numbers as CSV; "": that is not measured.
  std::string growth;
  double seconds = 0.5;          // to spend on a measurement, above 0; on one product a fifth of it
};

// Of several repetitions those that ran undisturbed: a product of fixed size right before and right
// behind each was within 15 % of its best rate in this run (the 95th percentile). Where none was,
// all count.
struct BenchRate {
  double median = 0.0;
  double low = 0.0, high = 0.0;
  uint32_t kept = 0;          // repetitions
  uint32_t rejected = 0;      // of them more, disturbed
  bool is_disturbed = false;  // none was undisturbed
};

// One product of matrices.
struct BenchProduct {
  std::string compute_type;  // "f32", "bf16" or "int8"
  std::string way;  // "onednn": one on each core; "onednn_shared": one on all; "llmembed": its own
  uint64_t rows = 0, inputs = 0, outputs = 0;  // [rows, inputs] times [inputs, outputs]
  BenchRate gflops;                            // 1e9 additions and multiplications a second
};

// The best of a compute type by the median.
struct BenchPeak {
  std::string compute_type;
  BenchProduct best;
  BenchProduct onednn_best;
  std::vector<BenchProduct> products;  // all that were measured
};

// Texts through a backbone. Operations are those of its linear layers alone.
struct BenchExtraction {
  std::string texts;  // "16 tokens", or "own lengths": then tokenisation is part of it
  uint64_t text_count = 0, tokens = 0;  // of a repetition
  BenchRate tokens_per_second;
  double texts_per_second = 0.0;  // of the median, as are those below
  double gflops = 0.0;
  std::optional<double> share_of_peak;    // of the compute type's, with BenchPart::kPeak
  std::optional<double> share_of_onednn;  // of oneDNN's best
};

struct BenchTraining {
  std::string head;  // in words
  uint64_t rows = 0, features = 0, classes = 0;
  BenchRate rows_per_second;       // rows times passes over them
  double seconds_per_epoch = 0.0;  // of logistic regression: an iteration, reckoned as one pass
  double gflops = 0.0;             // forward and backward products
  std::optional<double> share_of_peak;  // of f32
};

// From the start of a new process to its end, by the clock.
struct BenchStart {
  std::string what;  // "first vector" or "first prediction"
  uint32_t runs = 0;
  double seconds = 0.0;  // the median
  double low = 0.0, high = 0.0;
};

// One short text at a time, everything warm.
struct BenchLatency {
  std::string what;  // "a vector" or "a prediction"
  uint64_t calls = 0;
  double p50_milliseconds = 0.0, p99_milliseconds = 0.0;
};

struct BenchReport {
  std::string instruction_set;
  unsigned threads = 0;
  std::string model;         // or the shape, with its layers
  bool is_random = false;    // its weights are
  std::string compute_type;  // of the model
  uint64_t layers = 0;
  double flops_per_token = 0.0;  // of its linear layers: 2 times their weights
  uint64_t weight_bytes = 0;     // once they are loaded
  // With BenchPart::kPeak:
  std::optional<BenchRate> memory_gigabytes_per_second;  // reading, by all threads; 1e9 bytes
  std::vector<BenchPeak> peaks;
  std::vector<BenchExtraction> extractions;
  std::vector<BenchTraining> trainings;
  std::vector<BenchStart> starts;
  std::vector<BenchLatency> latencies;
  std::vector<std::string> growth_files;  // that were written
};

// Names of the shapes, e.g. "bert-large".
LLMEMBED_EXPORT std::vector<std::string> BenchShapes();

// Neither reads nor writes the store. Errors: kUsage for options that do not fit together or an
// unknown shape; those of opening the model, the texts and the bundle; kOutOfMemory; kCancelled.
// One at a time in a process: it uses all threads, and OpenMP's settings.
LLMEMBED_EXPORT Result<BenchReport> Bench(const BenchOptions& options, const RunContext& context);

namespace eval {

// One JSON object, indented by two, ending in a newline: the report's members by their names. What
// was not measured is null, or an empty list.
LLMEMBED_EXPORT std::string BenchToJsonText(const BenchReport& report);

// For people: one table.
LLMEMBED_EXPORT std::string BenchToText(const BenchReport& report);

}  // namespace eval

}  // namespace llmembed

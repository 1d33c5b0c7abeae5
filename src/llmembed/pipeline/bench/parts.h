// The parts of a bench: each measures one thing and puts it into the report.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "compute/ops.h"
#include "extract/extractor.h"
#include "llmembed/bench.h"
#include "llmembed/status.h"
#include "pipeline/bench/meter.h"

namespace llmembed::pipeline {

// What a start and a call are measured with.
inline constexpr std::string_view kShortText = "a short text of a few words, and no more";

// What is measured: a model's files or a shape, and what it computes with.
struct BenchModel {
  std::string name;    // as the report calls it
  std::string folder;  // of a model; "": a shape
  backbone::ConfiguredArchitecture architecture;
  ComputeType compute_type = ComputeType::kF32;  // never kAuto
  std::unique_ptr<compute::Backend> backend;
  std::unique_ptr<backbone::Backbone> backbone;  // null until it is needed

  // Unless it is loaded. The first `layers` alone, or all.
  Status Load(base::ThreadPool* pool) { return Load(pool, architecture.config.layers); }
  Status Load(base::ThreadPool* pool, size_t layers);
};

// Opens what the options ask for; nothing is loaded yet.
Result<std::unique_ptr<BenchModel>> OpenBenchModel(const BenchOptions& options,
                                                   const RunContext& context);

Status MeasurePeak(const backbone::BackboneConfig& config, Meter* meter, BenchReport* report);
Status MeasureExtraction(const BenchOptions& options, BenchModel* model, Meter* meter,
                         BenchReport* report);
Status MeasureTraining(Meter* meter, BenchReport* report);
Status MeasureStart(const BenchOptions& options, const BenchModel& model, const RunContext& context,
                    BenchReport* report);
// Writes to the folder options.growth. Leaves the model without a backbone.
Status MeasureGrowth(const BenchOptions& options, BenchModel* model, Meter* meter,
                     BenchReport* report);
Status MeasureLatency(const BenchOptions& options, BenchModel* model, Meter* meter,
                      BenchReport* report);

// What the report has of this compute type; nullptr where its peak was not measured.
const BenchPeak* PeakOf(const BenchReport& report, const std::string& compute_type);

}  // namespace llmembed::pipeline

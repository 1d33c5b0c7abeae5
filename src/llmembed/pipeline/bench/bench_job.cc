// `bench`: what the machine can do, and how near the program comes.
#include <algorithm>

#include "backbone/arch/known_shapes.h"
#include "backbone/memory_check.h"
#include "llmembed/bench.h"
#include "llmembed/models.h"
#include "pipeline/bench/parts.h"

namespace llmembed {
namespace pipeline {
namespace {

constexpr const char* kUsualModel = "minilm";

Status CheckBenchOptions(const BenchOptions& options) {
  if (!options.model.empty() && !options.shape.empty()) {
    return {StatusCode::kUsage, "a model or a shape, not both"};
  }
  if (!options.shape.empty() && !options.data.path.empty()) {
    return {StatusCode::kUsage, "a shape has no tokenizer, which the texts need: name a model"};
  }
  if (!(options.seconds > 0.0) || options.seconds > 3600.0) {
    return {StatusCode::kUsage, "the seconds of a measurement must lie above 0, up to 3600"};
  }
  return {};
}

// The folder of the model that is asked for; "": its shape is taken.
Result<std::string> FolderOf(const BenchOptions& options, const RunContext& context) {
  if (!options.shape.empty()) return std::string();
  if (!options.model.empty()) return ModelPath(options.model, context);
  auto folder = ModelPath(kUsualModel, context);
  if (folder.ok()) return folder;
  if (!options.data.path.empty()) return folder.status();
  context.Info(std::string(kUsualModel) +
               " is not on this machine: measuring its shape with random weights");
  return std::string();
}

}  // namespace

Status BenchModel::Load(base::ThreadPool* pool, size_t layers) {
  if (backbone != nullptr) return {};
  if (folder.empty()) {
    backbone::ConfiguredArchitecture first = architecture;
    first.config.layers = layers;
    LLMEMBED_ASSIGN_OR_RETURN(backbone,
                              backbone::Backbone::MakeRandom(first, name, pool, *backend));
  } else {
    LLMEMBED_ASSIGN_OR_RETURN(
        backbone,
        backbone::Backbone::Load(folder, {.deepest_layer = layers, .pool = pool}, *backend));
  }
  return {};
}

Result<std::unique_ptr<BenchModel>> OpenBenchModel(const BenchOptions& options,
                                                   const RunContext& context) {
  auto model = std::make_unique<BenchModel>();
  LLMEMBED_ASSIGN_OR_RETURN(model->folder, FolderOf(options, context));
  if (model->folder.empty()) {
    model->name = options.shape.empty() ? kUsualModel : options.shape;
    LLMEMBED_ASSIGN_OR_RETURN(model->architecture, backbone::ShapeConfig(model->name));
  } else {
    model->name = options.model.empty() ? kUsualModel : options.model;
    LLMEMBED_ASSIGN_OR_RETURN(model->architecture, backbone::ReadConfig(model->folder));
  }
  model->compute_type = extract::ResolveComputeType(options.compute_type);
  LLMEMBED_ASSIGN_OR_RETURN(model->backend,
                            compute::MakeCpuBackend(extract::ResolveMathType(model->compute_type)));
  return model;
}

namespace {

bool IsAsked(const BenchOptions& options, BenchPart part) {
  return options.parts.empty() ||
         std::find(options.parts.begin(), options.parts.end(), part) != options.parts.end();
}

BenchReport Describe(const BenchModel& model, unsigned threads) {
  const backbone::BackboneConfig& config = model.architecture.config;
  BenchReport report;
  report.instruction_set = compute::CpuInstructionSet();
  report.threads = threads;
  report.model = model.name;
  report.is_random = model.folder.empty();
  report.compute_type = compute::MathTypeName(model.backend->math_type());
  report.layers = config.layers;
  report.flops_per_token = config.LinearFlops();
  report.weight_bytes = backbone::WeightBytes(config, config.layers, model.backend->math_type());
  return report;
}

}  // namespace
}  // namespace pipeline

std::vector<std::string> BenchShapes() { return backbone::ShapeNames(); }

Result<BenchReport> Bench(const BenchOptions& options, const RunContext& context) {
  using pipeline::IsAsked;
  LLMEMBED_RETURN_IF_ERROR(pipeline::CheckBenchOptions(options));
  LLMEMBED_ASSIGN_OR_RETURN(const auto model, pipeline::OpenBenchModel(options, context));
  base::ThreadPool pool(context.threads);
  compute::SetLibraryThreads(pool.size());
  LLMEMBED_ASSIGN_OR_RETURN(const auto meter,
                            pipeline::Meter::Create(&pool, options.seconds, context));
  BenchReport report = pipeline::Describe(*model, pool.size());
  if (IsAsked(options, BenchPart::kPeak)) {
    LLMEMBED_RETURN_IF_ERROR(
        pipeline::MeasurePeak(model->architecture.config, meter.get(), &report));
  }
  if (IsAsked(options, BenchPart::kExtract)) {
    LLMEMBED_RETURN_IF_ERROR(
        pipeline::MeasureExtraction(options, model.get(), meter.get(), &report));
  }
  if (IsAsked(options, BenchPart::kLatency)) {
    LLMEMBED_RETURN_IF_ERROR(pipeline::MeasureLatency(options, model.get(), meter.get(), &report));
  }
  if (!options.growth.empty()) {
    LLMEMBED_RETURN_IF_ERROR(pipeline::MeasureGrowth(options, model.get(), meter.get(), &report));
  }
  model->backbone.reset();
  if (IsAsked(options, BenchPart::kTrain)) {
    LLMEMBED_RETURN_IF_ERROR(pipeline::MeasureTraining(meter.get(), &report));
  }
  if (IsAsked(options, BenchPart::kStart)) {
    LLMEMBED_RETURN_IF_ERROR(pipeline::MeasureStart(options, *model, context, &report));
  }
  return report;
}

}  // namespace llmembed

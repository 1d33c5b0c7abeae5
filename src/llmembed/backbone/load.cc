// Apart from backbone.cc, which needs none of what reads files.
#include "backbone/backbone.h"
#include "backbone/memory_check.h"
#include "backbone/module_loader.h"
#include "backbone/random_weights.h"

namespace llmembed::backbone {

Result<std::unique_ptr<Backbone>> Backbone::Load(const std::string& path,
                                                 const LoadOptions& options,
                                                 const compute::Backend& backend) {
  LLMEMBED_ASSIGN_OR_RETURN(BackboneModules modules, LoadModules(path, options, backend));
  return Of(std::move(modules), backend);
}

Result<std::unique_ptr<Backbone>> Backbone::MakeRandom(const ConfiguredArchitecture& model,
                                                       const std::string& name,
                                                       base::ThreadPool* pool,
                                                       const compute::Backend& backend) {
  const LoadOptions options{.deepest_layer = model.config.layers, .pool = pool};
  LLMEMBED_RETURN_IF_ERROR(
      CheckMemory(model.config, model.config.layers, backend.math_type(), name));
  LLMEMBED_ASSIGN_OR_RETURN(const auto weights, RandomWeights::Create(model, name));
  LLMEMBED_ASSIGN_OR_RETURN(BackboneModules modules,
                            LoadModulesFrom(model, *weights, options, backend));
  return Of(std::move(modules), backend);
}

}  // namespace llmembed::backbone

// Apart from backbone.cc, which needs none of what reads files.
#include "backbone/backbone.h"
#include "backbone/module_loader.h"

namespace llmembed::backbone {

Result<std::unique_ptr<Backbone>> Backbone::Load(const std::string& path,
                                                 const LoadOptions& options,
                                                 const compute::Backend& backend) {
  LLMEMBED_ASSIGN_OR_RETURN(BackboneModules modules, LoadModules(path, options, backend));
  return Of(std::move(modules), backend);
}

}  // namespace llmembed::backbone

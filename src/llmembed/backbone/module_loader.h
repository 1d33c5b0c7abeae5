// The modules of a backbone out of a model's files; private to backbone.cc.
#pragma once

#include <string>

#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "weights/weight_source.h"

namespace llmembed::backbone {

// As Backbone::Load.
Result<BackboneModules> LoadModules(const std::string& path, const LoadOptions& options,
                                    const compute::Backend& backend);

// The same of a configuration and weights that are there. Preconditions: what CheckMemory and the
// options' limits ask for holds.
Result<BackboneModules> LoadModulesFrom(const ConfiguredArchitecture& found,
                                        const weights::WeightSource& source,
                                        const LoadOptions& options,
                                        const compute::Backend& backend);

}  // namespace llmembed::backbone

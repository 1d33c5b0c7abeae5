// The modules of a backbone out of a model's files; private to backbone.cc.
#pragma once

#include <string>

#include "backbone/backbone.h"

namespace llmembed::backbone {

// As Backbone::Load.
Result<BackboneModules> LoadModules(const std::string& path, const LoadOptions& options,
                                    const compute::Backend& backend);

}  // namespace llmembed::backbone

// What to say where weights were expected and none can be read.
#pragma once

#include <string>

#include "llmembed/status.h"

namespace llmembed::weights {

// Never ok. kUnsupported: there are only pickles (pytorch_model.bin, whole or in shards, *.pt,
// *.pth,
// *.ckpt), which can run code: names one and the command that converts it. kNotFound: nothing at
// all, or several GGUF files of which one must be named. `path` is a folder or a file.
Status WhyNoWeights(const std::string& path);

}  // namespace llmembed::weights

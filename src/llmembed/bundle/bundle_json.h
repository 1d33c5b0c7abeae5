// bundle.json: everything of a bundle but the head's matrices.
#pragma once

#include <string>

#include "bundle/bundle.h"

namespace llmembed::bundle {

// Keys sorted, indented by one, ending in a newline.
std::string ToJsonText(const Bundle& bundle);

// Fills all but the head, whose digest it does fill. kMismatch, kCorrupt; `path` is for messages.
Status FromJson(const base::Json& json, const std::string& path, Bundle* bundle);

}  // namespace llmembed::bundle

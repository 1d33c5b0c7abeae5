// YAML from outside, read with limits and without YAML's surprises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "llmembed/status.h"
#include "recipe/node.h"

namespace llmembed::recipe {

inline constexpr uint64_t kMaxYamlBytes = 1 << 20;
inline constexpr size_t kMaxYamlDepth = 16;    // maps and lists within each other
inline constexpr size_t kMaxYamlNodes = 5000;  // values in a document

// One document of maps, lists and scalars. Every place is "<source>:<line>: <path>".
// kBadData for: more than the limits, text that is not UTF-8 or holds control characters, several
// documents or none, a key that stands twice or is not a scalar, anchors, aliases, merge keys and
// tags.
Result<Node> ParseYaml(std::string_view text, const std::string& source);

}  // namespace llmembed::recipe

// JSON from outside, read with limits.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::base {

using Json = nlohmann::json;

struct JsonLimits {
  uint64_t max_bytes = 64ULL << 20;
  unsigned max_depth = 32;
};

// Strict: UTF-8, no comments, no duplicate keys in an object, nesting at most max_depth, nothing
// after the value. Errors are kCorrupt with `what` (a file name) and the byte offset.
Result<Json> ParseJson(std::string_view text, const std::string& what,
                       const JsonLimits& limits = {});
Result<Json> ReadJsonFile(const std::string& path, const JsonLimits& limits = {});

}  // namespace llmembed::base

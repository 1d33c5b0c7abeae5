// A parsed value of a recipe with the place it came from, whether it was written as YAML or JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "llmembed/status.h"

namespace llmembed::recipe {

struct Node {
  enum class Kind { kNull, kPlain, kQuoted, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text{};            // of a scalar
  std::string key{};             // its key, when it stands in a map
  std::string where{};           // for messages, e.g. "my.yaml:7: backbones[0].max_tokens"
  std::vector<Node> children{};  // of a list or a map, in the order of the file; keys are unique

  // The map's value of that key, or nullptr.
  const Node* Find(std::string_view name) const;
};

// kBadData: "<where>: <problem>".
Status ErrorAt(const Node& node, const std::string& problem);

// The value, when the node is written as one; else kBadData saying what was expected and found.
// Numbers are plain decimal without leading zeros: YAML's 010, 0x10, 1_000, .inf are refused.
Status ReadValue(const Node& node, std::string* value);  // plain or quoted
Status ReadValue(const Node& node, uint32_t* value);
Status ReadValue(const Node& node, double* value);  // finite
Status ReadValue(const Node& node, std::vector<uint32_t>* value);
Status ReadValue(const Node& node, std::vector<double>* value);

// What ReadValue expects, in words for messages and documents.
const char* TypeName(const std::string* value);
const char* TypeName(const uint32_t* value);
const char* TypeName(const double* value);
const char* TypeName(const std::vector<uint32_t>* value);
const char* TypeName(const std::vector<double>* value);

// JSON that base::ParseJson has bounded, as nodes; `source` names where it came from.
Node NodeFromJson(const base::Json& json, const std::string& source);

// The path of a value below `parent` ("" is the root): "head" + "kind" -> "head.kind",
// "backbones" + 0 -> "backbones[0]".
std::string MemberPath(const std::string& parent, const std::string& key);
std::string ItemPath(const std::string& parent, size_t index);

}  // namespace llmembed::recipe

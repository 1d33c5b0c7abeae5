#include "recipe/section.h"

#include <algorithm>

#include "recipe/nearest.h"

namespace llmembed::recipe {

Status CheckIsMap(const Node& node) {
  if (node.kind == Node::Kind::kMap) return {};
  return ErrorAt(node, "expected a map of keys and values");
}

Status CheckKeys(const Node& map, const std::vector<std::string>& known) {
  LLMEMBED_RETURN_IF_ERROR(CheckIsMap(map));
  for (const Node& child : map.children) {
    if (std::find(known.begin(), known.end(), child.key) != known.end()) continue;
    if (const std::string nearest = NearestWord(child.key, known); !nearest.empty()) {
      return ErrorAt(child, "unknown key, did you mean \"" + nearest + "\"?");
    }
    std::string all;
    for (const std::string& key : known) all += (all.empty() ? "" : ", ") + key;
    return ErrorAt(child, "unknown key, expected one of " + all);
  }
  return {};
}

}  // namespace llmembed::recipe

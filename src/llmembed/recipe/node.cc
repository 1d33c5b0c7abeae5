#include "recipe/node.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace llmembed::recipe {
namespace {

constexpr size_t kMaxShownText = 40;

std::string Describe(const Node& node) {
  const bool is_long = node.text.size() > kMaxShownText;
  const std::string shown =
      base::ReplaceInvalidUtf8(node.text.substr(0, kMaxShownText)) + (is_long ? "..." : "");
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kPlain:
      return shown;
    case Node::Kind::kQuoted:
      return "the text \"" + shown + "\"";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map of keys";
  }
  return "";
}

template <typename T>
Status Unexpected(const Node& node, const T* expected) {
  return ErrorAt(node, std::string("expected ") + TypeName(expected) + ", found " + Describe(node));
}

// A digit first, and no leading zero: what from_chars reads beyond that is not a second spelling.
bool IsDecimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  return text[0] != '0' || text.size() == 1 || text[1] < '0' || text[1] > '9';
}

template <typename T>
Status ReadNumber(const Node& node, T* value) {
  if (node.kind != Node::Kind::kPlain) return Unexpected(node, value);
  if (!IsDecimal(node.text)) {
    return ErrorAt(node, std::string("expected ") + TypeName(value) +
                             " in plain decimal digits without leading zeros, found " +
                             Describe(node));
  }
  const char* const end = node.text.data() + node.text.size();
  const auto [rest, error] = std::from_chars(node.text.data(), end, *value);
  if (error != std::errc() || rest != end) return Unexpected(node, value);
  return {};
}

template <typename T>
Status ReadList(const Node& node, std::vector<T>* values) {
  if (node.kind != Node::Kind::kList) return Unexpected(node, values);
  values->clear();
  for (const Node& item : node.children) {
    T value{};
    LLMEMBED_RETURN_IF_ERROR(ReadValue(item, &value));
    values->push_back(value);
  }
  return {};
}

Node FromJson(const base::Json& json, const std::string& source, const std::string& path) {
  Node node;
  node.where = path.empty() ? source : source + ": " + path;
  if (json.is_object()) {
    node.kind = Node::Kind::kMap;
    for (const auto& [key, value] : json.items()) {
      node.children.push_back(FromJson(value, source, MemberPath(path, key)));
      node.children.back().key = key;
    }
  } else if (json.is_array()) {
    node.kind = Node::Kind::kList;
    for (const base::Json& value : json) {
      node.children.push_back(FromJson(value, source, ItemPath(path, node.children.size())));
    }
  } else if (json.is_string()) {
    node.kind = Node::Kind::kQuoted;
    node.text = json.get_ref<const std::string&>();
  } else if (!json.is_null()) {
    node.kind = Node::Kind::kPlain;
    node.text = json.dump();
  }
  return node;
}

}  // namespace

const Node* Node::Find(std::string_view name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Node& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

Status ErrorAt(const Node& node, const std::string& problem) {
  return {StatusCode::kBadData, node.where + ": " + problem};
}

Status ReadValue(const Node& node, std::string* value) {
  if (node.kind != Node::Kind::kPlain && node.kind != Node::Kind::kQuoted) {
    return Unexpected(node, value);
  }
  *value = node.text;
  return {};
}

Status ReadValue(const Node& node, uint32_t* value) { return ReadNumber(node, value); }

Status ReadValue(const Node& node, double* value) {
  LLMEMBED_RETURN_IF_ERROR(ReadNumber(node, value));
  return std::isfinite(*value) ? Status() : Unexpected(node, value);
}

Status ReadValue(const Node& node, std::vector<uint32_t>* value) { return ReadList(node, value); }
Status ReadValue(const Node& node, std::vector<double>* value) { return ReadList(node, value); }

const char* TypeName(const std::string*) { return "text"; }
const char* TypeName(const uint32_t*) { return "an integer of 0 or more"; }
const char* TypeName(const double*) { return "a number"; }
const char* TypeName(const std::vector<uint32_t>*) { return "a list of integers"; }
const char* TypeName(const std::vector<double>*) { return "a list of numbers"; }

Node NodeFromJson(const base::Json& json, const std::string& source) {
  return FromJson(json, source, "");
}

std::string MemberPath(const std::string& parent, const std::string& key) {
  return parent.empty() ? key : parent + "." + key;
}

std::string ItemPath(const std::string& parent, size_t index) {
  return parent + "[" + std::to_string(index) + "]";
}

}  // namespace llmembed::recipe

// Reads and writes a section by its list of fields.
#pragma once

#include <string>
#include <vector>

#include "recipe/field.h"

namespace llmembed::recipe {

// kBadData when the node is no map.
Status CheckIsMap(const Node& node);

// kBadData when `map` is no map, or holds a key that is not among `known` (the nearest is named).
Status CheckKeys(const Node& map, const std::vector<std::string>& known);

// Sets the field's member, when `map` (which is one) names it.
template <typename Section>
Status ParseField(const Node& map, const Field<Section>& field, Section* section) {
  const Node* value = map.Find(field.key);
  if (value == nullptr) {
    return field.presence == Presence::kOptional
               ? Status()
               : ErrorAt(map, "the key \"" + field.key + "\" is missing");
  }
  LLMEMBED_RETURN_IF_ERROR(field.parse(*value, section));
  return field.check ? field.check(*section).WithContext(value->where) : Status();
}

// Sets the members of *section that `map` names; the others keep their values.
template <typename Section>
Status ParseSection(const Node& map, const Fields<Section>& fields, Section* section) {
  std::vector<std::string> keys;
  for (const Field<Section>& field : fields) keys.push_back(field.key);
  LLMEMBED_RETURN_IF_ERROR(CheckKeys(map, keys));
  for (const Field<Section>& field : fields) {
    LLMEMBED_RETURN_IF_ERROR(ParseField(map, field, section));
  }
  return {};
}

// Every field, defaults too.
template <typename Section>
base::Json SectionToJson(const Fields<Section>& fields, const Section& section) {
  base::Json json = base::Json::object();
  for (const Field<Section>& field : fields) json[field.key] = field.to_json(section);
  return json;
}

// A Markdown table of the fields with the defaults that `defaults` holds.
template <typename Section>
std::string SectionReference(const Fields<Section>& fields, const Section& defaults) {
  std::string table = "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const Field<Section>& field : fields) {
    const std::string preset = field.presence == Presence::kRequired
                                   ? "(required)"
                                   : "`" + field.to_json(defaults).dump() + "`";
    table += "| `" + field.key + "` | " + field.type + " | " + preset + " | " + field.help + " |\n";
  }
  return table;
}

}  // namespace llmembed::recipe

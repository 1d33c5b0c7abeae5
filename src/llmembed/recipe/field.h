// One key of a section of a recipe. A section is a list of them, and that list drives parsing,
// checking, the canonical JSON and the reference in docs/formats/recipe.md.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "llmembed/status.h"
#include "recipe/node.h"

namespace llmembed::recipe {

enum class Presence { kRequired, kOptional };

template <typename Section>
struct Field {
  std::string key;
  std::string type;  // in words, e.g. "an integer such as 0 or 256"
  std::string help;  // one line of Markdown
  Presence presence = Presence::kOptional;
  std::function<Status(const Node& value, Section* section)> parse;  // places its own errors
  std::function<base::Json(const Section& section)> to_json;
  std::function<Status(const Section& section)> check = nullptr;  // after parse; without a place
};

template <typename Section>
using Fields = std::vector<Field<Section>>;

// A member that is one text, number or list of numbers.
template <typename Section, typename T>
Field<Section> ValueField(std::string key, T Section::*member, std::string help) {
  return {.key = std::move(key),
          .type = TypeName(static_cast<const T*>(nullptr)),
          .help = std::move(help),
          .parse = [member](const Node& value,
                            Section* section) { return ReadValue(value, &(section->*member)); },
          .to_json = [member](const Section& section) { return base::Json(section.*member); }};
}

template <typename Enum>
struct Choice {
  Enum value;
  const char* name;
};

// "a, b or c".
template <typename Enum>
std::string ChoiceNames(std::span<const Choice<Enum>> choices) {
  std::string names;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) names += i + 1 == choices.size() ? " or " : ", ";
    names += choices[i].name;
  }
  return names;
}

template <typename Enum>
const char* ChoiceName(std::span<const Choice<Enum>> choices, Enum value) {
  for (const Choice<Enum>& choice : choices) {
    if (choice.value == value) return choice.name;
  }
  return "";
}

// A member that is one of a few words. `choices` must outlive the field.
template <typename Section, typename Enum>
Field<Section> ChoiceField(std::string key, Enum Section::*member,
                           std::span<const Choice<Enum>> choices, std::string help) {
  const auto parse = [member, choices](const Node& value, Section* section) {
    std::string word;
    LLMEMBED_RETURN_IF_ERROR(ReadValue(value, &word));
    for (const Choice<Enum>& choice : choices) {
      if (word != choice.name) continue;
      section->*member = choice.value;
      return Status();
    }
    return ErrorAt(value, "expected " + ChoiceNames(choices) + ", found " + word);
  };
  return {.key = std::move(key),
          .type = ChoiceNames(choices),
          .help = std::move(help),
          .parse = parse,
          .to_json = [member, choices](const Section& section) {
            return base::Json(ChoiceName(choices, section.*member));
          }};
}

template <typename Section>
Field<Section> Required(Field<Section> field) {
  field.presence = Presence::kRequired;
  return field;
}

// The field with a check of what was read.
template <typename Section>
Field<Section> Checked(Field<Section> field, std::function<Status(const Section&)> check) {
  field.check = std::move(check);
  return field;
}

// The fields of a member, as fields of the section that holds it.
template <typename Section, typename Inner>
Fields<Section> FieldsOfMember(Inner Section::*member, const Fields<Inner>& inner_fields) {
  Fields<Section> fields;
  for (const Field<Inner>& inner : inner_fields) {
    fields.push_back({.key = inner.key,
                      .type = inner.type,
                      .help = inner.help,
                      .presence = inner.presence,
                      .parse = [member, parse = inner.parse](
                                   const Node& value,
                                   Section* section) { return parse(value, &(section->*member)); },
                      .to_json = [member, to_json = inner.to_json](
                                     const Section& section) { return to_json(section.*member); }});
  }
  return fields;
}

}  // namespace llmembed::recipe

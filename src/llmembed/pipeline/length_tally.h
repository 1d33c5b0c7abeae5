// Counts how long texts are and how much of them was cut, together and by class.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "extract/length_rule.h"
#include "llmembed/embed.h"

namespace llmembed::pipeline {

// The class of a text without a label.
inline constexpr uint32_t kNoClass = UINT32_MAX;

// Of one backbone.
class LengthTally {
 public:
  LengthTally(std::string backbone, const extract::LengthRule& rule);

  // classes: [texts] indices of labels, or kNoClass; empty: no text has a label.
  void Add(std::span<const extract::TextLength> lengths, std::span<const uint32_t> classes);

  // `labels` names the classes; those without a name are left out.
  LengthReport Report(std::span<const std::string> labels) const;

 private:
  void AddTo(const extract::TextLength& length, LengthCount* count) const;

  LengthReport report_;  // its classes are in the order of the labels, still without names
};

}  // namespace llmembed::pipeline

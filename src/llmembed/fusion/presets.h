// Fusion expressions with a name: the fifteen of the LLMEmbed paper (ACL 2024, Table 1).
#pragma once

#include <span>
#include <string_view>

namespace llmembed::fusion {

// Over backbones called L (a decoder, its last five layers), B (BERT) and R (RoBERTa), of which a
// preset uses those that its row of the table does.
struct Preset {
  std::string_view name;     // "paper-1" to "paper-15"
  std::string_view summary;  // as the paper's table calls it
  std::string_view expression;
};

std::span<const Preset> Presets();

// nullptr when there is none of that name.
const Preset* FindPreset(std::string_view name);

}  // namespace llmembed::fusion

#include "fusion/presets.h"

#include <algorithm>
#include <array>

namespace llmembed::fusion {
namespace {

// The paper taps BERT behind its pooler and RoBERTa at its first token (its code; Figure 2 draws
// both from the first token). It gives sigma as 0.1 to 0.5, at which a product of two vectors of
// 1,024 standardised values, in the hundreds, is 1 or -1 whatever the text: a head on these alone
// learns nothing (docs/performance.md). One in a thousand makes of the product about its mean.
#define LLMEMBED_L5 "L/-1:mean, L/-2:mean, L/-3:mean, L/-4:mean, L/-5:mean"
#define LLMEMBED_B "B/-1:pooler"
#define LLMEMBED_R "R/-1:cls"

constexpr std::array<Preset, 15> kPresets = {{
    {"paper-1", "L, last layer", "L/-1:mean"},
    {"paper-2", "Avg", "avg(" LLMEMBED_L5 ")"},
    {"paper-3", "Max", "max(" LLMEMBED_L5 ")"},
    {"paper-4", "Cat", "cat(" LLMEMBED_L5 ")"},
    {"paper-5", "Avg+Cat with B", "cat(avg(" LLMEMBED_L5 "), " LLMEMBED_B ")"},
    {"paper-6", "Max+Cat with B", "cat(max(" LLMEMBED_L5 "), " LLMEMBED_B ")"},
    {"paper-7", "Cat with B", "cat(" LLMEMBED_L5 ", " LLMEMBED_B ")"},
    {"paper-8", "Avg+Cat with R", "cat(avg(" LLMEMBED_L5 "), " LLMEMBED_R ")"},
    {"paper-9", "Max+Cat with R", "cat(max(" LLMEMBED_L5 "), " LLMEMBED_R ")"},
    {"paper-10", "Cat with R", "cat(" LLMEMBED_L5 ", " LLMEMBED_R ")"},
    {"paper-11", "Avg+Cat with B, R", "cat(avg(" LLMEMBED_L5 "), " LLMEMBED_B ", " LLMEMBED_R ")"},
    {"paper-12", "Max+Cat with B, R", "cat(max(" LLMEMBED_L5 "), " LLMEMBED_B ", " LLMEMBED_R ")"},
    {"paper-13", "Cat with B, R", "cat(" LLMEMBED_L5 ", " LLMEMBED_B ", " LLMEMBED_R ")"},
    {"paper-14", "Cat+Co with B, R",
     "co(" LLMEMBED_L5 ", " LLMEMBED_B ", " LLMEMBED_R ", sigma=0.001)"},
    {"paper-15", "Cat+Co+Avg+Cat with B, R",
     "cat(co(" LLMEMBED_L5 ", " LLMEMBED_B ", " LLMEMBED_R ", sigma=0.001), avg(" LLMEMBED_L5 "))"},
}};

#undef LLMEMBED_L5
#undef LLMEMBED_B
#undef LLMEMBED_R

}  // namespace

std::span<const Preset> Presets() { return kPresets; }

const Preset* FindPreset(std::string_view name) {
  const auto found = std::ranges::find(kPresets, name, &Preset::name);
  return found == kPresets.end() ? nullptr : &*found;
}

}  // namespace llmembed::fusion

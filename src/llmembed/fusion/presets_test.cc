#include "fusion/presets.h"

#include <gtest/gtest.h>

#include <set>

#include "fusion/expression.h"

namespace llmembed::fusion {
namespace {

// The output sizes of the paper's Table 1, of a Llama-2 (4,096), BERT- and RoBERTa-large (1,024).
TEST(PresetsTest, HaveTheSizesOfThePapersTable) {
  constexpr size_t kWidths[] = {4096, 4096,  4096, 20480, 5120,  5120, 21504, 5120,
                                5120, 21504, 6144, 6144,  22528, 49,   4145};
  ASSERT_EQ(Presets().size(), 15U);
  for (size_t i = 0; i < 15; ++i) {
    const Preset& preset = Presets()[i];
    EXPECT_EQ(preset.name, "paper-" + std::to_string(i + 1));
    EXPECT_EQ(FindPreset(preset.name), &preset);
    const auto expression = Expression::Parse(preset.expression);
    ASSERT_TRUE(expression.ok()) << expression.status().message();
    EXPECT_EQ(expression->ToString(), preset.expression);
    std::vector<size_t> widths;
    for (const Tap& tap : expression->taps()) widths.push_back(tap.backbone == "L" ? 4096 : 1024);
    const auto inferred = expression->InferWidths(widths);
    ASSERT_TRUE(inferred.ok());
    EXPECT_EQ(inferred->back(), kWidths[i]) << preset.name;
    EXPECT_EQ(expression->IsTrained(), i >= 13);
  }
  EXPECT_EQ(FindPreset("paper-16"), nullptr);
}

}  // namespace
}  // namespace llmembed::fusion

// The angles of rotary position embeddings (Su et al. 2021), with the scalings of longer contexts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::backbone {

enum class RotaryScaling {
  kNone,
  kLinear,   // positions divided by `factor` (Chen et al. 2023)
  kDynamic,  // NTK-aware: a base that grows with the text's length beyond `original_positions`
  kLlama3,   // low frequencies divided by `factor`, a smooth passage to high ones
  kYarn,     // Peng et al. 2023
};

struct RotaryConfig {
  double theta = 0.0;  // base of the frequencies
  RotaryScaling scaling = RotaryScaling::kNone;
  double factor = 1.0;
  size_t original_positions = 0;                     // of the training before scaling
  double low_frequency = 0.0, high_frequency = 0.0;  // kLlama3: factors
  double beta_fast = 0.0, beta_slow = 0.0;           // kYarn
  double attention_factor = 1.0;                     // kYarn: multiplies cos and sin
  std::vector<float> frequency_divisors;             // [H / 2], as a file gives them; empty: ones
};

// cos and sin for the positions of texts, in the arithmetic of `transformers`: frequencies and
// angles in f32. Grows to the longest text asked for. Not thread-safe.
class RotaryTable {
 public:
  RotaryTable(const RotaryConfig& config, size_t head_size);

  // Appends the rows of one text's positions, at least one and each the next: [positions,
  // head_size / 2] each. The text ends with them, and begins at 0 even if they begin later.
  void Append(std::span<const int32_t> positions, std::vector<float>* cos, std::vector<float>* sin);

 private:
  void Extend(size_t positions);
  void AppendRow(int32_t position, std::span<const float> frequencies, std::vector<float>* cos,
                 std::vector<float>* sin) const;

  RotaryConfig config_;
  size_t head_size_;
  std::vector<float> frequencies_;  // [head_size / 2]
  std::vector<float> cos_, sin_;    // [positions so far, head_size / 2]
};

// The frequencies for a text of `length` tokens (which matters to kDynamic alone): [head_size / 2].
std::vector<float> RotaryFrequencies(const RotaryConfig& config, size_t head_size, size_t length);

}  // namespace llmembed::backbone

// The small BERT of tests/golden/tiny_bert, and what transformers says its hidden states are.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "weights/safetensors.h"

namespace llmembed::test {

inline std::string TinyBertFolder() { return LLMEMBED_SOURCE_DIR "/tests/golden/tiny_bert"; }

struct ExpectedText {
  std::vector<int32_t> ids;   // [T]
  std::vector<float> states;  // [layers + 1, T, width]
  size_t layers = 0;
  size_t width = 0;

  // Token `token` of hidden state `layer`: [width].
  const float* State(size_t layer, size_t token) const {
    return states.data() + (layer * ids.size() + token) * width;
  }
};

template <typename T>
std::vector<T> ElementsOf(const tensor::TensorView& view) {
  std::vector<T> elements(view.bytes.size() / sizeof(T));
  std::memcpy(elements.data(), view.bytes.data(), view.bytes.size());
  return elements;
}

// tools/make_backbone_goldens.py wrote them.
inline std::vector<ExpectedText> ExpectedTexts() {
  const auto file = weights::SafetensorsFile::Open(TinyBertFolder() + "/expected.safetensors");
  std::vector<ExpectedText> texts;
  if (!file.ok()) return texts;
  for (;;) {
    const std::string number = std::to_string(texts.size());
    const tensor::TensorView* ids = (*file)->Find("ids." + number);
    const tensor::TensorView* states = (*file)->Find("states." + number);
    if (ids == nullptr || states == nullptr) return texts;
    texts.push_back({ElementsOf<int32_t>(*ids), ElementsOf<float>(*states),
                     static_cast<size_t>(states->shape[0]) - 1,
                     static_cast<size_t>(states->shape[2])});
  }
}

}  // namespace llmembed::test

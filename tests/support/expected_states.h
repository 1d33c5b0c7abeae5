// What transformers says the hidden states of a model in tests/golden are;
// tools/make_backbone_goldens.py wrote it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "weights/safetensors.h"

namespace llmembed::test {

struct ExpectedText {
  std::vector<int32_t> ids;              // [T]
  std::vector<float> states;             // [layers + 1, T, width]
  std::vector<float> before_final_norm;  // [T, width], or empty
  std::vector<float> pooler;             // [width], or empty
  size_t layers = 0;
  size_t width = 0;

  // Token `token` of hidden state `layer`: [width].
  const float* State(size_t layer, size_t token) const {
    return states.data() + (layer * ids.size() + token) * width;
  }
};

// Empty when there is no such tensor.
template <typename T>
std::vector<T> ElementsOf(const tensor::TensorView* view) {
  if (view == nullptr) return {};
  std::vector<T> elements(view->bytes.size() / sizeof(T));
  std::memcpy(elements.data(), view->bytes.data(), view->bytes.size());
  return elements;
}

// The texts of a model's expected.safetensors.
inline std::vector<ExpectedText> ExpectedTextsOf(const std::string& folder) {
  const auto file = weights::SafetensorsFile::Open(folder + "/expected.safetensors");
  std::vector<ExpectedText> texts;
  if (!file.ok()) return texts;
  for (;;) {
    const std::string number = std::to_string(texts.size());
    const tensor::TensorView* ids = (*file)->Find("ids." + number);
    const tensor::TensorView* states = (*file)->Find("states." + number);
    if (ids == nullptr || states == nullptr) return texts;
    texts.push_back({ElementsOf<int32_t>(ids), ElementsOf<float>(states),
                     ElementsOf<float>((*file)->Find("before_final_norm." + number)),
                     ElementsOf<float>((*file)->Find("pooler." + number)),
                     static_cast<size_t>(states->shape[0]) - 1,
                     static_cast<size_t>(states->shape[2])});
  }
}

}  // namespace llmembed::test

// A lexical model as named tensors, the form a bundle stores it in.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "lexical/lexical_model.h"
#include "llmembed/status.h"
#include "tensor/tensor_view.h"

namespace llmembed::lexical {

// Borrows the elements.
struct NamedTensor {
  std::string name;
  tensor::TensorView view;
};

// Borrows the model; what is not in it as a tensor lies in `terms`.
struct LexicalTensors {
  std::vector<std::byte> terms;
  std::vector<NamedTensor> tensors;
};

// With T terms and K outputs (1 for two classes, else one a class), all F32 but the terms:
//   lexical.terms  U8 [bytes]  each term's words in UTF-8 with one blank between them, and '\n';
//                              an n-gram stands behind its first words and behind each of its words
//   lexical.idf    [T]         inverse document frequencies, positive
//   lexical.weight [T, K]
//   lexical.bias   [K]
LexicalTensors ToTensors(const LexicalModel& model);

// The inverse, for tensors in any order. kCorrupt naming the tensor that is missing, unknown,
// repeated, of a wrong type or shape, or whose content is none of a model.
Result<LexicalModel> LexicalModelFromTensors(std::span<const NamedTensor> tensors);

}  // namespace llmembed::lexical

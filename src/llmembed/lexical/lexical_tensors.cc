#include "lexical/lexical_tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "base/quoted.h"
#include "base/utf8.h"

namespace llmembed::lexical {
namespace {

constexpr char kTerms[] = "lexical.terms";
constexpr char kIdf[] = "lexical.idf";
constexpr char kWeight[] = "lexical.weight";
constexpr char kBias[] = "lexical.bias";

Status Corrupt(const std::string& name, const std::string& what) {
  return Status(StatusCode::kCorrupt, "tensor " + name + ": " + what);
}

// Each of the four tensors once, and no other.
Status CheckNames(std::span<const NamedTensor> tensors) {
  std::vector<std::string> names = {kTerms, kIdf, kWeight, kBias};
  for (const NamedTensor& tensor : tensors) {
    const auto found = std::find(names.begin(), names.end(), tensor.name);
    if (found == names.end()) return Corrupt(base::Quoted(tensor.name), "unknown or repeated");
    names.erase(found);
  }
  return names.empty() ? Status() : Corrupt(names.front(), "missing");
}

const tensor::TensorView& Find(std::span<const NamedTensor> tensors, std::string_view name) {
  return std::find_if(tensors.begin(), tensors.end(),
                      [&](const NamedTensor& tensor) { return tensor.name == name; })
      ->view;
}

// The tensor has this type, this number of extents, 1 to 2^32 - 2 each, and the bytes for them.
Status CheckLayout(const std::string& name, const tensor::TensorView& view, tensor::DType dtype,
                   size_t rank) {
  const auto extents = view.shape.extents();
  const bool in_range = std::all_of(extents.begin(), extents.end(), [](int64_t extent) {
    return extent >= 1 && extent < std::numeric_limits<uint32_t>::max();
  });
  const auto count = view.shape.ElementCount();
  const auto bytes = count ? tensor::ByteSize(dtype, *count) : std::nullopt;
  if (view.dtype != dtype || extents.size() != rank || !in_range || bytes != view.bytes.size()) {
    return Corrupt(name, std::string(tensor::DTypeName(view.dtype)) + " of shape " +
                             view.shape.ToString() + " in " + std::to_string(view.bytes.size()) +
                             " bytes, expected " + tensor::DTypeName(dtype) + " with " +
                             std::to_string(rank) + " positive extents that match them");
  }
  return Status();
}

Result<std::vector<float>> ReadFloats(std::span<const NamedTensor> tensors, const std::string& name,
                                      size_t rank) {
  const tensor::TensorView& view = Find(tensors, name);
  LLMEMBED_RETURN_IF_ERROR(CheckLayout(name, view, tensor::DType::kF32, rank));
  std::vector<float> values(view.element_count());
  std::memcpy(values.data(), view.bytes.data(), view.bytes.size());
  if (!std::all_of(values.begin(), values.end(),
                   [](float value) { return std::isfinite(value); })) {
    return Corrupt(name, "holds a value that is not finite");
  }
  return values;
}

// Adds a term that is spelled with one blank between its words. What is wrong with it, or nullptr.
const char* AddSpelled(std::string_view spelling, NgramVocabulary* vocabulary) {
  uint32_t prefix = NgramVocabulary::kNone;
  for (uint32_t words = 1;; ++words) {
    const size_t end = std::min(spelling.find(' '), spelling.size());
    const std::string_view text = spelling.substr(0, end);
    if (text.empty()) return "has an empty word";
    if (words > kMaxNgram) return "has too many words";
    const bool is_last = end == spelling.size();
    const bool is_new_word = is_last && words == 1;
    const uint32_t word = is_new_word ? vocabulary->AddWord(text) : vocabulary->FindWord(text);
    if (word == NgramVocabulary::kNone) return "has a word that is no term before it";
    const uint32_t term = vocabulary->FindTerm(prefix, word);
    if (is_last) {
      if (term != NgramVocabulary::kNone) return "is repeated";
      vocabulary->AddTerm(prefix, word);
      return nullptr;
    }
    if (term == NgramVocabulary::kNone) return "begins with words that are no term before it";
    prefix = term;
    spelling.remove_prefix(end + 1);
  }
}

Result<NgramVocabulary> ReadTerms(const tensor::TensorView& view) {
  LLMEMBED_RETURN_IF_ERROR(CheckLayout(kTerms, view, tensor::DType::kU8, 1));
  std::string_view text(reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size());
  if (text.back() != '\n' || !base::IsValidUtf8(text)) {
    return Corrupt(kTerms, "is no UTF-8 text whose last line ends");
  }
  NgramVocabulary vocabulary;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    if (const char* wrong = AddSpelled(text.substr(0, end), &vocabulary); wrong != nullptr) {
      return Corrupt(kTerms, "term " + std::to_string(vocabulary.size()) + ", " +
                                 base::Quoted(text.substr(0, end)) + ", " + wrong);
    }
    text.remove_prefix(end + 1);
  }
  return vocabulary;
}

// The matrices fit one another and the number of terms.
Status CheckSizes(std::span<const NamedTensor> tensors, uint64_t terms) {
  const tensor::Shape& idf = Find(tensors, kIdf).shape;
  const tensor::Shape& weight = Find(tensors, kWeight).shape;
  const tensor::Shape& bias = Find(tensors, kBias).shape;
  const auto expected = static_cast<int64_t>(terms);
  if (idf[0] != expected) {
    return Corrupt(kIdf, "shape " + idf.ToString() + " for " + std::to_string(terms) + " terms");
  }
  if (weight[0] != expected || weight[1] == 2) {
    return Corrupt(kWeight, "shape " + weight.ToString() + " for " + std::to_string(terms) +
                                " terms (two classes have one output)");
  }
  if (bias[0] != weight[1]) {
    return Corrupt(kBias, "shape " + bias.ToString() + " beside weights of " + weight.ToString());
  }
  return Status();
}

}  // namespace

LexicalTensors ToTensors(const LexicalModel& model) {
  const TermWeights& weights = model.weights();
  std::string spelled;
  for (uint32_t term = 0; term < model.terms(); ++term) {
    model.vocabulary().AppendSpelling(term, &spelled);
    spelled.push_back('\n');
  }
  LexicalTensors result;
  const auto bytes = std::as_bytes(std::span(spelled));
  result.terms.assign(bytes.begin(), bytes.end());
  const auto terms = static_cast<int64_t>(model.terms());
  const auto outputs = static_cast<int64_t>(weights.outputs());
  const tensor::Shape text_shape{static_cast<int64_t>(result.terms.size())};
  result.tensors = {{kTerms, {tensor::DType::kU8, text_shape, result.terms}},
                    {kIdf, tensor::ViewOf(weights.idf, {terms})},
                    {kWeight, tensor::ViewOf(weights.weight, {terms, outputs})},
                    {kBias, tensor::ViewOf(weights.bias, {outputs})}};
  return result;
}

Result<LexicalModel> LexicalModelFromTensors(std::span<const NamedTensor> tensors) {
  LLMEMBED_RETURN_IF_ERROR(CheckNames(tensors));
  TermWeights weights;
  LLMEMBED_ASSIGN_OR_RETURN(weights.idf, ReadFloats(tensors, kIdf, 1));
  LLMEMBED_ASSIGN_OR_RETURN(weights.weight, ReadFloats(tensors, kWeight, 2));
  LLMEMBED_ASSIGN_OR_RETURN(weights.bias, ReadFloats(tensors, kBias, 1));
  if (std::any_of(weights.idf.begin(), weights.idf.end(), [](float idf) { return idf <= 0.0F; })) {
    return Corrupt(kIdf, "holds a value that is not positive");
  }
  LLMEMBED_ASSIGN_OR_RETURN(NgramVocabulary vocabulary, ReadTerms(Find(tensors, kTerms)));
  LLMEMBED_RETURN_IF_ERROR(CheckSizes(tensors, vocabulary.size()));
  const auto outputs = static_cast<uint32_t>(weights.bias.size());
  weights.classes = outputs == 1 ? 2 : outputs;
  return LexicalModel(std::move(vocabulary), std::move(weights));
}

}  // namespace llmembed::lexical

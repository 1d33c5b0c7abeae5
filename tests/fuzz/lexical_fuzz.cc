// libFuzzer target: any bytes as the tensors of a model that counts words. What is accepted must
// give finite scores of any text, and be the same model once it is written and read again.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lexical/lexical_tensors.h"
#include "weights/safetensors_header.h"

namespace {

namespace lexical = llmembed::lexical;
namespace weights = llmembed::weights;

constexpr std::string_view kTexts[] = {"", "a good film, not a bad one", "\xff good\ngood  film"};

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

std::vector<float> Scores(const lexical::LexicalModel& model) {
  const auto logits = model.Logits(kTexts, {.threads = 1});
  Require(logits.ok() && logits->size() == std::size(kTexts) * model.classes());
  return *logits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const auto header = weights::ParseSafetensorsHeader(file, "fuzz", {.max_header_bytes = 1U << 16});
  if (!header.ok()) return 0;
  std::vector<lexical::NamedTensor> tensors;
  for (const weights::TensorEntry& entry : header->tensors) {
    tensors.push_back({entry.name,
                       {entry.dtype, entry.shape,
                        file.subspan(header->data_begin + entry.begin, entry.end - entry.begin)}});
  }
  const auto model = lexical::LexicalModelFromTensors(tensors);
  if (!model.ok()) return 0;
  const std::vector<float> scores = Scores(*model);
  for (const float score : scores) Require(!std::isnan(score));
  const lexical::LexicalTensors written = lexical::ToTensors(*model);
  const auto again = lexical::LexicalModelFromTensors(written.tensors);
  Require(again.ok() && Scores(*again) == scores);
  return 0;
}

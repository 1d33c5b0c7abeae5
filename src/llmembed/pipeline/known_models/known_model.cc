#include "pipeline/known_models/known_model.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/mapped_file.h"
#include "base/sha256.h"
#include "gguf/find_gguf.h"
#include "gguf/gguf_file.h"
#include "pipeline/state_comparison.h"

namespace llmembed::pipeline {
namespace {

// Ours and PyTorch's sums have other orders: docs/numerics.md has how far apart that brings them.
constexpr double kGoldenBar = 1e-3;

// The sampled numbers of one state, as far from the golden ones as a whole state with such numbers
// would be, and its norm.
void CompareGolden(std::span<const float> golden, std::span<const float> state,
                   StateDifference* difference) {
  std::array<float, kGoldenNumbers> numbers{};
  double squares = 0.0;
  for (const float number : state) squares += double{number} * number;
  for (size_t i = 0; i < kGoldenNumbers; ++i) numbers[i] = state[i * state.size() / kGoldenNumbers];
  const StateDifference sampled =
      CompareStates("", golden.first(kGoldenNumbers), numbers, kGoldenNumbers, {});
  double distance = 0.0;
  for (size_t i = 0; i < kGoldenNumbers; ++i) {
    distance += std::pow(double{numbers[i]} - golden[i], 2.0);
  }
  const double norm = golden[kGoldenNumbers];
  const double share = double{kGoldenNumbers} / static_cast<double>(state.size());
  const double numbers_off = std::sqrt(distance / share) / norm;
  const double norm_off = std::abs(std::sqrt(squares) - norm) / norm;
  difference->max_abs = std::max(difference->max_abs, sampled.max_abs);
  difference->cosine_distance = std::max(difference->cosine_distance, sampled.cosine_distance);
  for (const double relative : {numbers_off, norm_off}) {
    const double seen = std::isnan(relative) ? HUGE_VAL : relative;
    difference->max_relative = std::max(difference->max_relative, seen);
  }
  difference->is_within = difference->max_relative <= kGoldenBar;
}

}  // namespace

Result<std::string> ClaimOf(const std::string& path, const extract::ModelIdentity& identity) {
  const auto gguf_path = gguf::FindGguf(path);
  if (!gguf_path) return identity.config;
  LLMEMBED_ASSIGN_OR_RETURN(const auto file, gguf::GgufFile::Open(*gguf_path));
  // The tensors' entries follow the metadata.
  uint64_t end = file->size();
  for (const gguf::GgufTensor& tensor : file->tensors()) end = std::min(end, tensor.file_byte);
  LLMEMBED_ASSIGN_OR_RETURN(const base::MappedFile bytes, base::MappedFile::Open(*gguf_path));
  base::Sha256 hash;
  hash.Update(bytes.bytes().first(std::min<size_t>(end, bytes.bytes().size())));
  return base::Hex(hash.Finish());
}

const KnownModel* FindKnownModel(std::string_view weights, std::string_view claim) {
  const std::array models = {&MiniLm(), &SmolLm2()};
  for (const KnownModel* model : models) {
    if (model->weights == weights) return model;
  }
  for (const KnownModel* model : models) {
    if (model->claim == claim) return model;
  }
  return nullptr;
}

ModelCheck CompareWithGoldens(const KnownModel& known, const extract::LayerStates& alone) {
  ModelCheck check{.name = "goldens", .compute_type = "f32", .bar = "relative 1e-3"};
  for (size_t i = 0; i < known.states; ++i) {
    StateDifference difference{.state = StateName(alone.points[i])};
    size_t last_token = 0;
    for (size_t text = 0; text < known.ids.size(); ++text) {
      last_token += known.ids[text].size();
      const auto golden =
          known.values.subspan((text * known.states + i) * kGoldenValues, kGoldenValues);
      const auto state =
          std::span(alone.states[i]).subspan((last_token - 1) * alone.width, alone.width);
      CompareGolden(golden, state, &difference);
    }
    if (!difference.is_within && check.first_difference.empty()) {
      check.first_difference = difference.state;
    }
    check.states.push_back(difference);
  }
  return check;
}

}  // namespace llmembed::pipeline

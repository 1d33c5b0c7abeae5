// Goldens that ship with the program: what `transformers` makes of a few texts with a model of the
// catalogue. tools/make_model_goldens.py writes one file for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "extract/layer_states.h"
#include "extract/model_identity.h"
#include "llmembed/models.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

// What models are verified with; the goldens are of these.
inline constexpr std::array<std::string_view, 3> kVerificationTexts = {
    "The film was great.",
    "Na\u00efve caf\u00e9s \u2014 12.5 % off!",
    "unbelievably bad",
};

// Of a text's last token in each state: numbers i * width / 8, and the state's Euclidean norm.
inline constexpr size_t kGoldenNumbers = 8;
inline constexpr size_t kGoldenValues = kGoldenNumbers + 1;

struct KnownModel {
  std::string_view name;     // in the catalogue
  std::string_view weights;  // as extract::ModelIdentity
  std::string_view claim;    // ClaimOf
  size_t states = 0;         // as extract::LayerStates::points
  std::array<std::span<const int32_t>, kVerificationTexts.size()> ids;
  std::span<const float> values;  // [texts, states, kGoldenValues]
};

const KnownModel& MiniLm();
const KnownModel& SmolLm2();

// What a model says it is apart from its weights, as SHA-256: config.json, or the metadata of a
// GGUF file. A copy whose weights are damaged makes the same claim.
Result<std::string> ClaimOf(const std::string& path, const extract::ModelIdentity& identity);

// The known model with these weights, or else the one that this model claims to be; null.
const KnownModel* FindKnownModel(std::string_view weights, std::string_view claim);

// The check "goldens". `alone`: of kVerificationTexts with the model's own ids.
ModelCheck CompareWithGoldens(const KnownModel& known, const extract::LayerStates& alone);

}  // namespace llmembed::pipeline

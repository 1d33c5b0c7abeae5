// What a vector is found by: its space (how it was made) and its key (of what text).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/sha256.h"

namespace llmembed::store {

// SHA-256 of a space's description.
using SpaceId = base::Digest;

inline constexpr uint64_t kMaxDescriptionBytes = 1ULL << 20;

// Vectors made in the same way, and so comparable: the same weights, tap, dtype, length rule...
struct Space {
  SpaceId id;
  uint32_t dimension = 0;  // floats in a vector
};

// The first half of SHA-256(space id, text): the same text has another key in every space.
// The text cannot be computed from it; whoever guesses the text can check the guess.
using Key = std::array<std::byte, 16>;

Key MakeKey(const SpaceId& space, std::string_view text);

}  // namespace llmembed::store

// One vector for a text that was read in chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace llmembed::extract {

// The mean of the chunks' vectors, each weighted by the chunk's tokens (special ones included):
// sum(tokens * vector) / sum(tokens), in double and in the chunks' order, rounded once. Whatever
// the pooling: `mean` so becomes the mean over all tokens of all chunks, `max` the mean of the
// chunks' maxima. Chunks are computed side by side into slots and then added one by one.
class ChunkMean {
 public:
  ChunkMean(size_t taps, size_t width, size_t slots);

  // Where the chunks' vectors go: [taps], each [slots, width].
  std::span<float* const> slots() const { return slots_; }

  // Adds the vectors in `slot` to the text in hand.
  void Add(size_t slot, uint32_t tokens);

  // Writes the mean of what was added as row `text` of vectors[tap], and begins with another text.
  void Finish(size_t text, std::span<float* const> vectors);

 private:
  size_t width_;
  std::vector<float> memory_;  // [taps, slots, width]
  std::vector<float*> slots_;
  std::vector<double> sums_;  // [taps, width]
  uint64_t tokens_ = 0;
};

}  // namespace llmembed::extract

#include "extract/chunk_mean.h"

#include <algorithm>

namespace llmembed::extract {

ChunkMean::ChunkMean(size_t taps, size_t width, size_t slots)
    : width_(width), memory_(taps * slots * width), sums_(taps * width) {
  for (size_t tap = 0; tap < taps; ++tap) slots_.push_back(memory_.data() + tap * slots * width);
}

void ChunkMean::Add(size_t slot, uint32_t tokens) {
  for (size_t tap = 0; tap < slots_.size(); ++tap) {
    const float* vector = slots_[tap] + slot * width_;
    double* sum = sums_.data() + tap * width_;
    for (size_t i = 0; i < width_; ++i) {
      sum[i] += static_cast<double>(tokens) * static_cast<double>(vector[i]);
    }
  }
  tokens_ += tokens;
}

void ChunkMean::Finish(size_t text, std::span<float* const> vectors) {
  for (size_t tap = 0; tap < slots_.size(); ++tap) {
    const double* sum = sums_.data() + tap * width_;
    float* vector = vectors[tap] + text * width_;
    for (size_t i = 0; i < width_; ++i) {
      vector[i] = static_cast<float>(sum[i] / static_cast<double>(tokens_));
    }
  }
  std::fill(sums_.begin(), sums_.end(), 0.0);
  tokens_ = 0;
}

}  // namespace llmembed::extract

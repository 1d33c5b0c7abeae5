#include "compute/cpu/linear/tile_pack.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/linear/tile_pack.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <cstring>

#include "compute/cpu/transpose-inl.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// One step of 16 rows: word k of each side by side, then the next word.
void PackHalfStep(const std::byte* rows, size_t pitch, std::byte* to) {
  constexpr size_t kWords = kTileStep / sizeof(uint32_t);
  const uint16_t* starts[kWords];
  for (size_t i = 0; i < kWords; ++i) {
    starts[i] = reinterpret_cast<const uint16_t*>(rows + i * pitch);
  }
  auto* words = reinterpret_cast<float*>(to);
#if HWY_TARGET == HWY_SCALAR
  for (size_t word = 0; word < kWords; ++word) {
    for (size_t i = 0; i < kWords; ++i) {
      std::memcpy(words + word * kWords + i, starts[i] + 2 * word, sizeof(uint32_t));
    }
  }
#else
  const F32 d;
  constexpr size_t kAtATime = 4;  // words
  for (size_t i = 0; i < kWords; i += hn::Lanes(d)) {
    for (size_t word = 0; word < kWords; word += kAtATime) {
      TransposeWords(d, starts + i, 2 * word, words + word * kWords + i, kWords);
    }
  }
#endif
}

void RoundRow(const float* values, size_t count, uint16_t* to) {
  const F32 d;
  ForEachVector(
      d, count, [&](size_t i) { StoreFloats(d, LoadFloats(d, values + i), to + i); },
      [&](size_t i, size_t n) { StoreSomeFloats(d, LoadSomeFloats(d, values + i, n), to + i, n); });
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "compute/cpu/linear/int8_kernels.h"
#include "compute/plain_weight.h"

namespace llmembed::compute::cpu {

HWY_EXPORT(PackHalfStep);
HWY_EXPORT(RoundRow);

PanelPacker::PanelPacker(size_t inputs, bool is_int8)
    : inputs_(inputs),
      is_int8_(is_int8),
      pitch_(TileCount(inputs * (is_int8 ? 1 : sizeof(uint16_t)), kTileStep) * kTileStep),
      rows_(kTilePanel * pitch_),
      values_(inputs) {}

void PanelPacker::SetRow(size_t i, const PlainWeight& weight, size_t row) {
  if (!is_int8_ && weight.dtype == tensor::DType::kBF16) {
    const size_t bytes = inputs_ * sizeof(uint16_t);
    std::memcpy(Row(i), static_cast<const std::byte*>(weight.data) + row * bytes, bytes);
    return;
  }
  LoadRow(weight, row, inputs_, values_.data());
  RoundValues(i);
}

void PanelPacker::SetRow(size_t i, const BlockRow& row) {
  LoadRow(row, inputs_, values_.data());
  RoundValues(i);
}

void PanelPacker::ClearRow(size_t i) {
  std::fill_n(Row(i), pitch_, std::byte{0});
  scales_[i] = 0.0F;
}

void PanelPacker::RoundValues(size_t i) {
  if (is_int8_) {
    const Matrix matrix{tensor::DType::kF32, 1, inputs_, values_.data()};
    QuantizeRows(matrix, inputs_, reinterpret_cast<int8_t*>(Row(i)), &scales_[i]);
    return;
  }
  HWY_DYNAMIC_DISPATCH(RoundRow)
  (values_.data(), inputs_, reinterpret_cast<uint16_t*>(Row(i)));
}

void PanelPacker::Pack(size_t panel, size_t panels, std::byte* data) const {
  constexpr size_t kHalf = kTilePanel / 2;
  const size_t steps = pitch_ / kTileStep;
  for (size_t step = 0; step < steps; ++step) {
    std::byte* to = data + StepOffset(steps, panels, panel, step);
    for (size_t half = 0; half < 2; ++half) {
      HWY_DYNAMIC_DISPATCH(PackHalfStep)
      (rows_.data() + half * kHalf * pitch_ + step * kTileStep, pitch_,
       to + half * (kStepBytes / 2));
    }
  }
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

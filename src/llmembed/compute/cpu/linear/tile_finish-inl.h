// What becomes of the sums of linear layers by tiles: bias, activation, rounding, a row of a panel
// at a time. Included once per instruction set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_LINEAR_TILE_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_LINEAR_TILE_FINISH_INL_H_
#undef LLMEMBED_COMPUTE_CPU_LINEAR_TILE_FINISH_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_LINEAR_TILE_FINISH_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "compute/cpu/linear/tile_kernels.h"
#include "compute/cpu/rows/activation-inl.h"
#include "compute/int8.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

constexpr size_t kHalfPanel = kTilePanel / 2;  // a vector of f32

// Sums of up to 32 rows and one panel of outputs, of which the first row comes next. What one row
// needs is here as it is used: between products of tiles, every instruction counts.
template <typename Sum>
struct PendingRows {
  const Sum* sums = nullptr;  // [rows, 32]
  size_t rows = 0;
  std::byte* to = nullptr;  // of the first row
  const float* bias = nullptr;
  const float* scales = nullptr;      // of int8 only
  const float* row_scales = nullptr;  // likewise
  uint32_t outputs = 0;               // a bit for each that there is

  HWY_INLINE void Next(size_t row_bytes) {
    sums += kTilePanel;
    --rows;
    to += row_bytes;
    if constexpr (kIsInt8Sum<Sum>) ++row_scales;
  }
};

struct Bf16Sums {
  using Sum = float;
  HWY_INLINE static VF32 Load(F32 d, const PendingRows<Sum>& pending, size_t i) {
    return hn::Add(hn::Load(d, pending.sums + i), hn::Load(d, pending.bias + i));
  }
};

struct Int8Sums {
  using Sum = int32_t;
  HWY_INLINE static VF32 Load(F32 d, const PendingRows<Sum>& pending, size_t i) {
    const hn::RebindToSigned<F32> di;
    const VF32 scaled =
        hn::Mul(hn::ConvertTo(d, hn::Load(di, pending.sums + i)), hn::Set(d, *pending.row_scales));
    return hn::MulAdd(scaled, hn::Load(d, pending.scales + i), hn::Load(d, pending.bias + i));
  }
};

// The rows [row, row + rows) of a panel of outputs, without their place.
template <typename Sum>
PendingRows<Sum> PendingOf(const TileWeights& weights, const TileOutput& out, const Sum* sums,
                           size_t row, size_t rows, size_t panel) {
  PendingRows<Sum> pending{sums, rows};
  pending.bias = weights.bias + panel * kTilePanel;
  if constexpr (kIsInt8Sum<Sum>) {
    pending.scales = weights.scales + panel * kTilePanel;
    pending.row_scales = out.row_scales + row;
  }
  const size_t left = weights.outputs - panel * weights.panel_outputs();
  const bool is_whole = out.has_padding || left >= kTilePanel;
  pending.outputs = is_whole ? ~uint32_t{0} : (uint32_t{1} << left) - 1;
  return pending;
}

// To rows of f32.
template <typename Sums, bool kAdds>
struct FinishF32 {
  size_t row_bytes;

  explicit FinishF32(const TileOutput& out) : row_bytes(out.f32.row_pitch() * sizeof(float)) {}

  std::byte* Place(const TileOutput& out, size_t row, size_t panel) const {
    return static_cast<std::byte*>(out.f32.data) + row * row_bytes +
           panel * kTilePanel * sizeof(float);
  }

  HWY_INLINE void operator()(const PendingRows<typename Sums::Sum>& pending) const {
    const F32 d;
    for (size_t i = 0; i < kTilePanel; i += kHalfPanel) {
      float* to = reinterpret_cast<float*>(pending.to) + i;
      const __mmask16 some = static_cast<__mmask16>(pending.outputs >> i);
      VF32 value = Sums::Load(d, pending, i);
      if constexpr (kAdds) value.raw = _mm512_add_ps(_mm512_maskz_loadu_ps(some, to), value.raw);
      _mm512_mask_storeu_ps(to, some, value.raw);
    }
  }
};

// To rows of bf16.
template <typename Sums, typename Function, bool kGated>
struct FinishBf16 {
  size_t row_bytes;
  Function function;

  FinishBf16(const TileOutput& out, Function f) : row_bytes(out.rows.row_bytes), function(f) {}

  std::byte* Place(const TileOutput& out, size_t row, size_t panel) const {
    std::byte* rows = out.rows.data + row / kTilePanel * out.rows.panel_bytes +
                      row % kTilePanel * out.rows.row_bytes;
    if (!kGated) return rows + panel * out.rows.step_bytes;
    return rows + panel / 2 * out.rows.step_bytes + panel % 2 * kHalfPanel * sizeof(uint16_t);
  }

  HWY_INLINE void operator()(const PendingRows<typename Sums::Sum>& pending) const {
    const F32 d;
    const VF32 one = function(d, Sums::Load(d, pending, 0));
    const VF32 two = Sums::Load(d, pending, kHalfPanel);
    if constexpr (kGated) {
      _mm256_mask_storeu_epi16(pending.to, static_cast<__mmask16>(pending.outputs),
                               RoundToBf16(hn::Mul(one, two)));
    } else {
      _mm512_mask_storeu_epi16(pending.to, pending.outputs, RoundToBf16(one, function(d, two)));
    }
  }
};

// Calls `use` with the function object that finishes what `out` asks for.
template <typename Sums, typename Use>
void WithFinish(const TileWeights& weights, const TileOutput& out, const Use& use) {
  if (out.rows.data == nullptr) {
    if (out.write == Write::kAdd) return use(FinishF32<Sums, true>(out));
    return use(FinishF32<Sums, false>(out));
  }
  if (!out.activation) {
    return use(FinishBf16<Sums, Unchanged, false>(out, Unchanged()));
  }
  WithFunction</*kExact=*/false>(*out.activation, [&](auto function) {
    using Function = decltype(function);
    if (weights.is_gated) {
      use(FinishBf16<Sums, Function, true>(out, function));
    } else {
      use(FinishBf16<Sums, Function, false>(out, function));
    }
  });
}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

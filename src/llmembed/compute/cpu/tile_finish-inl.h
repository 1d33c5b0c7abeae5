// What becomes of the sums of linear layers by tiles: bias, activation, rounding, a row of a panel
// at a time. Included once per instruction set; there is something in it for AVX-512 only.
#if defined(LLMEMBED_COMPUTE_CPU_TILE_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_TILE_FINISH_INL_H_
#undef LLMEMBED_COMPUTE_CPU_TILE_FINISH_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_TILE_FINISH_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "compute/cpu/activation-inl.h"
#include "compute/cpu/tile_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX3

constexpr size_t kHalfPanel = kTilePanel / 2;  // a vector of f32

struct Bf16Sums {
  using Sum = float;
  HWY_INLINE static VF32 Load(F32 d, const TileWeights& weights, const TileOutput& /*out*/,
                              const float* sums, size_t /*row*/, size_t output) {
    return hn::Add(hn::Load(d, sums), hn::Load(d, weights.bias + output));
  }
};

struct Int8Sums {
  using Sum = int32_t;
  HWY_INLINE static VF32 Load(F32 d, const TileWeights& weights, const TileOutput& out,
                              const int32_t* sums, size_t row, size_t output) {
    const hn::RebindToSigned<F32> di;
    const VF32 scaled =
        hn::Mul(hn::ConvertTo(d, hn::Load(di, sums)), hn::Set(d, out.row_scales[row]));
    return hn::MulAdd(scaled, hn::Load(d, weights.scales + output),
                      hn::Load(d, weights.bias + output));
  }
};

// To rows of f32.
template <typename Sums>
struct FinishF32 {
  const TileWeights& weights;
  const TileOutput& out;

  // sums: of the panel's 32 outputs for one row.
  HWY_INLINE void operator()(const typename Sums::Sum* sums, size_t row, size_t panel) const {
    const F32 d;
    float* to = out.f32.f32() + row * out.f32.row_pitch();
    const size_t end = std::min((panel + 1) * kTilePanel, weights.outputs);
    for (size_t n = panel * kTilePanel; n < end; n += kHalfPanel, sums += kHalfPanel) {
      VF32 value = Sums::Load(d, weights, out, sums, row, n);
      const auto some = hn::FirstN(d, end - n);
      if (out.write == Write::kAdd) value = hn::Add(hn::MaskedLoad(some, d, to + n), value);
      hn::BlendedStore(value, some, d, to + n);
    }
  }
};

struct Unchanged {
  HWY_INLINE VF32 operator()(F32 /*d*/, VF32 x) const { return x; }
};

// To rows of bf16.
template <typename Sums, typename Function, bool kGated>
struct FinishBf16 {
  const TileWeights& weights;
  const TileOutput& out;
  Function function;

  HWY_INLINE void operator()(const typename Sums::Sum* sums, size_t row, size_t panel) const {
    const F32 d;
    const size_t in_panel = row % kTilePanel;
    std::byte* to = out.rows.data + row / kTilePanel * out.rows.panel_bytes +
                    in_panel / kHalfPanel * out.rows.half_bytes +
                    in_panel % kHalfPanel * out.rows.row_bytes;
    const size_t first = panel * kTilePanel;
    const VF32 one = function(d, Sums::Load(d, weights, out, sums, row, first));
    const VF32 two = Sums::Load(d, weights, out, sums + kHalfPanel, row, first + kHalfPanel);
    if constexpr (kGated) {
      to += panel / 2 * out.rows.step_bytes + panel % 2 * kHalfPanel * sizeof(uint16_t);
      Store(d, hn::Mul(one, two), to, panel * kHalfPanel);
    } else {
      to += panel * out.rows.step_bytes;
      Store(d, one, to, first);
      Store(d, function(d, two), to + kHalfPanel * sizeof(uint16_t), first + kHalfPanel);
    }
  }

 private:
  HWY_INLINE void Store(F32 d, VF32 value, std::byte* to, size_t output) const {
    auto* at = reinterpret_cast<uint16_t*>(to);
    if (out.has_padding || output + kHalfPanel <= weights.outputs) {
      StoreFloats(d, value, at);
    } else if (output < weights.outputs) {
      StoreSomeFloats(d, value, at, weights.outputs - output);
    }
  }
};

// Calls `use` with the function object that finishes what `out` asks for.
template <typename Sums, typename Use>
void WithFinish(const TileWeights& weights, const TileOutput& out, const Use& use) {
  if (out.rows.data == nullptr) return use(FinishF32<Sums>{weights, out});
  if (!out.activation) {
    return use(FinishBf16<Sums, Unchanged, false>{weights, out, Unchanged()});
  }
  WithFunction</*kExact=*/false>(*out.activation, [&](auto function) {
    using Function = decltype(function);
    if (weights.is_gated) {
      use(FinishBf16<Sums, Function, true>{weights, out, function});
    } else {
      use(FinishBf16<Sums, Function, false>{weights, out, function});
    }
  });
}

#endif  // HWY_AVX3

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

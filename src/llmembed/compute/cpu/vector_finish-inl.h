// What becomes of the sums of linear layers by vectors: scales, bias, activation, gate, residual,
// some rows of a panel at a time. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_VECTOR_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_VECTOR_FINISH_INL_H_
#undef LLMEMBED_COMPUTE_CPU_VECTOR_FINISH_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_VECTOR_FINISH_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "compute/cpu/activation-inl.h"
#include "compute/cpu/vector_io-inl.h"
#include "compute/cpu/vector_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Sums of one panel for a few rows: [rows, width]. Those of int8 are whole.
template <typename Sum>
struct PanelSums {
  const Sum* sums;
  size_t row;  // of the input and the output, the first one
  size_t rows;
  size_t panel;
};

// The layer's numbers for half a panel's outputs.
struct OutputNumbers {
  VF32 bias, scales;  // scales: of int8
};

template <typename Sum>
HWY_INLINE OutputNumbers NumbersOf(F32 d, const VectorWeights& weights, size_t at) {
  OutputNumbers numbers{hn::LoadU(d, weights.bias + at), hn::Zero(d)};
  if constexpr (std::is_same_v<Sum, int32_t>) numbers.scales = hn::LoadU(d, weights.scales + at);
  return numbers;
}

HWY_INLINE VF32 Scaled(F32 d, const float* sums, const OutputNumbers& numbers, VF32 /*row*/) {
  return hn::Add(hn::LoadU(d, sums), numbers.bias);
}
HWY_INLINE VF32 Scaled(F32 d, const int32_t* sums, const OutputNumbers& numbers, VF32 row) {
  const hn::RebindToSigned<F32> di;
  const VF32 sum = hn::ConvertTo(d, hn::LoadU(di, sums));
  return hn::MulAdd(hn::Mul(sum, row), numbers.scales, numbers.bias);
}

// The first `count` floats, all or fewer than a vector has.
template <typename T>
HWY_INLINE void StoreUpTo(F32 d, VF32 v, T* to, size_t count) {
  count >= hn::Lanes(d) ? StoreFloats(d, v, to) : StoreSomeFloats(d, v, to, count);
}

template <typename T, typename Function, bool kGated, bool kAdds>
struct FinishPanel {
  Function function;

  template <typename Sum>
  void operator()(const VectorWeights& weights, const VectorRows& in, const VectorOutput& out,
                  const PanelSums<Sum>& panel) const {
    const F32 d;
    const size_t lanes = hn::Lanes(d);
    const size_t first = panel.panel * weights.panel_outputs();
    const size_t outputs = weights.outputs - first;  // of this panel on
    const OutputNumbers low = NumbersOf<Sum>(d, weights, panel.panel * weights.width);
    const OutputNumbers high = NumbersOf<Sum>(d, weights, panel.panel * weights.width + lanes);
    const Sum* sums = panel.sums;
    T* to = static_cast<T*>(out.to.data) + panel.row * out.to.row_pitch() + first;
    for (size_t i = 0; i < panel.rows; ++i, sums += weights.width, to += out.to.row_pitch()) {
      VF32 row = hn::Zero(d);
      if constexpr (std::is_same_v<Sum, int32_t>) row = hn::Set(d, in.row_scales[panel.row + i]);
      const VF32 one = Scaled(d, sums, low, row);
      const VF32 two = Scaled(d, sums + lanes, high, row);
      if constexpr (kGated) {
        StoreUpTo(d, hn::Mul(function(d, one), two), to, outputs);
      } else {
        Put(d, function(d, one), to, outputs);
        if (outputs > lanes) Put(d, function(d, two), to + lanes, outputs - lanes);
      }
    }
  }

 private:
  HWY_INLINE static void Put(F32 d, VF32 v, T* to, size_t outputs) {
    if constexpr (kAdds) {
      const bool is_whole = outputs >= hn::Lanes(d);
      v = hn::Add(is_whole ? LoadFloats(d, to) : LoadSomeFloats(d, to, outputs), v);
    }
    StoreUpTo(d, v, to, outputs);
  }
};

template <typename T, typename Use>
void WithVectorFinishTo(const VectorWeights& weights, const VectorOutput& out, const Use& use) {
  if (!out.activation) return use(FinishPanel<T, Unchanged, false, false>{});
  WithFunction<kIsExact<T>>(*out.activation, [&](auto function) {
    using Function = decltype(function);
    if (weights.is_gated) {
      use(FinishPanel<T, Function, true, false>{function});
    } else {
      use(FinishPanel<T, Function, false, false>{function});
    }
  });
}

// Calls `use` with the function object that finishes what `out` asks for.
template <typename Use>
void WithVectorFinish(const VectorWeights& weights, const VectorOutput& out, const Use& use) {
  if (out.write == Write::kAdd) return use(FinishPanel<float, Unchanged, false, true>{});
  if (out.to.dtype == tensor::DType::kBF16) return WithVectorFinishTo<uint16_t>(weights, out, use);
  WithVectorFinishTo<float>(weights, out, use);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

// What becomes of the sums of linear layers by vectors: scales, bias, activation, gate, residual,
// some rows of a panel at a time. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_LINEAR_VECTOR_FINISH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_LINEAR_VECTOR_FINISH_INL_H_
#undef LLMEMBED_COMPUTE_CPU_LINEAR_VECTOR_FINISH_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_LINEAR_VECTOR_FINISH_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "compute/cpu/linear/vector_kernels.h"
#include "compute/cpu/rows/activation-inl.h"
#include "compute/cpu/vector_io-inl.h"
#include "compute/int8.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Sums of one panel for a few rows: [rows, width]. Those of int8 are whole.
template <typename Products>
struct PanelSums {
  const typename Products::Sum* sums;
  size_t row;  // of the input and the output, the first one
  size_t rows;
  size_t panel;
};

// The layer's numbers for a vector of outputs.
struct OutputNumbers {
  VF32 bias;
  VF32 scales, weight_sums;  // of int8
};

// The same of a row.
struct RowNumbers {
  VF32 scale, offset;  // of bytes
};

// Of vector `i` of a panel.
template <typename Sum>
HWY_INLINE OutputNumbers NumbersOf(F32 d, const VectorWeights& weights, size_t panel, size_t i) {
  const size_t at = i * hn::Lanes(d);
  OutputNumbers numbers{hn::LoadU(d, weights.bias + panel * weights.width + at), hn::Zero(d),
                        hn::Zero(d)};
  if constexpr (kIsInt8Sum<Sum>) {
    const float* scales = weights.scales + panel * weights.panel_scales() + at;
    numbers.scales = hn::LoadU(d, scales);
    numbers.weight_sums = hn::LoadU(d, scales + weights.width);
  }
  return numbers;
}

template <typename Sum>
HWY_INLINE RowNumbers NumbersOf(F32 d, const VectorRows& rows, size_t row) {
  if constexpr (!kIsInt8Sum<Sum>) return {hn::Zero(d), hn::Zero(d)};
  return {hn::Set(d, rows.row_scales[row]), hn::Set(d, rows.row_offsets[row])};
}

HWY_INLINE VF32 Scaled(F32 d, const float* sums, const OutputNumbers& numbers,
                       const RowNumbers& /*row*/) {
  return hn::Add(hn::LoadU(d, sums), numbers.bias);
}
HWY_INLINE VF32 Scaled(F32 d, const int32_t* sums, const OutputNumbers& numbers,
                       const RowNumbers& row) {
  const hn::RebindToSigned<F32> di;
  const VF32 sum = hn::Mul(hn::ConvertTo(d, hn::LoadU(di, sums)), row.scale);
  const VF32 rest = hn::MulAdd(row.offset, numbers.weight_sums, numbers.bias);
  return hn::MulAdd(sum, numbers.scales, rest);
}

// The first `count` floats, all or fewer than a vector has.
template <typename T>
HWY_INLINE void StoreUpTo(F32 d, VF32 v, T* to, size_t count) {
  count >= hn::Lanes(d) ? StoreFloats(d, v, to) : StoreSomeFloats(d, v, to, count);
}

template <typename T, typename Function, bool kGated, bool kAdds>
struct FinishPanel {
  Function function;

  template <typename Products>
  void operator()(const VectorWeights& weights, const VectorRows& in, const VectorOutput& out,
                  const PanelSums<Products>& panel) const {
    using Sum = typename Products::Sum;
    constexpr size_t kVectors = Products::kPanelVectors;  // gated, half of them are gates
    constexpr size_t kVectorsOut = kGated ? kVectors / 2 : kVectors;
    const F32 d;
    const size_t lanes = hn::Lanes(d);
    const size_t first = panel.panel * weights.panel_outputs();
    const size_t outputs = weights.outputs - first;  // of this panel on
    OutputNumbers numbers[kVectors];
    for (size_t i = 0; i < kVectors; ++i) {
      numbers[i] = NumbersOf<Sum>(d, weights, panel.panel, i);
    }
    const Sum* sums = panel.sums;
    T* to = static_cast<T*>(out.to.data) + panel.row * out.to.row_pitch() + first;
    for (size_t row = 0; row < panel.rows; ++row, to += out.to.row_pitch()) {
      const RowNumbers row_numbers = NumbersOf<Sum>(d, in, panel.row + row);
      VF32 values[kVectors];
      for (size_t i = 0; i < kVectors; ++i, sums += lanes) {
        values[i] = Scaled(d, sums, numbers[i], row_numbers);
      }
      for (size_t i = 0; i < kVectorsOut && i * lanes < outputs; ++i) {
        VF32 value = function(d, values[i]);
        if constexpr (kGated) value = hn::Mul(value, values[kVectorsOut + i]);
        Put(d, value, to + i * lanes, outputs - i * lanes);
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

// What becomes int8 behind an activation need not be more exact than bf16.
template <typename Products, typename T, typename Use>
void WithVectorFinishTo(const VectorWeights& weights, const VectorOutput& out, const Use& use) {
  if (!out.activation) return use(FinishPanel<T, Unchanged, false, false>{});
  WithFunction<kIsExact<T> && !kIsInt8Sum<typename Products::Sum>>(
      *out.activation, [&](auto function) {
        using Function = decltype(function);
        if (weights.is_gated) {
          use(FinishPanel<T, Function, true, false>{function});
        } else {
          use(FinishPanel<T, Function, false, false>{function});
        }
      });
}

// Calls `use` with the function object that finishes what `out` asks for.
template <typename Products, typename Use>
void WithVectorFinish(const VectorWeights& weights, const VectorOutput& out, const Use& use) {
  if (out.write == Write::kAdd) return use(FinishPanel<float, Unchanged, false, true>{});
  if (out.to.dtype == tensor::DType::kBF16) {
    return WithVectorFinishTo<Products, uint16_t>(weights, out, use);
  }
  WithVectorFinishTo<Products, float>(weights, out, use);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

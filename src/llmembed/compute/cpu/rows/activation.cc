// Activation functions, element by element: in place, and as gates.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/activation.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/rows/activation-inl.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

template <typename T>
void MapAll(Activation activation, T* x, size_t count) {
  WithFunction<kIsExact<T>>(activation, [=](auto function) {
    const F32 d;
    ForEachVector(
        d, count, [=](size_t i) { StoreFloats(d, function(d, LoadFloats(d, x + i)), x + i); },
        [=](size_t i, size_t n) {
          StoreSomeFloats(d, function(d, LoadSomeFloats(d, x + i, n)), x + i, n);
        });
  });
}

template <typename T>
void GateAll(Activation activation, const T* in, T* out, size_t rows, size_t width) {
  WithFunction<kIsExact<T>>(activation, [=](auto function) {
    const F32 d;
    for (size_t row = 0; row < rows; ++row) {
      const T* gate = in + row * 2 * width;
      const T* up = gate + width;
      T* to = out + row * width;
      ForEachVector(
          d, width,
          [=](size_t i) {
            const VF32 factor = function(d, LoadFloats(d, gate + i));
            StoreFloats(d, hn::Mul(factor, LoadFloats(d, up + i)), to + i);
          },
          [=](size_t i, size_t n) {
            const VF32 factor = function(d, LoadSomeFloats(d, gate + i, n));
            StoreSomeFloats(d, hn::Mul(factor, LoadSomeFloats(d, up + i, n)), to + i, n);
          });
    }
  });
}

void MapMatrix(Activation activation, const Matrix& x) {
  const size_t count = x.rows * x.columns;
  if (x.dtype == tensor::DType::kBF16) return MapAll(activation, x.bf16(), count);
  MapAll(activation, x.f32(), count);
}

void GateMatrix(Activation activation, const Matrix& in, const Matrix& out) {
  if (in.dtype == tensor::DType::kBF16) {
    return GateAll(activation, in.bf16(), out.bf16(), out.rows, out.columns);
  }
  GateAll(activation, in.f32(), out.f32(), out.rows, out.columns);
}

const char* TargetName() {
  return HWY_TARGET == HWY_AVX3 ? "avx512" : HWY_TARGET == HWY_AVX2 ? "avx2" : "baseline";
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(MapMatrix);
HWY_EXPORT(GateMatrix);
HWY_EXPORT(TargetName);

void Activate(Activation activation, const Matrix& x) {
  HWY_DYNAMIC_DISPATCH(MapMatrix)(activation, x);
}

void ActivateGated(Activation activation, const Matrix& in, const Matrix& out) {
  HWY_DYNAMIC_DISPATCH(GateMatrix)(activation, in, out);
}

const char* KernelTarget() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

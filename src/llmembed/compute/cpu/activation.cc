#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/activation.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/vector_io-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// x P(x^2) / Q(x^2), the rational minimax approximation of erf on [-4, 4] that Eigen and XLA use;
// beyond 4 erf is 1 in f32. Absolute error below 3e-7.
HWY_INLINE VF32 Erf(F32 d, VF32 x) {
  x = hn::Clamp(x, hn::Set(d, -4.0F), hn::Set(d, 4.0F));
  const VF32 x2 = hn::Mul(x, x);
  VF32 p = hn::Set(d, -2.72614225801306e-10F);
  p = hn::MulAdd(p, x2, hn::Set(d, 2.77068142495902e-08F));
  p = hn::MulAdd(p, x2, hn::Set(d, -2.10102402082508e-06F));
  p = hn::MulAdd(p, x2, hn::Set(d, -5.69250639462346e-05F));
  p = hn::MulAdd(p, x2, hn::Set(d, -7.34990630326855e-04F));
  p = hn::MulAdd(p, x2, hn::Set(d, -2.95459980854025e-03F));
  p = hn::MulAdd(p, x2, hn::Set(d, -1.60960333262415e-02F));
  VF32 q = hn::Set(d, -1.45660718464996e-05F);
  q = hn::MulAdd(q, x2, hn::Set(d, -2.13374055278905e-04F));
  q = hn::MulAdd(q, x2, hn::Set(d, -1.68282697438203e-03F));
  q = hn::MulAdd(q, x2, hn::Set(d, -7.37332916720468e-03F));
  q = hn::MulAdd(q, x2, hn::Set(d, -1.42647390514189e-02F));
  return hn::Div(hn::Mul(x, p), q);
}

struct GeluErf {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const {
    const VF32 half = hn::Mul(x, hn::Set(d, 0.5F));
    return hn::MulAdd(half, Erf(d, hn::Mul(x, hn::Set(d, 0.70710678118654752F))), half);
  }
};

struct GeluTanh {
  // x/2 (1 + tanh u) = x / (1 + exp(-2u)); the exponent is bounded so that exp stays finite.
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const {
    const VF32 x3 = hn::Mul(hn::Mul(x, x), x);
    const VF32 inner = hn::MulAdd(x3, hn::Set(d, 0.044715F), x);
    const VF32 exponent =
        hn::Min(hn::Mul(inner, hn::Set(d, -1.5957691216057308F)), hn::Set(d, 87.0F));
    return hn::Div(x, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, exponent)));
  }
};

struct Relu {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const { return hn::Max(x, hn::Zero(d)); }
};

template <typename Function, typename T>
void Map(T* x, size_t count) {
  const F32 d;
  const Function function;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) StoreFloats(d, function(d, LoadFloats(d, x + i)), x + i);
  if (i < count) {
    const VF32 some = LoadSomeFloats(d, x + i, count - i);
    StoreSomeFloats(d, function(d, some), x + i, count - i);
  }
}

template <typename T>
void MapAny(Activation activation, T* x, size_t count) {
  switch (activation) {
    case Activation::kGeluErf:
      return Map<GeluErf>(x, count);
    case Activation::kGeluTanh:
      return Map<GeluTanh>(x, count);
    case Activation::kRelu:
      return Map<Relu>(x, count);
    case Activation::kQuickGelu:
    case Activation::kSilu:
      return;
  }
}

void ActivateF32(Activation activation, float* x, size_t count) { MapAny(activation, x, count); }
void ActivateBF16(Activation activation, uint16_t* x, size_t count) {
  MapAny(activation, x, count);
}

void RoundAll(std::span<const float> in, uint16_t* out) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= in.size(); i += lanes) StoreFloats(d, LoadFloats(d, in.data() + i), out + i);
  for (; i < in.size(); ++i) out[i] = tensor::BF16FromFloat(in[i]);
}

const char* TargetName() {
  return HWY_TARGET == HWY_AVX3 ? "avx512" : HWY_TARGET == HWY_AVX2 ? "avx2" : "baseline";
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(ActivateF32);
HWY_EXPORT(ActivateBF16);
HWY_EXPORT(RoundAll);
HWY_EXPORT(TargetName);

void Activate(Activation activation, const Matrix& x) {
  const size_t count = x.rows * x.columns;
  if (x.dtype == tensor::DType::kBF16) {
    HWY_DYNAMIC_DISPATCH(ActivateBF16)(activation, x.bf16(), count);
  } else {
    HWY_DYNAMIC_DISPATCH(ActivateF32)(activation, x.f32(), count);
  }
}

void RoundToBF16(std::span<const float> in, uint16_t* out) {
  HWY_DYNAMIC_DISPATCH(RoundAll)(in, out);
}

const char* KernelTarget() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

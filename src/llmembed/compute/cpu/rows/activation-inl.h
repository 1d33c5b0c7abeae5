// Activation functions of vectors of floats. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ROWS_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ROWS_ACTIVATION_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ROWS_ACTIVATION_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ROWS_ACTIVATION_INL_H_
#endif

#include "compute/cpu/vector_io-inl.h"
#include "compute/cpu/vector_math-inl.h"
#include "compute/ops.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// With t = |x|, x/2 (1 + erf(x / sqrt 2)) = max(x, 0) - t/2 erfc(t / sqrt 2), and 1/2 erfc(t /
// sqrt 2) = 2^P(t) with P close to a polynomial: fitted so that the largest error of the result is
// least on [0, 8] (4e-8; 6e-7 when not exact); from 12 on the power is 0.
template <bool kExact>
struct GeluErf {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const {
    const VF32 magnitude = hn::Abs(x);
    const VF32 t = hn::Min(magnitude, hn::Set(d, 12.0F));
    VF32 exponent;
    if constexpr (kExact) {
      exponent =
          Polynomial(d, t, -1.0F, -1.1511112451553345F, -0.45916053652763367F,
                     -0.05263225734233856F, 0.007251896429806948F, -0.00027692242292687297F,
                     -0.00012949212396051735F, 2.764235614449717e-05F, -1.867468540694972e-06F);
    } else {
      exponent = Polynomial(d, t, -1.0F, -1.1510004997253418F, -0.45959585905075073F,
                            -0.05214662849903107F, 0.00719871511682868F, -0.00048810153384692967F);
    }
    return hn::NegMulAdd(magnitude, Exp2<kExact>(d, exponent), hn::Max(x, hn::Zero(d)));
  }
};

// x/2 (1 + tanh u) = x / (1 + exp(-2 u))
template <bool kExact>
struct GeluTanh {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const {
    // -2 sqrt(2 / pi) / ln 2, and 0.044715 times that
    const VF32 factor =
        hn::MulAdd(hn::Mul(x, x), hn::Set(d, -0.10294324F), hn::Set(d, -2.3022082F));
    return hn::Mul(x, Logistic2<kExact>(d, hn::Mul(x, factor)));
  }
};

// x / (1 + exp(-slope x)), the slope in thousandths
template <bool kExact, int kSlope>
struct Swish {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const {
    constexpr auto kFactor = static_cast<float>(-1.4426950408889634 * kSlope / 1000);
    return hn::Mul(x, Logistic2<kExact>(d, hn::Mul(x, hn::Set(d, kFactor))));
  }
};

struct Relu {
  HWY_INLINE VF32 operator()(F32 d, VF32 x) const { return hn::Max(x, hn::Zero(d)); }
};

struct Unchanged {
  HWY_INLINE VF32 operator()(F32 /*d*/, VF32 x) const { return x; }
};

// Calls `use` with the function object of `activation`.
template <bool kExact, typename Use>
void WithFunction(Activation activation, const Use& use) {
  switch (activation) {
    case Activation::kGeluErf:
      return use(GeluErf<kExact>());
    case Activation::kGeluTanh:
      return use(GeluTanh<kExact>());
    case Activation::kQuickGelu:
      return use(Swish<kExact, 1702>());
    case Activation::kRelu:
      return use(Relu());
    case Activation::kSilu:
      return use(Swish<kExact, 1000>());
  }
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

// Queries and keys, head by head, before they meet: norm and rotary turn in one pass.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/heads.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/cpu/kernels.h"
#include "compute/cpu/rows/moments-inl.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// One head of one token, `size` elements from `head` on.
template <typename T>
struct HeadNorm {
  const NormWeights& weights;
  Moments moments;
  T* head;

  HeadNorm(F32 d, const NormWeights& norm, T* first, size_t size)
      : weights(norm),
        moments(norm.scale.empty() ? Moments{}
                                   : MomentsOf(d, norm, Row<T>{first}, Row<T>{first}, size)),
        head(first) {}

  HWY_INLINE VF32 Whole(F32 d, size_t i) const {
    const VF32 x = LoadFloats(d, head + i);
    if (weights.scale.empty()) return x;
    return Norm(d, weights, moments, x, i, [d](const float* p) { return LoadFloats(d, p); });
  }
  HWY_INLINE VF32 Some(F32 d, size_t i, size_t n) const {
    const VF32 x = LoadSomeFloats(d, head + i, n);
    if (weights.scale.empty()) return x;
    return Norm(d, weights, moments, x, i,
                [d, n](const float* p) { return LoadSomeFloats(d, p, n); });
  }
};

template <typename T>
void NormOnly(F32 d, const HeadNorm<T>& norm, size_t first, size_t count) {
  T* to = norm.head + first;
  ForEachVector(
      d, count, [&](size_t i) { StoreFloats(d, norm.Whole(d, first + i), to + i); },
      [&](size_t i, size_t n) { StoreSomeFloats(d, norm.Some(d, first + i, n), to + i, n); });
}

// (a, b) becomes (a cos - b sin, b cos + a sin).
struct Turned {
  VF32 first, second;
};
HWY_INLINE Turned Turn(VF32 a, VF32 b, VF32 cos, VF32 sin) {
  return {hn::NegMulAdd(b, sin, hn::Mul(a, cos)), hn::MulAdd(a, sin, hn::Mul(b, cos))};
}

template <typename T>
void NormAndTurn(F32 d, const HeadNorm<T>& norm, const float* cos, const float* sin, size_t half) {
  T* to = norm.head;
  ForEachVector(
      d, half,
      [&](size_t i) {
        const Turned turned = Turn(norm.Whole(d, i), norm.Whole(d, half + i),
                                   LoadFloats(d, cos + i), LoadFloats(d, sin + i));
        StoreFloats(d, turned.first, to + i);
        StoreFloats(d, turned.second, to + half + i);
      },
      [&](size_t i, size_t n) {
        const Turned turned = Turn(norm.Some(d, i, n), norm.Some(d, half + i, n),
                                   LoadSomeFloats(d, cos + i, n), LoadSomeFloats(d, sin + i, n));
        StoreSomeFloats(d, turned.first, to + i, n);
        StoreSomeFloats(d, turned.second, to + half + i, n);
      });
}

template <typename T>
void TransformAll(const AttentionShape& shape, const HeadTransform& transform, T* qkv,
                  size_t tokens) {
  const F32 d;
  const size_t size = shape.head_size;
  const size_t half = size / 2;
  const bool turns = !transform.cos.empty();
  for (size_t t = 0; t < tokens; ++t) {
    T* token = qkv + t * shape.qkv_width();
    for (size_t h = 0; h < shape.heads + shape.kv_heads; ++h) {
      const NormWeights& weights = h < shape.heads ? transform.query_norm : transform.key_norm;
      if (!turns && weights.scale.empty()) continue;
      const HeadNorm<T> norm(d, weights, token + h * size, size);
      size_t turned = 0;
      if (turns) {
        NormAndTurn(d, norm, transform.cos.data() + t * half, transform.sin.data() + t * half,
                    half);
        turned = 2 * half;
      }
      if (turned < size) NormOnly(d, norm, turned, size - turned);
    }
  }
}

void TransformMatrix(const AttentionShape& shape, const HeadTransform& transform,
                     const Matrix& qkv) {
  if (qkv.dtype == tensor::DType::kBF16) {
    return TransformAll(shape, transform, qkv.bf16(), qkv.rows);
  }
  TransformAll(shape, transform, qkv.f32(), qkv.rows);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(TransformMatrix);

void TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                    const Matrix& qkv) {
  HWY_DYNAMIC_DISPATCH(TransformMatrix)(shape, transform, qkv);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

// Adam's step, a vector at a time: it reads and writes seven arrays, and memory is its limit.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/adam.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/adam.h"
#include "compute/cpu/vector_io-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

void Update(const AdamStep& step, const AdamState& state, size_t count) {
  const F32 d;
  const auto set = [d](float value) { return hn::Set(d, value); };
  // Each product is rounded before it is added, as in PyTorch. Where co saturates, the least
  // gradients decide: with fused ones the paper's training drifted from PyTorch's by 2e-3 within
  // 100 steps.
  const auto times = [&](VF32 x, float factor) { return hn::Mul(x, set(factor)); };
  const auto plus = [](VF32 a, VF32 b) { return hn::Add(a, b); };
  const auto one = [&](VF32 gradient, VF32* mean, VF32* square, VF32* parameter) {
    const VF32 slope = plus(times(*parameter, step.coupled_decay), gradient);
    *mean = plus(times(*mean, step.beta1), times(slope, step.rest1));
    *square = plus(times(*square, step.beta2), hn::Mul(hn::Mul(set(step.rest2), slope), slope));
    const VF32 length = hn::Sqrt(times(*square, step.square_correction));
    const VF32 move = hn::Div(times(*mean, step.rate), plus(length, set(step.epsilon)));
    *parameter = hn::Sub(hn::Sub(*parameter, times(*parameter, step.decay)), move);
  };
  ForEachVector(
      d, count,
      [&](size_t i) {
        VF32 mean = LoadFloats(d, state.mean + i);
        VF32 square = LoadFloats(d, state.square + i);
        VF32 parameter = LoadFloats(d, state.parameters + i);
        one(LoadFloats(d, state.gradient + i), &mean, &square, &parameter);
        StoreFloats(d, mean, state.mean + i);
        StoreFloats(d, square, state.square + i);
        StoreFloats(d, parameter, state.parameters + i);
      },
      [&](size_t i, size_t n) {
        VF32 mean = LoadSomeFloats(d, state.mean + i, n);
        VF32 square = LoadSomeFloats(d, state.square + i, n);
        VF32 parameter = LoadSomeFloats(d, state.parameters + i, n);
        one(LoadSomeFloats(d, state.gradient + i, n), &mean, &square, &parameter);
        StoreSomeFloats(d, mean, state.mean + i, n);
        StoreSomeFloats(d, square, state.square + i, n);
        StoreSomeFloats(d, parameter, state.parameters + i, n);
      });
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute {
namespace cpu {
HWY_EXPORT(Update);
}  // namespace cpu

void AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) {
  using namespace cpu;  // where HWY_EXPORT put the table
  HWY_DYNAMIC_DISPATCH(Update)(step, state, count);
}

}  // namespace llmembed::compute
#endif  // HWY_ONCE

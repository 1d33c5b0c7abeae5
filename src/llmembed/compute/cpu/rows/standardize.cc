// Standardisation, a vector at a time: every batch of a training passes it.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/rows/standardize.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include "compute/standardize.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void StandardizeAll(const float* from, const double* mean, const double* scale, size_t count,
                    float* to) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = hn::PromoteTo(d, hn::LoadU(half, from + i));
    const auto centred = hn::Sub(value, hn::LoadU(d, mean + i));
    hn::StoreU(hn::DemoteTo(half, hn::Mul(centred, hn::LoadU(d, scale + i))), half, to + i);
  }
  for (; i < count; ++i) to[i] = static_cast<float>((double{from[i]} - mean[i]) * scale[i]);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute {
namespace cpu {
HWY_EXPORT(StandardizeAll);
}  // namespace cpu

void Standardize(const float* from, const double* mean, const double* scale, size_t count,
                 float* to) {
  using namespace cpu;  // where HWY_EXPORT put the table
  HWY_DYNAMIC_DISPATCH(StandardizeAll)(from, mean, scale, count, to);
}

}  // namespace llmembed::compute
#endif  // HWY_ONCE

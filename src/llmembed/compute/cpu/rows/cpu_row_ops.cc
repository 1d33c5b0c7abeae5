// compute/row_ops.h on this CPU: vector kernels and fast products in the plain loops' places.
#include "compute/ref/ref_row_ops.h"
#include "compute/standardize.h"

namespace llmembed::compute {
namespace cpu {
namespace {

constexpr size_t kAdamPart = 1 << 16;  // parameters that one thread takes at a time

class FastRowOps : public ref::HostRowOps {
 public:
  using HostRowOps::HostRowOps;

  Result<std::unique_ptr<RowSource>> OpenRows(const HostRows& rows) override {
    return ref::OpenHostRows(rows, compute::Standardize);
  }
  Status Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
              const GemmOutput& c) override {
    return compute::Gemm(shape, a, b, c, threads());
  }
  Status BiasReluDropout(const float* bias, const Dropout& dropout,
                         const FloatRows& values) override {
    compute::BiasReluDropout(bias, dropout, values);
    return {};
  }
  Status ReluDropoutGradient(const Dropout& dropout, const float* results,
                             const FloatRows& gradient) override {
    compute::ReluDropoutGradient(dropout, results, gradient);
    return {};
  }
  Status SumRows(const float* values, size_t rows, size_t stride, std::span<float> sums) override {
    compute::SumRows(values, rows, stride, sums);
    return {};
  }
  Status AdamUpdate(const AdamStep& step, const AdamState& state, size_t count) override {
    Parts(count, kAdamPart, [&](size_t begin, size_t end) {
      compute::AdamUpdate(step,
                          {state.gradient + begin, state.mean + begin, state.square + begin,
                           state.parameters + begin},
                          end - begin);
    });
    return {};
  }
};

}  // namespace
}  // namespace cpu

RowOps* CpuRowOps(GemmThreads threads) {
  static cpu::FastRowOps one(GemmThreads::kOne);
  static cpu::FastRowOps all(GemmThreads::kAll);
  return threads == GemmThreads::kOne ? &one : &all;
}

}  // namespace llmembed::compute

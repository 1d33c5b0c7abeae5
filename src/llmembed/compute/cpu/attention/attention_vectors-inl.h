// The two products of attention by vectors of sums. Included once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_VECTORS_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_VECTORS_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_VECTORS_INL_H_
#endif

#include <cstddef>

#include "compute/cpu/attention/attention_job-inl.h"
#include "compute/cpu/attention/attention_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// For kRows queries at a time.
template <size_t kRows, typename T>
struct VectorProducts {
  static constexpr size_t kMostRows = kRows;
  static constexpr size_t kKeyStep = hn::MaxLanes(F32());

  // scores = queries * keys
  static void Scores(const HeadJob<T>& job, const TilePlace& place) {
    const size_t panel = PanelKeys();
    const T* queries = job.queries + place.query * job.query_pitch;
    for (size_t j = 0; j < place.width;) {
      const size_t key = place.first + j;
      const T* keys = job.keys + (key / panel * panel * job.words + key % panel) * kPerWord<T>;
      const Operands<T> operands{queries, job.query_pitch, keys, panel * kPerWord<T>, job.words};
      if (key % panel == 0 && j + panel <= place.width) {
        MultiplyTile<kRows, kTileVectors>(operands, job.scores + j, kScorePitch);
        j += panel;
      } else {
        MultiplyTile<kRows, 1>(operands, job.scores + j, kScorePitch);
        j += kKeyStep;
      }
    }
  }

  // results = results * factors + weights * values; without factors, the product alone.
  static void Values(const HeadJob<T>& job, const TilePlace& place, const float* factors,
                     float* results) {
    const T* values = job.values + WordsOf<T>(place.first) * job.pitch * kPerWord<T>;
    const size_t depth = WordsOf<T>(place.end - place.first);
    for (size_t i = 0; i < job.pitch;) {
      const Operands<T> operands{job.weights, kScorePitch, values + i * kPerWord<T>,
                                 job.pitch * kPerWord<T>, depth};
      if (i + kTileVectors * kKeyStep <= job.pitch) {
        ContinueTile<kRows, kTileVectors>(operands, factors, results + i, job.pitch);
        i += kTileVectors * kKeyStep;
      } else {
        ContinueTile<kRows, 1>(operands, factors, results + i, job.pitch);
        i += kKeyStep;
      }
    }
  }
};

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

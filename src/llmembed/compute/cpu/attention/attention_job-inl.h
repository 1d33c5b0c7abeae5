// One head of one text: what its products and its softmax work on. Included once per instruction
// set.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_JOB_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_JOB_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_JOB_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_JOB_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "compute/cpu/attention/attention_pack-inl.h"
#include "compute/cpu/vector_io-inl.h"
#include "compute/ops.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Keys to a block, whose keys and values the second-level cache holds; queries that read it before
// the next one; and those whose scores for it stay in the first-level cache.
constexpr size_t kBlockKeys = 256;
constexpr size_t kBlockQueries = 64;
constexpr size_t kMostTileRows = 32;
// From a row of scores to the next, as well as of what the softmax makes of them: whole cache lines
// of bf16, and no power of two, whose rows would want the same few places of the cache.
constexpr size_t kScorePitch = kBlockKeys + 32;

template <typename T>
struct HeadJob {
  const AttentionShape* shape;
  size_t tokens;       // of the text
  size_t before;       // tokens that stand before them
  size_t key_count;    // those of both that are read
  size_t words;        // of a query or key
  size_t pitch;        // words of a row of values, and floats of a row of results
  const T* queries;    // the head's, of the first token
  size_t query_pitch;  // elements from token to token
  T* out;              // the head's, of the first token
  size_t out_pitch;    // likewise
  const float* bias;   // the head's, of distance 0; null: none
  // Scratch:
  const T** key_rows;  // [key_count], where the keys of each begin, and behind them the values
  T* keys;             // packed: attention_pack-inl.h
  T* values;           // likewise
  T* few_queries;      // [kMostTileRows, words], the last ones of a text
  float* scores;       // [kMostTileRows, kScorePitch]
  T* weights;          // likewise: what the softmax makes of the scores
  float* results;      // [kBlockQueries, pitch]
};

// Queries [query, query + rows) of the text's own tokens meet the keys [first, first + width):
// whole steps of the products' kKeyStep. Those they see lie before `end`.
struct TilePlace {
  size_t query, rows;
  size_t first, width, end;
};

// The keys that a query of the text sees: [first, last). Neither falls from query to query.
struct KeyRange {
  size_t first, last;
};
template <typename T>
KeyRange VisibleKeys(const HeadJob<T>& job, size_t query) {
  const AttentionShape& shape = *job.shape;
  KeyRange range{0, job.key_count};
  const size_t position = job.before + query;
  if (shape.is_causal) range.last = std::min(range.last, position + 1);
  if (shape.window > 0 && position >= shape.window) range.first = position - shape.window + 1;
  return range;
}

// Shares out `scratch`, or none if it is null; returns the floats that a text needs which reads up
// to `tokens`, its own among them.
template <typename T>
size_t LayOut(const AttentionShape& shape, size_t tokens, float* scratch, HeadJob<T>* job) {
  job->words = WordsOf<T>(shape.head_size);
  job->pitch = RoundUp(shape.head_size, hn::Lanes(F32()));
  size_t used = 0;
  const auto take = [&](size_t floats) {
    const size_t at = used;
    used += RoundUp(floats, tensor::kBufferAlignment / sizeof(float));
    return scratch == nullptr ? nullptr : scratch + at;
  };
  job->key_rows = reinterpret_cast<const T**>(take(tokens * sizeof(T*) / sizeof(float)));
  job->keys = reinterpret_cast<T*>(take(RoundUp(tokens, PanelKeys()) * job->words));
  job->values = reinterpret_cast<T*>(take(ValueRows<T>(tokens) * job->pitch));
  job->few_queries = reinterpret_cast<T*>(take(kMostTileRows * job->words));
  job->scores = take(kMostTileRows * kScorePitch);
  job->weights = reinterpret_cast<T*>(take(kMostTileRows * WordsOf<T>(kScorePitch)));
  job->results = take(kBlockQueries * job->pitch);
  return used;
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

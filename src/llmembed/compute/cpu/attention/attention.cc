// Attention inside each text of a packed batch. The keys and values of a head are packed once for
// all the heads of queries that read them; the scores of a few queries for one block of keys stay
// in the cache from the first product through the softmax to the second (Dao et al. 2022).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/attention/attention.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>

#include "compute/cpu/attention/attention_job-inl.h"
#include "compute/cpu/attention/attention_softmax-inl.h"
#include "compute/cpu/attention/attention_softmax_rows-inl.h"
#include "compute/cpu/attention/attention_tiles-inl.h"
#include "compute/cpu/attention/attention_vectors-inl.h"
#include "compute/cpu/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// The softmax of `count` rows, one behind the other; changes: what SoftmaxRow returns for each.
// Returns whether any of them had seen keys before.
template <typename T>
bool SoftmaxRows(const ScoreRow* rows, size_t count, float factor, SoftmaxState* states, T* weights,
                 float* changes) {
  bool had_seen = false;
#if HWY_TARGET == HWY_AVX3
  for (size_t r = 0; r < count; r += kSoftmaxRows) {
    had_seen |= SoftmaxSomeRows(rows + r, std::min(kSoftmaxRows, count - r), factor, states + r,
                                weights + r * kScorePitch, kScorePitch, changes + r);
  }
#else
  for (size_t r = 0; r < count; ++r) {
    had_seen |= states[r].total != 0.0F;
    changes[r] = SoftmaxRow(rows[r], factor, &states[r], weights + r * kScorePitch);
  }
#endif
  return had_seen;
}

// Queries [query, query + rows) meet those of the keys [block, block + kBlockKeys) that they see;
// rows <= Products::kMostRows.
template <typename Products, typename T>
void AttendTile(const HeadJob<T>& job, size_t query, size_t rows, size_t block,
                SoftmaxState* states, float* results) {
  const AttentionShape& shape = *job.shape;
  const size_t begin = std::max(VisibleKeys(job, query).first, block);
  const size_t end = std::min(VisibleKeys(job, query + rows - 1).last, block + kBlockKeys);
  if (begin >= end) return;
  const size_t first = begin / Products::kKeyStep * Products::kKeyStep;
  const TilePlace place{query, rows, first, RoundUp(end - first, Products::kKeyStep), end};
  Products::Scores(job, place);

  const bool changes_scores = shape.score_cap > 0.0F || job.bias != nullptr;
  const bool sees_alike = !shape.is_causal && shape.window == 0;
  KeyRange seen = VisibleKeys(job, query);
  ScoreRow score_rows[Products::kMostRows];
  for (size_t r = 0; r < rows; ++r) {
    if (!sees_alike) seen = VisibleKeys(job, query + r);
    score_rows[r] = {job.scores + r * kScorePitch, std::max(seen.first, first) - first,
                     std::max(std::min(seen.last, end), first) - first, place.width};
    if (changes_scores) {
      const size_t position = job.before + query + r;
      CapAndBias(shape, job.bias, static_cast<int64_t>(first) - static_cast<int64_t>(position),
                 score_rows[r]);
    }
  }
  float changes[Products::kMostRows];
  const bool had_seen = SoftmaxRows(score_rows, rows, changes_scores ? 1.0F : shape.scale * kLog2E,
                                    states, job.weights, changes);
  Products::Values(job, place, had_seen ? changes : nullptr, results);
}

// The queries [q, count) of those from `first` on meet the keys of one block, as many at a time as
// Products takes. Returns the first one that is left: fewer than kFewestRows are.
template <typename Products, size_t kFewestRows, typename T>
size_t AttendRows(const HeadJob<T>& job, size_t first, size_t q, size_t count, size_t block,
                  SoftmaxState* states) {
  while (q + kFewestRows <= count) {
    const size_t rows = std::min(Products::kMostRows, count - q);
    AttendTile<Products>(job, first + q, rows, block, states + q, job.results + q * job.pitch);
    q += rows;
  }
  return q;
}

// All queries [first, first + count) meet the keys of one block.
template <bool kTiles, typename T>
void AttendBlock(const HeadJob<T>& job, size_t first, size_t count, size_t block,
                 SoftmaxState* states) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (kTiles) {
    AttendRows<TileProducts, 1>(job, first, 0, count, block, states);
    return;
  }
#endif
  size_t q = 0;
  const auto attend = [&]<size_t kRows>() {
    q = AttendRows<VectorProducts<kRows, T>, kRows>(job, first, q, count, block, states);
  };
  attend.template operator()<kTileRows>();
  attend.template operator()<kTileRows / 2>();
  attend.template operator()<1>();
}

// out = results / total, row by row. A query that saw no key gets zeros.
template <typename T>
void WriteResults(const HeadJob<T>& job, size_t first, size_t count, const SoftmaxState* states) {
  const F32 d;
  for (size_t q = 0; q < count; ++q) {
    T* out = job.out + (first + q) * job.out_pitch;
    if (states[q].total == 0.0F) {
      std::fill_n(out, job.shape->head_size, T());
      continue;
    }
    const VF32 factor = hn::Set(d, 1.0F / states[q].total);
    const float* result = job.results + q * job.pitch;
    ForEachVector(
        d, job.shape->head_size,
        [&](size_t i) { StoreFloats(d, hn::Mul(LoadFloats(d, result + i), factor), out + i); },
        [&](size_t i, size_t n) {
          StoreSomeFloats(d, hn::Mul(LoadFloats(d, result + i), factor), out + i, n);
        });
  }
}

// Where the tokens that a text reads stand.
template <typename T>
void FindKeys(const AttentionShape& shape, const PackedTexts& texts, size_t text, const T* qkv,
              const T** rows) {
  const auto* prefix = static_cast<const T*>(texts.prefix.data);
  for (size_t i = 0; i < texts.prefix.rows; ++i) *rows++ = prefix + i * texts.prefix.columns;
  const auto append = [&](size_t part) {
    const T* keys = qkv + texts.begin(part) * shape.qkv_width() + shape.query_width();
    for (size_t i = 0; i < texts.read(part); ++i) *rows++ = keys + i * shape.qkv_width();
  };
  if (texts.continues(text)) append(static_cast<size_t>(texts.continued[text]));
  append(text);
}

// One text; `qkv` and `out` begin at its first token.
template <bool kTiles, typename T>
void AttendText(const T* qkv, T* out, HeadJob<T> job) {
  const AttentionShape& shape = *job.shape;
  const size_t size = shape.head_size;
  const size_t group = shape.heads / shape.kv_heads;
  for (size_t h = 0; h < shape.heads; ++h) {
    if (h % group == 0) {
      const size_t offset = h / group * size;
      PackKeys(HeadRows<T>{job.key_rows, offset, job.key_count, size}, job.keys);
      PackValues(HeadRows<T>{job.key_rows, shape.kv_width() + offset, job.key_count, size},
                 job.pitch, job.values);
    }
    job.queries = qkv + h * size;
    job.out = out + h * size;
    if (!shape.distance_bias.empty()) {
      job.bias = shape.distance_bias.data() + h * (2 * shape.reach + 1) + shape.reach;
    }
    for (size_t first = 0; first < job.tokens; first += kBlockQueries) {
      const size_t count = std::min(kBlockQueries, job.tokens - first);
      SoftmaxState states[kBlockQueries];
      const size_t end = VisibleKeys(job, first + count - 1).last;
      size_t block = VisibleKeys(job, first).first / kBlockKeys * kBlockKeys;
      for (; block < end; block += kBlockKeys)
        AttendBlock<kTiles>(job, first, count, block, states);
      WriteResults(job, first, count, states);
    }
  }
}

template <bool kTiles, typename T>
void AttendAll(const AttentionShape& shape, const PackedTexts& texts, const T* qkv, T* out,
               size_t out_pitch, float* scratch) {
  for (size_t text = 0; text < texts.size(); ++text) {
    HeadJob<T> job{};
    job.shape = &shape;
    job.tokens = texts.tokens(text);
    job.before = texts.before(text);
    job.key_count = job.before + texts.read(text);
    job.query_pitch = shape.qkv_width();
    job.out_pitch = out_pitch;
    LayOut(shape, job.before + job.tokens, scratch, &job);
    FindKeys(shape, texts, text, qkv, job.key_rows);
    const size_t begin = texts.begin(text);
    AttendText<kTiles>(qkv + begin * job.query_pitch, out + begin * job.out_pitch, job);
  }
}

void AttendMatrix(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                  const Matrix& out, float* scratch, [[maybe_unused]] bool use_tiles) {
  if (qkv.dtype == tensor::DType::kF32) {
    return AttendAll<false>(shape, texts, qkv.f32(), out.f32(), out.row_pitch(), scratch);
  }
#if HWY_TARGET == HWY_AVX3
  if (use_tiles) {
    const TileSession session(WordsOf<uint16_t>(shape.head_size));
    return AttendAll<true>(shape, texts, qkv.bf16(), out.bf16(), out.row_pitch(), scratch);
  }
#endif
  AttendAll<false>(shape, texts, qkv.bf16(), out.bf16(), out.row_pitch(), scratch);
}

size_t ScratchFloats(const AttentionShape& shape, size_t longest) {
  HeadJob<float> job{};
  return LayOut(shape, longest, nullptr, &job);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(AttendMatrix);
HWY_EXPORT(ScratchFloats);

size_t AttentionScratch(const AttentionShape& shape, size_t longest) {
  return HWY_DYNAMIC_DISPATCH(ScratchFloats)(shape, longest);
}

void Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
               const Matrix& out, float* scratch, bool use_tiles) {
  HWY_DYNAMIC_DISPATCH(AttendMatrix)(shape, texts, qkv, out, scratch, use_tiles);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

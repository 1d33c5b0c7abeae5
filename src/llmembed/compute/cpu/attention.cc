// Attention inside each text of a packed batch. The keys and values of a head are packed once for
// all the heads of queries that read them; the scores of a few queries for one block of keys stay
// in the cache from the first product through the softmax to the second (Dao et al. 2022).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/attention.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>

#include "compute/cpu/attention_pack-inl.h"
#include "compute/cpu/attention_product-inl.h"
#include "compute/cpu/attention_softmax-inl.h"
#include "compute/cpu/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Keys to a block, whose keys and values the second-level cache holds, and queries that read it
// before the next one.
constexpr size_t kBlockKeys = 256;
constexpr size_t kBlockQueries = 64;

// Everything that one head of one text needs.
template <typename T>
struct HeadJob {
  const AttentionShape* shape;
  size_t tokens;       // of the text
  size_t key_count;    // those of them that are read
  size_t words;        // of a query or key
  size_t pitch;        // words of a row of values, and floats of a row of results
  T* keys;             // packed: attention_pack-inl.h
  T* values;           // likewise
  float* scores;       // [kTileRows, kBlockKeys]
  T* weights;          // likewise
  float* results;      // [kBlockQueries, pitch]
  const T* queries;    // the head's, of the first token
  size_t query_pitch;  // elements from token to token
  T* out;              // the head's, of the first token
  size_t out_pitch;    // likewise
  const float* bias;   // the head's, of distance 0; null: none
};

// The keys that a query of the text sees: [first, last). Neither falls from query to query.
struct KeyRange {
  size_t first, last;
};
template <typename T>
KeyRange VisibleKeys(const HeadJob<T>& job, size_t query) {
  const AttentionShape& shape = *job.shape;
  KeyRange range{0, job.key_count};
  if (shape.is_causal) range.last = std::min(range.last, query + 1);
  if (shape.window > 0 && query >= shape.window) range.first = query - shape.window + 1;
  return range;
}

// What scores are multiplied by before the softmax or, if there is a cap, before its tanh.
float ScoreFactor(const AttentionShape& shape) {
  return shape.score_cap > 0.0F ? shape.scale / shape.score_cap : shape.scale * kLog2E;
}

// Scores of queries [query, query + kRows) for the keys [first, first + width): whole vectors.
template <size_t kRows, typename T>
void ScoreTile(const HeadJob<T>& job, size_t query, size_t first, size_t width) {
  const size_t lanes = hn::Lanes(F32());
  const size_t panel = PanelKeys();
  const float factor = ScoreFactor(*job.shape);
  const T* queries = job.queries + query * job.query_pitch;
  for (size_t j = 0; j < width;) {
    const size_t key = first + j;
    const T* keys = job.keys + (key / panel * panel * job.words + key % panel) * kPerWord<T>;
    const Operands<T> operands{queries, job.query_pitch, keys, panel * kPerWord<T>, job.words};
    if (key % panel == 0 && j + panel <= width) {
      MultiplyTile<kRows, kTileVectors>(operands, factor, job.scores + j, kBlockKeys);
      j += panel;
    } else {
      MultiplyTile<kRows, 1>(operands, factor, job.scores + j, kBlockKeys);
      j += lanes;
    }
  }
}

// results = results * factors + weights * values, over `count` keys from `first` on.
template <size_t kRows, typename T>
void ValueTile(const HeadJob<T>& job, size_t first, size_t count, const float* factors,
               float* results) {
  const size_t lanes = hn::Lanes(F32());
  const T* values = job.values + WordsOf<T>(first) * job.pitch * kPerWord<T>;
  for (size_t i = 0; i < job.pitch;) {
    const Operands<T> operands{job.weights, kBlockKeys, values + i * kPerWord<T>,
                               job.pitch * kPerWord<T>, WordsOf<T>(count)};
    if (i + kTileVectors * lanes <= job.pitch) {
      ContinueTile<kRows, kTileVectors>(operands, factors, results + i, job.pitch);
      i += kTileVectors * lanes;
    } else {
      ContinueTile<kRows, 1>(operands, factors, results + i, job.pitch);
      i += lanes;
    }
  }
}

// Queries [query, query + kRows) meet those of the keys [block, block + kBlockKeys) that they see.
template <size_t kRows, typename T>
void AttendTile(const HeadJob<T>& job, size_t query, size_t block, SoftmaxState* states,
                float* results) {
  const size_t lanes = hn::Lanes(F32());
  const size_t begin = std::max(VisibleKeys(job, query).first, block);
  const size_t end = std::min(VisibleKeys(job, query + kRows - 1).last, block + kBlockKeys);
  if (begin >= end) return;
  const size_t first = begin / lanes * lanes;
  const size_t width = RoundUp(end - first, lanes);
  ScoreTile<kRows>(job, query, first, width);
  float factors[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    const KeyRange seen = VisibleKeys(job, query + r);
    const ScoreRow row{job.scores + r * kBlockKeys, std::max(seen.first, first) - first,
                       std::max(std::min(seen.last, end), first) - first, width};
    if (job.shape->score_cap > 0.0F || job.bias != nullptr) {
      CapAndBias(*job.shape, job.bias,
                 static_cast<int64_t>(first) - static_cast<int64_t>(query + r), row);
    }
    factors[r] = SoftmaxRow(row, &states[r], job.weights + r * kBlockKeys);
  }
  ValueTile<kRows>(job, first, end - first, factors, results);
}

// Queries [first, first + count) of a head; count <= kBlockQueries.
template <typename T>
void AttendQueries(const HeadJob<T>& job, size_t first, size_t count) {
  const F32 d;
  SoftmaxState states[kBlockQueries];
  std::fill_n(job.results, count * job.pitch, 0.0F);
  const size_t begin = VisibleKeys(job, first).first / kBlockKeys * kBlockKeys;
  const size_t end = VisibleKeys(job, first + count - 1).last;
  for (size_t block = begin; block < end; block += kBlockKeys) {
    size_t q = 0;
    const auto attend = [&]<size_t kRows>() {
      for (; q + kRows <= count; q += kRows) {
        AttendTile<kRows>(job, first + q, block, states + q, job.results + q * job.pitch);
      }
    };
    attend.template operator()<kTileRows>();
    attend.template operator()<kTileRows / 2>();
    attend.template operator()<1>();
  }
  for (size_t q = 0; q < count; ++q) {
    // A query that sees no key gets zeros.
    const float total = states[q].total;
    const VF32 factor = hn::Set(d, total == 0.0F ? 0.0F : 1.0F / total);
    const float* result = job.results + q * job.pitch;
    T* out = job.out + (first + q) * job.out_pitch;
    ForEachVector(
        d, job.shape->head_size,
        [&](size_t i) { StoreFloats(d, hn::Mul(LoadFloats(d, result + i), factor), out + i); },
        [&](size_t i, size_t n) {
          StoreSomeFloats(d, hn::Mul(LoadFloats(d, result + i), factor), out + i, n);
        });
  }
}

// Shares out `scratch`; returns the floats that a text of `tokens` needs.
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
  job->keys = reinterpret_cast<T*>(take(RoundUp(tokens, PanelKeys()) * job->words));
  job->values = reinterpret_cast<T*>(take(WordsOf<T>(tokens) * job->pitch));
  job->scores = take(kTileRows * kBlockKeys);
  job->weights = reinterpret_cast<T*>(take(WordsOf<T>(kTileRows * kBlockKeys)));
  job->results = take(kBlockQueries * job->pitch);
  return used;
}

// One text; `qkv` and `out` begin at its first token.
template <typename T>
void AttendText(const AttentionShape& shape, const T* qkv, T* out, HeadJob<T> job) {
  const size_t pitch = shape.qkv_width();
  const size_t size = shape.head_size;
  const size_t group = shape.heads / shape.kv_heads;
  const T* keys = qkv + shape.query_width();
  const T* values = keys + shape.kv_width();
  for (size_t h = 0; h < shape.heads; ++h) {
    if (h % group == 0) {
      const size_t offset = h / group * size;
      PackKeys(HeadRows<T>{keys + offset, pitch, job.key_count, size}, job.keys);
      PackValues(HeadRows<T>{values + offset, pitch, job.key_count, size}, job.pitch, job.values);
    }
    job.queries = qkv + h * size;
    job.out = out + h * size;
    if (!shape.distance_bias.empty()) {
      job.bias = shape.distance_bias.data() + h * (2 * shape.reach + 1) + shape.reach;
    }
    for (size_t q = 0; q < job.tokens; q += kBlockQueries) {
      AttendQueries(job, q, std::min(kBlockQueries, job.tokens - q));
    }
  }
}

template <typename T>
void AttendAll(const AttentionShape& shape, const PackedTexts& texts, const T* qkv, T* out,
               float* scratch) {
  for (size_t text = 0; text + 1 < texts.starts.size(); ++text) {
    const auto begin = static_cast<size_t>(texts.starts[text]);
    HeadJob<T> job{};
    job.shape = &shape;
    job.tokens = static_cast<size_t>(texts.starts[text + 1]) - begin;
    job.key_count = texts.lengths.empty() ? job.tokens : static_cast<size_t>(texts.lengths[text]);
    job.query_pitch = shape.qkv_width();
    job.out_pitch = shape.query_width();
    LayOut(shape, job.tokens, scratch, &job);
    AttendText(shape, qkv + begin * job.query_pitch, out + begin * job.out_pitch, job);
  }
}

void AttendMatrix(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                  const Matrix& out, float* scratch) {
  if (qkv.dtype == tensor::DType::kBF16) {
    return AttendAll(shape, texts, qkv.bf16(), out.bf16(), scratch);
  }
  AttendAll(shape, texts, qkv.f32(), out.f32(), scratch);
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
               const Matrix& out, float* scratch) {
  HWY_DYNAMIC_DISPATCH(AttendMatrix)(shape, texts, qkv, out, scratch);
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

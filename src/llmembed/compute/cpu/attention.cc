// Attention inside each text of a packed batch, one head at a time. A head's keys are transposed
// once, so that both products run along their rows; the scores of a few queries stay in the cache
// from the first product through the softmax to the second.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "compute/cpu/attention.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep
// After it: what is compiled once per instruction set.
#include <algorithm>
#include <limits>

#include "compute/cpu/kernels.h"
#include "compute/cpu/vector_io-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Queries at a time, and vectors of accumulators a query: as many as registers hold.
constexpr size_t kQueries = 4;
constexpr size_t kVectors = HWY_MAX_BYTES >= 64 ? 4 : 2;
// Rows of the scratch matrices are padded to whole vectors of the widest instruction set.
constexpr size_t kPad = 16;
constexpr size_t Padded(size_t n) { return (n + kPad - 1) / kPad * kPad; }

// One head of one text, unpacked to f32.
struct Head {
  size_t length;     // L, tokens
  size_t size;       // H, floats a token
  size_t key_pitch;  // Padded(L)
  size_t pitch;      // Padded(H)
  float* keys;       // [H, key_pitch], transposed; zeros behind L
  float* values;     // [L, pitch]; zeros behind H
  float* queries;    // [L, H], already scaled
  float* scores;     // [kQueries, key_pitch]
  float* result;     // [kQueries, pitch]
};

Head LayOut(const AttentionShape& shape, size_t length, float* scratch) {
  Head head{};
  head.length = length;
  head.size = shape.head_size;
  head.key_pitch = Padded(length);
  head.pitch = Padded(shape.head_size);
  head.keys = scratch;
  head.values = head.keys + head.size * head.key_pitch;
  head.queries = head.values + length * head.pitch;
  head.scores = head.queries + length * head.pitch;
  head.result = head.scores + kQueries * head.key_pitch;
  return head;
}

// `token` points at the first token's part of this head's queries; keys and values follow in
// steps of `width`.
template <typename T>
void Unpack(const Head& head, const T* token, size_t width, float scale) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  HWY_ALIGN float key[kPad];
  for (size_t t = 0; t < head.length; ++t, token += 3 * width) {
    float* query_out = head.queries + t * head.size;
    float* value_out = head.values + t * head.pitch;
    size_t i = 0;
    for (; i + lanes <= head.size; i += lanes) {
      StoreFloats(d, hn::Mul(LoadFloats(d, token + i), hn::Set(d, scale)), query_out + i);
      StoreFloats(d, LoadFloats(d, token + 2 * width + i), value_out + i);
      StoreFloats(d, LoadFloats(d, token + width + i), key);
      for (size_t j = 0; j < lanes; ++j) head.keys[(i + j) * head.key_pitch + t] = key[j];
    }
    for (; i < head.size; ++i) {
      const auto one = [](const T& element) {
        if constexpr (sizeof(T) == 2)
          return tensor::FloatFromBF16(element);
        else
          return element;
      };
      query_out[i] = one(token[i]) * scale;
      value_out[i] = one(token[2 * width + i]);
      head.keys[i * head.key_pitch + t] = one(token[width + i]);
    }
    for (; i < head.pitch; ++i) value_out[i] = 0.0F;
  }
  for (size_t i = 0; i < head.size; ++i) {
    std::fill(head.keys + i * head.key_pitch + head.length, head.keys + (i + 1) * head.key_pitch,
              0.0F);
  }
}

// out[r, j] = sum over k in [0, depth) of a[r, k] * b[k, j], for kRows rows and kColumns vectors.
struct Product {
  const float* a;
  size_t a_pitch;
  const float* b;
  size_t b_pitch;
  float* out;
  size_t out_pitch;
  size_t depth;
};

template <size_t kRows, size_t kColumns>
HWY_INLINE void MultiplyTile(const Product& p, size_t column) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  VF32 sums[kRows][kColumns];
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t c = 0; c < kColumns; ++c) sums[r][c] = hn::Zero(d);
  }
  const float* b = p.b + column;
  for (size_t k = 0; k < p.depth; ++k, b += p.b_pitch) {
    VF32 columns[kColumns];
    for (size_t c = 0; c < kColumns; ++c) columns[c] = hn::LoadU(d, b + c * lanes);
    for (size_t r = 0; r < kRows; ++r) {
      const VF32 factor = hn::Set(d, p.a[r * p.a_pitch + k]);
      for (size_t c = 0; c < kColumns; ++c) {
        sums[r][c] = hn::MulAdd(factor, columns[c], sums[r][c]);
      }
    }
  }
  for (size_t r = 0; r < kRows; ++r) {
    for (size_t c = 0; c < kColumns; ++c) {
      hn::StoreU(sums[r][c], d, p.out + r * p.out_pitch + column + c * lanes);
    }
  }
}

// `columns` is a multiple of kPad.
template <size_t kRows>
void Multiply(const Product& p, size_t columns) {
  const size_t lanes = hn::Lanes(F32());
  size_t column = 0;
  for (; column + kVectors * lanes <= columns; column += kVectors * lanes) {
    MultiplyTile<kRows, kVectors>(p, column);
  }
  for (; column + 2 * lanes <= columns; column += 2 * lanes) MultiplyTile<kRows, 2>(p, column);
  for (; column < columns; column += lanes) MultiplyTile<kRows, 1>(p, column);
}

// scores[0, length) to exp(score - largest), zeros up to the pitch; returns 1 / their sum.
float Softmax(float* scores, size_t length, size_t pitch) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const VF32 lowest = hn::Set(d, std::numeric_limits<float>::lowest());
  for (size_t j = length; j < pitch; ++j) scores[j] = std::numeric_limits<float>::lowest();
  VF32 largest = lowest;
  for (size_t j = 0; j < pitch; j += lanes) largest = hn::Max(largest, hn::LoadU(d, scores + j));
  largest = hn::MaxOfLanes(d, largest);
  VF32 sum = hn::Zero(d);
  for (size_t j = 0; j < pitch; j += lanes) {
    // The padding's difference is minus infinity, whose exp is 0; -104 has the exp 0 as well.
    const VF32 x = hn::Max(hn::Sub(hn::LoadU(d, scores + j), largest), hn::Set(d, -104.0F));
    const VF32 e = hn::Exp(d, x);
    hn::StoreU(e, d, scores + j);
    sum = hn::Add(sum, e);
  }
  return 1.0F / hn::GetLane(hn::SumOfLanes(d, sum));
}

template <size_t kRows, typename T>
void AttendRows(const Head& head, size_t first, T* out, size_t out_pitch) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const float* queries = head.queries + first * head.size;
  Multiply<kRows>(
      {queries, head.size, head.keys, head.key_pitch, head.scores, head.key_pitch, head.size},
      head.key_pitch);
  float factors[kRows];
  for (size_t r = 0; r < kRows; ++r) {
    factors[r] = Softmax(head.scores + r * head.key_pitch, head.length, head.key_pitch);
  }
  Multiply<kRows>(
      {head.scores, head.key_pitch, head.values, head.pitch, head.result, head.pitch, head.length},
      head.pitch);
  for (size_t r = 0; r < kRows; ++r) {
    const VF32 factor = hn::Set(d, factors[r]);
    T* row = out + (first + r) * out_pitch;
    size_t i = 0;
    for (; i + lanes <= head.size; i += lanes) {
      StoreFloats(d, hn::Mul(hn::LoadU(d, head.result + r * head.pitch + i), factor), row + i);
    }
    if (i < head.size) {
      StoreSomeFloats(d, hn::Mul(hn::LoadU(d, head.result + r * head.pitch + i), factor), row + i,
                      head.size - i);
    }
  }
}

template <typename T>
void AttendText(const AttentionShape& shape, const T* qkv, size_t length, T* out, float* scratch) {
  const size_t width = shape.heads * shape.head_size;
  const Head head = LayOut(shape, length, scratch);
  for (size_t h = 0; h < shape.heads; ++h) {
    const size_t offset = h * shape.head_size;
    Unpack(head, qkv + offset, width, shape.scale);
    size_t first = 0;
    for (; first + kQueries <= length; first += kQueries) {
      AttendRows<kQueries>(head, first, out + offset, width);
    }
    for (; first < length; ++first) AttendRows<1>(head, first, out + offset, width);
  }
}

template <typename T>
void AttendAll(const AttentionShape& shape, const T* qkv, std::span<const int32_t> starts, T* out,
               float* scratch) {
  const size_t width = shape.heads * shape.head_size;
  for (size_t text = 0; text + 1 < starts.size(); ++text) {
    const auto begin = static_cast<size_t>(starts[text]);
    const auto length = static_cast<size_t>(starts[text + 1]) - begin;
    AttendText(shape, qkv + begin * 3 * width, length, out + begin * width, scratch);
  }
}

void AttendF32(const AttentionShape& shape, const Matrix& qkv, std::span<const int32_t> starts,
               const Matrix& out, float* scratch) {
  AttendAll(shape, qkv.f32(), starts, out.f32(), scratch);
}
void AttendBF16(const AttentionShape& shape, const Matrix& qkv, std::span<const int32_t> starts,
                const Matrix& out, float* scratch) {
  AttendAll(shape, qkv.bf16(), starts, out.bf16(), scratch);
}

size_t ScratchFloats(const AttentionShape& shape, size_t longest) {
  const size_t pitch = Padded(shape.head_size);
  const size_t key_pitch = Padded(longest);
  return shape.head_size * key_pitch + 2 * longest * pitch + kQueries * (key_pitch + pitch);
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace llmembed::compute::cpu {

HWY_EXPORT(AttendF32);
HWY_EXPORT(AttendBF16);
HWY_EXPORT(ScratchFloats);

size_t AttentionScratch(const AttentionShape& shape, size_t longest) {
  return HWY_DYNAMIC_DISPATCH(ScratchFloats)(shape, longest);
}

void Attention(const AttentionShape& shape, const Matrix& qkv, std::span<const int32_t> starts,
               const Matrix& out, float* scratch) {
  if (qkv.dtype == tensor::DType::kBF16) {
    HWY_DYNAMIC_DISPATCH(AttendBF16)(shape, qkv, starts, out, scratch);
  } else {
    HWY_DYNAMIC_DISPATCH(AttendF32)(shape, qkv, starts, out, scratch);
  }
}

}  // namespace llmembed::compute::cpu
#endif  // HWY_ONCE

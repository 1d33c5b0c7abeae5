// Keys and values of one head of one text, in the order in which the products read them. Included
// once per instruction set.
#if defined(LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PACK_INL_H_
#undef LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PACK_INL_H_
#else
#define LLMEMBED_COMPUTE_CPU_ATTENTION_ATTENTION_PACK_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "compute/cpu/attention/attention_product-inl.h"
#include "compute/cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace llmembed::compute::cpu::HWY_NAMESPACE {

// Keys to a panel: a tile's columns.
HWY_INLINE size_t PanelKeys() { return kTileVectors * hn::Lanes(F32()); }

HWY_INLINE size_t RoundUp(size_t n, size_t step) { return (n + step - 1) / step * step; }

// Rows of packed values of `tokens` tokens: whole tiles of AMX.
template <typename T>
constexpr size_t ValueRows(size_t tokens) {
  return kPerWord<T> == 1 ? tokens : (tokens + 31) / 32 * 16;
}

// One head of `count` tokens, wherever each of them stands.
template <typename T>
struct HeadRows {
  const T* const* tokens;
  size_t offset;  // of the head in a token
  size_t count;
  size_t size;

  const T* operator[](size_t token) const { return tokens[token] + offset; }
};

// Panels of [words, PanelKeys()]: word k of a key, then of the next key, ... Behind the last key
// stands the last key again, and behind the last element of an odd size a zero.
template <typename T>
void PackKeys(const HeadRows<T>& keys, T* out) {
  const F32 d;
  const size_t lanes = hn::Lanes(d);
  const size_t words = WordsOf<T>(keys.size);
  const size_t word_pitch = PanelKeys() * kPerWord<T>;
  for (size_t t = 0; t < keys.count; t += lanes) {
    const T* rows[HWY_MAX_BYTES / sizeof(float)];
    for (size_t j = 0; j < lanes; ++j) {
      rows[j] = keys[std::min(t + j, keys.count - 1)];
    }
    T* panel = out + t / PanelKeys() * words * word_pitch + t % PanelKeys() * kPerWord<T>;
    size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
    for (; i + 4 * kPerWord<T> <= keys.size; i += 4 * kPerWord<T>) {
      TransposeWords(d, rows, i, reinterpret_cast<float*>(panel + i / kPerWord<T> * word_pitch),
                     PanelKeys());
    }
#endif
    for (; i < words * kPerWord<T>; ++i) {
      T* to = panel + i / kPerWord<T> * word_pitch + i % kPerWord<T>;
      for (size_t j = 0; j < lanes; ++j) to[j * kPerWord<T>] = i < keys.size ? rows[j][i] : T();
    }
  }
}

// Row by row, padded with zeros to `pitch` words.
inline void PackValues(const HeadRows<float>& values, size_t pitch, float* out) {
  for (size_t t = 0; t < values.count; ++t) {
    std::copy_n(values[t], values.size, out + t * pitch);
    std::fill(out + t * pitch + values.size, out + (t + 1) * pitch, 0.0F);
  }
}

// Tokens 2 t and 2 t + 1 side by side, element by element; zeros behind the last token and element.
inline void PackValues(const HeadRows<uint16_t>& values, size_t pitch, uint16_t* out) {
  const F32 d;
  const hn::RebindToUnsigned<F32> du;
  const hn::Rebind<uint16_t, F32> d16;
  const size_t lanes = hn::Lanes(d);
  for (size_t t = 0; t < values.count; t += 2, out += 2 * pitch) {
    const uint16_t* even = values[t];
    const uint16_t* odd = t + 1 < values.count ? values[t + 1] : nullptr;
    size_t i = 0;
    for (; i + lanes <= values.size; i += lanes) {
      auto pair = hn::PromoteTo(du, hn::LoadU(d16, even + i));
      if (odd != nullptr) {
        pair = hn::Or(pair, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(d16, odd + i))));
      }
      hn::StoreU(hn::BitCast(d, pair), d, reinterpret_cast<float*>(out + 2 * i));
    }
    for (; i < pitch; ++i) {
      out[2 * i] = i < values.size ? even[i] : uint16_t{0};
      out[2 * i + 1] = i < values.size && odd != nullptr ? odd[i] : uint16_t{0};
    }
  }
  const size_t behind = ValueRows<uint16_t>(values.count) - WordsOf<uint16_t>(values.count);
  std::fill_n(out, behind * 2 * pitch, uint16_t{0});
}

}  // namespace llmembed::compute::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif

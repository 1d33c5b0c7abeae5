#include "tensor/dequantize.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace llmembed::tensor {
namespace {

constexpr size_t kSmall = 32;   // elements of a block: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0
constexpr size_t kLarge = 256;  // Q4_K, Q5_K, Q6_K

float HalfAt(const uint8_t* from) {
  uint16_t bits;
  std::memcpy(&bits, from, sizeof(bits));
  return FloatFromF16(bits);
}

int Low(uint8_t pair) { return pair & 0xF; }
int High(uint8_t pair) { return pair >> 4; }

// {d f16, 16 bytes of two nibbles}: d (q - 8)
void Q4_0(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  const uint8_t* quants = block + 2;
  for (size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = d * static_cast<float>(Low(quants[i]) - 8);
    out[i + kSmall / 2] = d * static_cast<float>(High(quants[i]) - 8);
  }
}

// {d f16, m f16, 16 bytes of two nibbles}: d q + m
void Q4_1(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  const float m = HalfAt(block + 2);
  const uint8_t* quants = block + 4;
  for (size_t i = 0; i < kSmall / 2; ++i) {
    out[i] = d * static_cast<float>(Low(quants[i])) + m;
    out[i + kSmall / 2] = d * static_cast<float>(High(quants[i])) + m;
  }
}

// The fifth bits of a block's 32 elements, as a value of 0 or 16.
int FifthBit(uint32_t bits, size_t element) {
  return static_cast<int>((bits >> element) & 1U) << 4;
}

// {d f16, fifth bits u32, 16 bytes of two nibbles}: d (q - 16)
void Q5_0(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  uint32_t bits;
  std::memcpy(&bits, block + 2, sizeof(bits));
  const uint8_t* quants = block + 6;
  for (size_t i = 0; i < kSmall / 2; ++i) {
    const size_t upper = i + kSmall / 2;
    out[i] = d * static_cast<float>((Low(quants[i]) | FifthBit(bits, i)) - 16);
    out[upper] = d * static_cast<float>((High(quants[i]) | FifthBit(bits, upper)) - 16);
  }
}

// {d f16, m f16, fifth bits u32, 16 bytes of two nibbles}: d q + m
void Q5_1(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  const float m = HalfAt(block + 2);
  uint32_t bits;
  std::memcpy(&bits, block + 4, sizeof(bits));
  const uint8_t* quants = block + 8;
  for (size_t i = 0; i < kSmall / 2; ++i) {
    const size_t upper = i + kSmall / 2;
    out[i] = d * static_cast<float>(Low(quants[i]) | FifthBit(bits, i)) + m;
    out[upper] = d * static_cast<float>(High(quants[i]) | FifthBit(bits, upper)) + m;
  }
}

// {d f16, 32 int8}: d q
void Q8_0(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  for (size_t i = 0; i < kSmall; ++i) {
    out[i] = d * static_cast<float>(static_cast<int8_t>(block[2 + i]));
  }
}

// Scale and minimum of one of the eight parts of a Q4_K or Q5_K block, six bits each, out of the
// twelve bytes that hold them.
struct ScaleAndMin {
  float scale;
  float min;
};
ScaleAndMin PartScale(const uint8_t* packed, size_t part) {
  if (part < 4) {
    return {static_cast<float>(packed[part] & 63), static_cast<float>(packed[part + 4] & 63)};
  }
  const int scale = (packed[part + 4] & 0xF) | ((packed[part - 4] >> 6) << 4);
  const int min = (packed[part + 4] >> 4) | ((packed[part] >> 6) << 4);
  return {static_cast<float>(scale), static_cast<float>(min)};
}

// {d f16, dmin f16, 12 bytes of scales, 128 bytes of two nibbles}: eight parts of 32, each
// d scale q - dmin min. Two parts share 32 bytes: the low nibbles and the high ones.
void Q4_K(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  const float d_min = HalfAt(block + 2);
  const uint8_t* quants = block + 16;
  for (size_t part = 0; part < 8; ++part, out += kSmall) {
    const ScaleAndMin own = PartScale(block + 4, part);
    const float scale = d * own.scale;
    const float min = d_min * own.min;
    const uint8_t* bytes = quants + part / 2 * kSmall;
    for (size_t i = 0; i < kSmall; ++i) {
      const int q = part % 2 == 0 ? Low(bytes[i]) : High(bytes[i]);
      out[i] = scale * static_cast<float>(q) - min;
    }
  }
}

// As Q4_K, with 32 bytes of fifth bits behind the scales: bit `part` of byte i.
void Q5_K(const uint8_t* block, float* out) {
  const float d = HalfAt(block);
  const float d_min = HalfAt(block + 2);
  const uint8_t* fifth = block + 16;
  const uint8_t* quants = block + 48;
  for (size_t part = 0; part < 8; ++part, out += kSmall) {
    const ScaleAndMin own = PartScale(block + 4, part);
    const float scale = d * own.scale;
    const float min = d_min * own.min;
    const uint8_t* bytes = quants + part / 2 * kSmall;
    for (size_t i = 0; i < kSmall; ++i) {
      const int q = part % 2 == 0 ? Low(bytes[i]) : High(bytes[i]);
      out[i] = scale * static_cast<float>(q | (((fifth[i] >> part) & 1) << 4)) - min;
    }
  }
}

// {128 bytes of low nibbles, 64 bytes of upper pairs of bits, 16 int8 scales, d f16}: sixteen parts
// of 16, each d scale (q - 32). A half of the block has four runs of 32 that share bytes.
void Q6_K(const uint8_t* block, float* out) {
  const uint8_t* low = block;
  const uint8_t* high = block + 128;
  const uint8_t* scales = block + 192;
  const float d = HalfAt(block + 208);
  for (size_t half = 0; half < 2; ++half, low += 64, high += 32, scales += 8, out += 128) {
    for (size_t run = 0; run < 4; ++run) {
      for (size_t i = 0; i < kSmall; ++i) {
        const uint8_t pair = low[(run % 2) * kSmall + i];
        const int nibble = run < 2 ? Low(pair) : High(pair);
        const int q = (nibble | (((high[i] >> (2 * run)) & 3) << 4)) - 32;
        const auto part_scale = static_cast<float>(static_cast<int8_t>(scales[2 * run + i / 16]));
        out[run * kSmall + i] = d * part_scale * static_cast<float>(q);
      }
    }
  }
}

template <void (*kBlock)(const uint8_t*, float*)>
void Blocks(size_t block_bytes, size_t block_elements, std::span<const std::byte> blocks,
            std::span<float> out) {
  const auto* from = reinterpret_cast<const uint8_t*>(blocks.data());
  for (size_t i = 0; i < out.size(); i += block_elements, from += block_bytes) {
    kBlock(from, out.data() + i);
  }
}

// The clones are for what the loops above are worth with wider vectors: the same operations, and
// none fused (CMakeLists.txt).
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void DequantizeBlocks(DType dtype, std::span<const std::byte> blocks, std::span<float> out) {
  switch (dtype) {
    case DType::kQ4_0:
      return Blocks<Q4_0>(18, kSmall, blocks, out);
    case DType::kQ4_1:
      return Blocks<Q4_1>(20, kSmall, blocks, out);
    case DType::kQ5_0:
      return Blocks<Q5_0>(22, kSmall, blocks, out);
    case DType::kQ5_1:
      return Blocks<Q5_1>(24, kSmall, blocks, out);
    case DType::kQ8_0:
      return Blocks<Q8_0>(34, kSmall, blocks, out);
    case DType::kQ4_K:
      return Blocks<Q4_K>(144, kLarge, blocks, out);
    case DType::kQ5_K:
      return Blocks<Q5_K>(176, kLarge, blocks, out);
    case DType::kQ6_K:
      return Blocks<Q6_K>(210, kLarge, blocks, out);
    default:
      return;  // no block type
  }
}

}  // namespace

void Dequantize(DType dtype, std::span<const std::byte> blocks, std::span<float> out) {
  DequantizeBlocks(dtype, blocks, out);
}

}  // namespace llmembed::tensor

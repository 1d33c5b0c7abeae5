// Element types of tensors, under the names their formats give them, and the 16-bit floats.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace llmembed::tensor {

// Every type of the safetensors format whose elements fill whole bytes; then block types of GGML,
// which keep a number of neighbours of a row together, as small integers and what scales them.
enum class DType : uint8_t {
  kF64,
  kF32,
  kF16,
  kBF16,
  kF8E4M3,
  kF8E5M2,
  kI64,
  kI32,
  kI16,
  kI8,
  kU64,
  kU32,
  kU16,
  kU8,
  kBool,
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};

// "F32", "BF16", "I64", ..., "Q4_K": the spelling of the safetensors header, or of GGML.
const char* DTypeName(DType dtype);

// The type of a safetensors header; a block type is none of those.
std::optional<DType> DTypeFromName(std::string_view name);

bool IsBlockType(DType dtype);

// Bytes of one element: 1, 2, 4 or 8. 0 for a block type, whose elements have none of their own.
uint64_t DTypeSize(DType dtype);

// What is stored together: 32 or 256 elements of a block type, one element of any other.
struct BlockSize {
  uint64_t elements = 1;
  uint64_t bytes = 0;
};
BlockSize BlockSizeOf(DType dtype);

// Bytes of that many elements; nullopt when they are not whole blocks, or the bytes do not fit 64
// bits.
std::optional<uint64_t> ByteSize(DType dtype, uint64_t elements);

// The DType of a C++ element type. 16-bit floats are carried as uint16_t bits, so they have none.
template <typename T>
inline constexpr std::optional<DType> kDTypeOf = std::nullopt;
template <>
inline constexpr std::optional<DType> kDTypeOf<double> = DType::kF64;
template <>
inline constexpr std::optional<DType> kDTypeOf<float> = DType::kF32;
template <>
inline constexpr std::optional<DType> kDTypeOf<int64_t> = DType::kI64;
template <>
inline constexpr std::optional<DType> kDTypeOf<int32_t> = DType::kI32;
template <>
inline constexpr std::optional<DType> kDTypeOf<int8_t> = DType::kI8;
template <>
inline constexpr std::optional<DType> kDTypeOf<uint8_t> = DType::kU8;

// The conversions below are written without branches, so that loops over them vectorise (gcc 12 at
// -O3: all but F16FromFloat). They do not depend on the processor's flush-to-zero mode; its
// rounding mode is taken to be the default one.

// bf16 is the upper half of a float: exact.
inline float FloatFromBF16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// Rounds to nearest, ties to even; too large becomes infinity; a NaN stays a (quiet) NaN with the
// upper bits of its payload.
inline uint16_t BF16FromFloat(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const bool is_nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
  const uint32_t rounded = bits + 0x7FFFU + ((bits >> 16) & 1U);
  const uint32_t quieted = bits | 0x00400000U;
  return static_cast<uint16_t>((is_nan ? quieted : rounded) >> 16);
}

// IEEE binary16 to float: exact, subnormals included; a NaN stays a (quiet) NaN with its payload.
inline float FloatFromF16(uint16_t half) {
  constexpr uint32_t kExponentMask = 0x7C00U << 13;
  constexpr uint32_t kRebias = (127U - 15U) << 23;
  constexpr uint32_t kSmallestNormal = (127U - 14U) << 23;  // 2^-14
  const uint32_t sign = (static_cast<uint32_t>(half) & 0x8000U) << 16;
  const uint32_t magnitude = (static_cast<uint32_t>(half) & 0x7FFFU) << 13;
  const uint32_t exponent = magnitude & kExponentMask;
  const auto is_subnormal = static_cast<uint32_t>(exponent == 0);
  const auto is_special = static_cast<uint32_t>(exponent == kExponentMask);
  // A subnormal has no leading one: it gets one with the exponent of 2^-14, whose value is then
  // taken away again. From all others 0 is taken away: arithmetic on masks instead of a branch.
  const uint32_t bits = magnitude + kRebias + is_special * kRebias + (is_subnormal << 23);
  const float value =
      std::bit_cast<float>(bits) - std::bit_cast<float>(is_subnormal * kSmallestNormal);
  return std::bit_cast<float>(std::bit_cast<uint32_t>(value) | sign);
}

// Rounds to nearest, ties to even; 65520 and more becomes infinity; a NaN stays a (quiet) NaN with
// the upper bits of its payload.
inline uint16_t F16FromFloat(float value) {
  constexpr uint32_t kInfinity32 = 255U << 23;
  constexpr uint32_t kOverflow = (127U + 16U) << 23;                // 65536
  constexpr uint32_t kSmallestNormal = (127U - 14U) << 23;          // 2^-14
  constexpr uint32_t kAlign = (127U - 15U + 23U - 10U + 1U) << 23;  // its last bit is 2^-24
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits & 0x80000000U) >> 16;
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  // Adding kAlign makes the addition itself round to a multiple of 2^-24, the subnormal step.
  const float aligned = std::bit_cast<float>(magnitude) + std::bit_cast<float>(kAlign);
  const uint32_t subnormal = std::bit_cast<uint32_t>(aligned) - kAlign;
  const uint32_t odd = (magnitude >> 13) & 1U;
  const uint32_t normal = (magnitude - ((127U - 15U) << 23) + 0xFFFU + odd) >> 13;
  const uint32_t nan = 0x7E00U | ((magnitude >> 13) & 0x3FFU);
  const uint32_t special = magnitude > kInfinity32 ? nan : 0x7C00U;
  const uint32_t finite = magnitude < kSmallestNormal ? subnormal : normal;
  return static_cast<uint16_t>((magnitude >= kOverflow ? special : finite) | sign);
}

}  // namespace llmembed::tensor

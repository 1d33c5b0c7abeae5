#include "weights/finite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "base/quoted.h"
#include "tensor/dequantize.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::TensorView;

constexpr size_t kBlock = 4096;  // elements looked at together, so that the loop vectorises

template <typename Bits>
Bits Element(const TensorView& view, uint64_t index) {
  Bits bits;
  std::memcpy(&bits, view.bytes.data() + index * sizeof(Bits), sizeof(Bits));
  return bits;
}

// The first element whose exponent is all ones, or the number of elements.
template <typename Bits>
uint64_t FirstNonFinite(const TensorView& view, Bits exponent) {
  const uint64_t count = view.bytes.size() / sizeof(Bits);
  for (uint64_t begin = 0; begin < count; begin += kBlock) {
    const uint64_t end = std::min<uint64_t>(begin + kBlock, count);
    Bits found = 0;
    for (uint64_t i = begin; i < end; ++i) {
      found |= static_cast<Bits>((Element<Bits>(view, i) & exponent) == exponent);
    }
    if (found == 0) continue;
    for (uint64_t i = begin; i < end; ++i) {
      if ((Element<Bits>(view, i) & exponent) == exponent) return i;
    }
  }
  return count;
}

// Of whole blocks, unpacked a few at a time: the first element that is not finite and its value, or
// the number of elements.
std::pair<uint64_t, float> FirstNonFiniteOfBlocks(const TensorView& view) {
  const tensor::BlockSize stored = tensor::BlockSizeOf(view.dtype);
  const uint64_t count = view.element_count();
  std::vector<float> values(kBlock);
  for (uint64_t begin = 0; begin < count; begin += kBlock) {
    const auto some = std::span(values).first(std::min<uint64_t>(kBlock, count - begin));
    tensor::Dequantize(view.dtype,
                       view.bytes.subspan(begin / stored.elements * stored.bytes,
                                          some.size() / stored.elements * stored.bytes),
                       some);
    const TensorView unpacked{DType::kF32, {}, std::as_bytes(some)};
    const uint64_t index = FirstNonFinite<uint32_t>(unpacked, 0x7F800000U);
    if (index < some.size()) return {begin + index, some[index]};
  }
  return {count, 0.0F};
}

// "[row, column]" of a flat index.
std::string PlaceOf(uint64_t index, const tensor::Shape& shape) {
  std::vector<int64_t> place(shape.rank());
  for (size_t axis = shape.rank(); axis-- > 0;) {
    place[axis] = static_cast<int64_t>(index % static_cast<uint64_t>(shape[axis]));
    index /= static_cast<uint64_t>(shape[axis]);
  }
  return tensor::Shape::Create(place).value_or(tensor::Shape()).ToString();
}

}  // namespace

Status NotFinite(const std::string& name, const tensor::Shape& shape, uint64_t index, float value) {
  return {StatusCode::kCorrupt, "tensor " + base::Quoted(name) + ": element " +
                                    PlaceOf(index, shape) + " is " +
                                    (std::isnan(value) ? "NaN" : "infinite")};
}

Status CheckFinite(const TensorView& view, const std::string& name) {
  uint64_t index = 0;
  float value = 0.0F;
  const uint64_t count = view.element_count();
  switch (view.dtype) {
    case DType::kF32:
      index = FirstNonFinite<uint32_t>(view, 0x7F800000U);
      if (index < count) value = std::bit_cast<float>(Element<uint32_t>(view, index));
      break;
    case DType::kBF16:
      index = FirstNonFinite<uint16_t>(view, 0x7F80U);
      if (index < count) value = tensor::FloatFromBF16(Element<uint16_t>(view, index));
      break;
    case DType::kF16:
      index = FirstNonFinite<uint16_t>(view, 0x7C00U);
      if (index < count) value = tensor::FloatFromF16(Element<uint16_t>(view, index));
      break;
    default:
      if (!tensor::IsBlockType(view.dtype)) {
        return {StatusCode::kUnsupported, "tensor " + base::Quoted(name) + " is " +
                                              tensor::DTypeName(view.dtype) +
                                              ", expected F32, F16 or BF16"};
      }
      std::tie(index, value) = FirstNonFiniteOfBlocks(view);
  }
  return index < count ? NotFinite(name, view.shape, index, value) : Status();
}

}  // namespace llmembed::weights

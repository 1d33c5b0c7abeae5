#include "tensor/shape.h"

#include <algorithm>

#include "base/checked.h"

namespace llmembed::tensor {

Shape::Shape(std::initializer_list<int64_t> extents) : rank_(std::min(extents.size(), kMaxRank)) {
  std::copy_n(extents.begin(), rank_, extents_.begin());
}

std::optional<Shape> Shape::Create(std::span<const int64_t> extents) {
  if (extents.size() > kMaxRank) return std::nullopt;
  if (std::any_of(extents.begin(), extents.end(), [](int64_t extent) { return extent < 0; })) {
    return std::nullopt;
  }
  Shape shape;
  shape.rank_ = extents.size();
  std::copy(extents.begin(), extents.end(), shape.extents_.begin());
  return shape;
}

std::optional<uint64_t> Shape::ElementCount() const {
  uint64_t count = 1;
  for (const int64_t extent : extents()) {
    const auto product = base::CheckedMul(count, static_cast<uint64_t>(extent));
    if (!product) return std::nullopt;
    count = *product;
  }
  return count;
}

std::string Shape::ToString() const {
  std::string text = "[";
  for (size_t axis = 0; axis < rank_; ++axis) {
    if (axis > 0) text += ", ";
    text += std::to_string(extents_[axis]);
  }
  return text + "]";
}

}  // namespace llmembed::tensor

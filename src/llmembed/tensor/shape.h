// A tensor's extents: at most eight, stored in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>

namespace llmembed::tensor {

inline constexpr size_t kMaxRank = 8;

// Row-major: the last extent is the one whose elements lie side by side. No extents at all is a
// scalar; an extent of 0 makes an empty tensor.
class Shape {
 public:
  Shape() = default;

  // For shapes written in code: Shape{30522, 384}. Precondition: at most kMaxRank extents, each
  // >= 0; extents beyond that are dropped.
  Shape(std::initializer_list<int64_t> extents);

  // For shapes from outside: nullopt with more than kMaxRank extents or a negative one.
  static std::optional<Shape> Create(std::span<const int64_t> extents);

  size_t rank() const { return rank_; }
  int64_t operator[](size_t axis) const { return extents_[axis]; }  // axis < rank()
  std::span<const int64_t> extents() const { return {extents_.data(), rank_}; }

  // The product of the extents (1 for a scalar); nullopt when it does not fit 64 bits.
  std::optional<uint64_t> ElementCount() const;

  std::string ToString() const;  // "[30522, 384]", "[]"

  bool operator==(const Shape& other) const = default;

 private:
  std::array<int64_t, kMaxRank> extents_{};  // zeros from rank_ on, so that == may compare it all
  size_t rank_ = 0;
};

}  // namespace llmembed::tensor

// Where a model's tensors come from: one file, or several that make one set.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor_view.h"

namespace llmembed::weights {

// Immutable once opened, so safe to use from many threads. Views and references stay valid as long
// as the source lives.
class WeightSource {
 public:
  virtual ~WeightSource() = default;

  virtual const std::vector<std::string>& Names() const = 0;  // sorted by byte value, unique

  // nullptr when there is no tensor of that name.
  virtual const tensor::TensorView* Find(std::string_view name) const = 0;

  // Says that a tensor's elements are not needed any more: a mapped file need not keep them in
  // memory. They can be read again.
  virtual void DoneWith(const tensor::TensorView& /*view*/) const {}

  // What keeps the tensors' bytes when the source is gone; null: nothing does.
  virtual std::shared_ptr<const void> owner() const { return nullptr; }

  // For messages: the file or folder it was opened from.
  virtual const std::string& path() const = 0;
};

}  // namespace llmembed::weights

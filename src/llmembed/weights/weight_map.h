// Hands a model's tensors to the parts of a backbone, and sees to it that each is used once.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/status.h"
#include "tensor/tensor_view.h"
#include "weights/weight_source.h"

namespace llmembed::weights {

// A tied tensor (say, embeddings that are also the output layer) is taken as kShared each time.
enum class Sharing { kExclusive, kShared };

// Whether `name` is `pattern`, in which each '*' stands for any run of characters:
// "*.position_ids", "pooler.*".
bool MatchesPattern(std::string_view name, std::string_view pattern);

// Thread-safe: layers may be loaded side by side. Borrows the source, which must outlive the map
// and the views it gives.
class WeightMap {
 public:
  explicit WeightMap(const WeightSource& source) : source_(source) {}

  const WeightSource& source() const { return source_; }

  // The tensor `name`, which must have this shape and a type that ToFloat takes.
  // Errors: kMismatch (missing, or another shape: these weights do not belong to this
  // configuration), kUnsupported (another dtype), kInternal (taken before, and not kShared both
  // times).
  Result<tensor::TensorView> Take(const std::string& name, const tensor::Shape& shape,
                                  Sharing sharing = Sharing::kExclusive);

  // As Take, but nullopt when the tensor is not there.
  Result<std::optional<tensor::TensorView>> TakeOptional(const std::string& name,
                                                         const tensor::Shape& shape,
                                                         Sharing sharing = Sharing::kExclusive);

  // kMismatch when tensors are left that nobody took and no pattern allows to be ignored: then the
  // model has parts that this backbone does not compute.
  Status Finish(std::span<const std::string> ignore_patterns) const;

 private:
  const WeightSource& source_;
  std::mutex mutex_;  // guards taken_
  std::map<std::string, Sharing, std::less<>> taken_;
};

}  // namespace llmembed::weights

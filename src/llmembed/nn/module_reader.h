// Modules' tensors out of a weight map, checked and in the form that the layers want.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compute/ops.h"
#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"
#include "weights/weight_map.h"

namespace llmembed::nn {

class PackedCache;  // packed_cache.h

// What all norms of a backbone have in common.
struct NormSpec {
  compute::NormKind kind = compute::NormKind::kLayer;
  double epsilon = 0.0;
  float scale_offset = 0.0F;  // added to the scale that the file holds
};

struct Norm {
  compute::Table scale;  // [D]; empty: there is no norm
  compute::Table shift;  // [D]; empty with kRms
  compute::NormKind kind = compute::NormKind::kLayer;
  float epsilon = 0.0F;

  compute::NormWeights weights() const { return {kind, scale.span(), shift.span(), epsilon}; }
};

// One module of a layer that does the work of several.
struct LinearPart {
  std::string name;
  size_t outputs = 0;
  // > 0: the file holds the outputs of each of so many heads with its two halves interleaved
  // (0, H/2, 1, H/2 + 1, ...), as GGUF stores the queries and keys of rotary attention.
  size_t interleaved_heads = 0;
};

// Borrows all for the time of loading. Every error names the tensor. Thread-safe.
class ModuleReader {
 public:
  // What becomes of linear layers' weights.
  struct Packing {
    PackedCache* cache = nullptr;  // null: every layer is packed anew
    bool keeps_blocks = false;     // those in blocks stay as they are in their file
  };
  // Precondition: the backend keeps blocks if it is asked to.
  ModuleReader(weights::WeightMap* map, const compute::Backend* backend, std::string prefix,
               const Packing& packing)
      : map_(map), backend_(backend), prefix_(std::move(prefix)), packing_(packing) {}

  // NAME.weight: [rows, columns].
  Result<tensor::AlignedBuffer<float>> Table(const std::string& name, size_t rows,
                                             size_t columns) const;

  // The same, in the backend's memory.
  Result<compute::Table> PlacedTable(const std::string& name, size_t rows, size_t columns) const;
  Result<compute::Table> Place(tensor::AlignedBuffer<float> numbers) const {
    return backend_->Place(std::move(numbers));
  }

  // NAME.weight: [size]; empty where there is no such tensor.
  Result<tensor::AlignedBuffer<float>> OptionalVector(const std::string& name, size_t size) const;

  // NAME.weight and, with kLayer, NAME.bias, or as old files say NAME.gamma and NAME.beta: [width].
  Result<Norm> ReadNorm(const std::string& name, size_t width, const NormSpec& spec) const;

  // One layer y = x W^T + b of all parts: their outputs side by side. Out of the packed layers
  // where it is among them, else read, packed and kept there. NAME.weight: [outputs, inputs];
  // NAME.bias: [outputs], where there are biases.
  Result<std::unique_ptr<compute::PackedLinear>> Linear(
      std::span<const LinearPart> parts, size_t inputs, bool has_bias,
      compute::OutputUse use = compute::OutputUse::kPlain) const;

 private:
  Result<tensor::AlignedBuffer<float>> Take(const std::string& name,
                                            const tensor::Shape& shape) const;
  Result<tensor::AlignedBuffer<float>> ToFloat(const tensor::TensorView& view,
                                               const std::string& name) const;
  Status CheckFinite(const tensor::TensorView& view, const std::string& name) const;
  Result<tensor::AlignedBuffer<float>> GatherBias(std::span<const LinearPart> parts,
                                                  size_t outputs) const;
  // views: of the parts' weights.
  Result<std::unique_ptr<compute::PackedLinear>> Pack(std::span<const LinearPart> parts,
                                                      std::span<const tensor::TensorView> views,
                                                      std::span<const float> bias, size_t inputs,
                                                      compute::OutputUse use) const;
  // Null: not all of them are in blocks that rows consist of, or somebody could take them away.
  Result<std::unique_ptr<compute::PackedLinear>> PackBlocks(
      std::span<const LinearPart> parts, std::span<const tensor::TensorView> views,
      std::span<const float> bias, size_t inputs, compute::OutputUse use) const;
  // A part's weight as `type`, in the backbone's order of rows.
  Status CopyWeight(const LinearPart& part, const tensor::TensorView& view, tensor::DType type,
                    size_t row_bytes, std::byte* to) const;

  weights::WeightMap* map_;
  const compute::Backend* backend_;
  std::string prefix_;
  Packing packing_;
};

}  // namespace llmembed::nn

#include "nn/module_reader.h"

#include <algorithm>
#include <cstring>

#include "nn/packed_cache.h"
#include "weights/finite.h"
#include "weights/to_float.h"

namespace llmembed::nn {
namespace {

using tensor::AlignedBuffer;
using tensor::DType;
using tensor::Shape;
using tensor::TensorView;

// Where the output `row` of a part stands in the file.
size_t StoredRow(const LinearPart& part, size_t row) {
  if (part.interleaved_heads == 0) return row;
  const size_t head_size = part.outputs / part.interleaved_heads;
  const size_t half = head_size / 2;
  const size_t in_head = row % head_size;
  return row - in_head + 2 * (in_head % half) + in_head / half;
}

// Rows of `row_bytes` bytes from the file's order into the backbone's.
void CopyRows(const LinearPart& part, const std::byte* from, size_t row_bytes, std::byte* to) {
  if (part.interleaved_heads == 0) {
    std::memcpy(to, from, part.outputs * row_bytes);
    return;
  }
  for (size_t row = 0; row < part.outputs; ++row) {
    std::memcpy(to + row * row_bytes, from + StoredRow(part, row) * row_bytes, row_bytes);
  }
}

size_t OutputsOf(std::span<const LinearPart> parts) {
  size_t outputs = 0;
  for (const LinearPart& part : parts) outputs += part.outputs;
  return outputs;
}

bool IsAligned(const TensorView& view) {
  return reinterpret_cast<uintptr_t>(view.bytes.data()) % alignof(float) == 0;
}

}  // namespace

Result<AlignedBuffer<float>> ModuleReader::Take(const std::string& name, const Shape& shape) const {
  LLMEMBED_ASSIGN_OR_RETURN(const TensorView view, map_->Take(prefix_ + name, shape));
  return ToFloat(view, name);
}

Result<AlignedBuffer<float>> ModuleReader::ToFloat(const TensorView& view,
                                                   const std::string& name) const {
  auto values = weights::ToFloat(view, prefix_ + name);
  return values.ok() ? std::move(values) : values.status().WithContext(map_->source().path());
}

Status ModuleReader::CheckFinite(const TensorView& view, const std::string& name) const {
  return weights::CheckFinite(view, prefix_ + name).WithContext(map_->source().path());
}

Result<AlignedBuffer<float>> ModuleReader::Table(const std::string& name, size_t rows,
                                                 size_t columns) const {
  return Take(name + ".weight", {static_cast<int64_t>(rows), static_cast<int64_t>(columns)});
}

Result<compute::Table> ModuleReader::PlacedTable(const std::string& name, size_t rows,
                                                 size_t columns) const {
  LLMEMBED_ASSIGN_OR_RETURN(auto numbers, Table(name, rows, columns));
  return Place(std::move(numbers));
}

Result<AlignedBuffer<float>> ModuleReader::OptionalVector(const std::string& name,
                                                          size_t size) const {
  const std::string tensor = name + ".weight";
  LLMEMBED_ASSIGN_OR_RETURN(const auto view,
                            map_->TakeOptional(prefix_ + tensor, {static_cast<int64_t>(size)}));
  if (!view) return AlignedBuffer<float>();
  return ToFloat(*view, tensor);
}

Result<Norm> ModuleReader::ReadNorm(const std::string& name, size_t width,
                                    const NormSpec& spec) const {
  const Shape shape{static_cast<int64_t>(width)};
  Norm norm;
  norm.kind = spec.kind;
  norm.epsilon = static_cast<float>(spec.epsilon);
  LLMEMBED_ASSIGN_OR_RETURN(const auto old_scale,
                            map_->TakeOptional(prefix_ + name + ".gamma", shape));
  const bool old_names = old_scale.has_value();
  LLMEMBED_ASSIGN_OR_RETURN(auto scales, old_names ? ToFloat(*old_scale, name + ".gamma")
                                                   : Take(name + ".weight", shape));
  for (float& scale : scales.span()) scale += spec.scale_offset;
  LLMEMBED_ASSIGN_OR_RETURN(norm.scale, Place(std::move(scales)));
  if (spec.kind == compute::NormKind::kLayer) {
    LLMEMBED_ASSIGN_OR_RETURN(auto shifts, Take(name + (old_names ? ".beta" : ".bias"), shape));
    LLMEMBED_ASSIGN_OR_RETURN(norm.shift, Place(std::move(shifts)));
  }
  return norm;
}

Result<AlignedBuffer<float>> ModuleReader::GatherBias(std::span<const LinearPart> parts,
                                                      size_t outputs) const {
  LLMEMBED_ASSIGN_OR_RETURN(auto bias, AlignedBuffer<float>::Create(outputs));
  auto* to = reinterpret_cast<std::byte*>(bias.data());
  for (const LinearPart& part : parts) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto values,
                              Take(part.name + ".bias", {static_cast<int64_t>(part.outputs)}));
    CopyRows(part, reinterpret_cast<const std::byte*>(values.data()), sizeof(float), to);
    to += part.outputs * sizeof(float);
  }
  return bias;
}

Status ModuleReader::CopyWeight(const LinearPart& part, const TensorView& view, DType type,
                                size_t row_bytes, std::byte* to) const {
  const std::string name = part.name + ".weight";
  if (view.dtype == type) {
    LLMEMBED_RETURN_IF_ERROR(CheckFinite(view, name));
    CopyRows(part, view.bytes.data(), row_bytes, to);
  } else {
    LLMEMBED_ASSIGN_OR_RETURN(const auto values, ToFloat(view, name));
    CopyRows(part, reinterpret_cast<const std::byte*>(values.data()), row_bytes, to);
  }
  return {};
}

Result<std::unique_ptr<compute::PackedLinear>> ModuleReader::Pack(std::span<const LinearPart> parts,
                                                                  std::span<const TensorView> views,
                                                                  std::span<const float> bias,
                                                                  size_t inputs,
                                                                  compute::OutputUse use) const {
  const auto is_bf16 = [](const TensorView& view) { return view.dtype == DType::kBF16; };
  const bool stays_bf16 =
      backend_->math_type() == compute::MathType::kBF16 && std::ranges::all_of(views, is_bf16);
  const DType type = stays_bf16 ? DType::kBF16 : DType::kF32;
  const size_t outputs = OutputsOf(parts);
  // A whole weight that the backend takes as it lies in the file is not copied.
  if (parts.size() == 1 && parts[0].interleaved_heads == 0 && views[0].dtype == type &&
      IsAligned(views[0])) {
    LLMEMBED_RETURN_IF_ERROR(CheckFinite(views[0], parts[0].name + ".weight"));
    return backend_->Pack({type, views[0].bytes.data()}, bias, inputs, outputs, use);
  }
  const size_t row_bytes = inputs * tensor::DTypeSize(type);
  LLMEMBED_ASSIGN_OR_RETURN(auto gathered, AlignedBuffer<std::byte>::Create(outputs * row_bytes));
  std::byte* to = gathered.data();
  for (size_t i = 0; i < parts.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(CopyWeight(parts[i], views[i], type, row_bytes, to));
    to += parts[i].outputs * row_bytes;
  }
  return backend_->Pack({type, gathered.data()}, bias, inputs, outputs, use);
}

Result<std::unique_ptr<compute::PackedLinear>> ModuleReader::PackBlocks(
    std::span<const LinearPart> parts, std::span<const TensorView> views,
    std::span<const float> bias, size_t inputs, compute::OutputUse use) const {
  auto owner = map_->source().owner();
  if (owner == nullptr) return std::unique_ptr<compute::PackedLinear>();
  std::vector<compute::BlockRow> rows;
  for (size_t i = 0; i < parts.size(); ++i) {
    const TensorView& view = views[i];
    const tensor::BlockSize block = tensor::BlockSizeOf(view.dtype);
    if (!tensor::IsBlockType(view.dtype) || inputs % block.elements != 0) {
      return std::unique_ptr<compute::PackedLinear>();
    }
    LLMEMBED_RETURN_IF_ERROR(CheckFinite(view, parts[i].name + ".weight"));
    const size_t row_bytes = inputs / block.elements * block.bytes;
    for (size_t row = 0; row < parts[i].outputs; ++row) {
      rows.push_back({view.bytes.data() + StoredRow(parts[i], row) * row_bytes, view.dtype});
    }
  }
  return backend_->PackBlocks(std::move(rows), std::move(owner), bias, inputs, use);
}

Result<std::unique_ptr<compute::PackedLinear>> ModuleReader::Linear(
    std::span<const LinearPart> parts, size_t inputs, bool has_bias, compute::OutputUse use) const {
  const size_t outputs = OutputsOf(parts);
  std::vector<TensorView> views;
  for (const LinearPart& part : parts) {
    const Shape shape{static_cast<int64_t>(part.outputs), static_cast<int64_t>(inputs)};
    LLMEMBED_ASSIGN_OR_RETURN(const TensorView view,
                              map_->Take(prefix_ + part.name + ".weight", shape));
    views.push_back(view);
  }
  AlignedBuffer<float> bias;
  if (has_bias) {
    LLMEMBED_ASSIGN_OR_RETURN(bias, GatherBias(parts, outputs));
  }
  if (packing_.keeps_blocks) {
    LLMEMBED_ASSIGN_OR_RETURN(auto kept, PackBlocks(parts, views, bias.span(), inputs, use));
    if (kept != nullptr) return kept;
  }
  const std::string name = prefix_ + parts[0].name;
  if (packing_.cache != nullptr) {
    if (auto found = packing_.cache->Find(name, inputs, outputs, use)) return found;
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto linear, Pack(parts, views, bias.span(), inputs, use));
  for (const TensorView& view : views) map_->source().DoneWith(view);
  if (packing_.cache != nullptr) packing_.cache->Keep(name, *linear, use);
  return linear;
}

}  // namespace llmembed::nn

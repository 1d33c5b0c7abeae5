#include "backbone/random_weights.h"

#include <algorithm>
#include <utility>

#include "base/random.h"

namespace llmembed::backbone {
namespace {

using tensor::Shape;
using tensor::TensorView;

// Drawn once and then repeated: drawing each weight would take longer than packing it. Prime, so
// that no two rows of a matrix are the same.
constexpr size_t kDrawn = 65'521;
constexpr double kDeviation = 0.02;  // as models are initialised

int64_t Extent(size_t size) { return static_cast<int64_t>(size); }

}  // namespace

Result<std::unique_ptr<RandomWeights>> RandomWeights::Create(const ConfiguredArchitecture& model,
                                                             const std::string& name) {
  std::unique_ptr<RandomWeights> weights(new RandomWeights());
  weights->path_ = name;
  weights->Describe(model);
  LLMEMBED_RETURN_IF_ERROR(weights->FillViews());
  for (const auto& [tensor, view] : weights->tensors_) weights->names_.push_back(tensor);
  return weights;
}

const TensorView* RandomWeights::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

void RandomWeights::Add(std::string name, Shape shape) { tensors_[std::move(name)].shape = shape; }

void RandomWeights::AddLinear(const std::string& name, size_t outputs, size_t inputs,
                              bool has_bias) {
  Add(name + ".weight", {Extent(outputs), Extent(inputs)});
  if (has_bias) Add(name + ".bias", {Extent(outputs)});
}

void RandomWeights::AddNorm(const Architecture& architecture, const std::string& name,
                            size_t width) {
  Add(name + ".weight", {Extent(width)});
  scales_.insert(name + ".weight");
  if (architecture.norm == compute::NormKind::kLayer) Add(name + ".bias", {Extent(width)});
}

void RandomWeights::Describe(const ConfiguredArchitecture& model) {
  const BackboneConfig& config = model.config;
  const TensorNames& names = model.architecture->names;
  const auto add_table = [&](const char* name, size_t rows, size_t columns) {
    if (name != nullptr) AddLinear(name, rows, columns, /*has_bias=*/false);
  };
  add_table(names.word_embeddings, config.vocabulary, config.width);
  add_table(names.position_embeddings, config.positions, config.width);
  add_table(names.token_type_embeddings, config.token_types, config.width);
  add_table(names.distance_bias, config.distance_buckets, config.heads);
  for (const char* norm : {names.embedding_norm, names.final_norm}) {
    if (norm != nullptr) AddNorm(*model.architecture, norm, config.width);
  }
  for (size_t layer = 0; layer < config.layers; ++layer) {
    std::string prefix = names.layer;
    DescribeLayer(model, prefix.replace(prefix.find("{}"), 2, std::to_string(layer)));
  }
}

void RandomWeights::DescribeLayer(const ConfiguredArchitecture& model, const std::string& prefix) {
  const BackboneConfig& config = model.config;
  const TensorNames& names = model.architecture->names;
  const size_t width = config.width;
  const size_t query_width = config.query_width();
  const size_t kv_width = config.kv_width();
  const size_t inner = config.feed_forward_width;
  AddLinear(prefix + names.query, query_width, width, config.attention_bias);
  AddLinear(prefix + names.key, kv_width, width, config.attention_bias);
  AddLinear(prefix + names.value, kv_width, width, config.attention_bias);
  AddLinear(prefix + names.attention_output, width, query_width, config.attention_output_bias);
  if (config.is_gated) {
    AddLinear(prefix + names.feed_forward_gate, inner, width, config.feed_forward_bias);
  }
  AddLinear(prefix + names.feed_forward_in, inner, width, config.feed_forward_bias);
  AddLinear(prefix + names.feed_forward_out, width, inner, config.feed_forward_bias);
  for (const char* norm : {names.attention_norm, names.feed_forward_norm,
                           names.attention_output_norm, names.feed_forward_output_norm}) {
    if (norm != nullptr) AddNorm(*model.architecture, prefix + norm, width);
  }
  for (const char* norm : {names.query_norm, names.key_norm}) {
    if (norm != nullptr) AddNorm(*model.architecture, prefix + norm, config.head_size);
  }
}

Status RandomWeights::FillViews() {
  uint64_t largest_norm = 0;
  uint64_t largest = 0;
  for (const auto& [name, view] : tensors_) {
    uint64_t& most = scales_.contains(name) ? largest_norm : largest;
    most = std::max(most, view.element_count());
  }
  LLMEMBED_ASSIGN_OR_RETURN(ones_, tensor::AlignedBuffer<float>::Create(largest_norm));
  std::fill(ones_.span().begin(), ones_.span().end(), 1.0F);
  LLMEMBED_ASSIGN_OR_RETURN(random_, tensor::AlignedBuffer<uint16_t>::Create(largest));
  base::Random random(1);
  const size_t drawn = std::min(kDrawn, random_.size());
  for (size_t i = 0; i < drawn; ++i) {
    random_[i] = tensor::BF16FromFloat(static_cast<float>(kDeviation * random.Normal()));
  }
  for (size_t i = drawn; i < random_.size(); ++i) random_[i] = random_[i - kDrawn];
  for (auto& [name, view] : tensors_) {
    const uint64_t count = view.element_count();
    if (scales_.contains(name)) {
      view.dtype = tensor::DType::kF32;
      view.bytes = std::as_bytes(std::span<const float>(ones_.span()).first(count));
    } else {
      view.dtype = tensor::DType::kBF16;
      view.bytes = std::as_bytes(std::span<const uint16_t>(random_.span()).first(count));
    }
  }
  return {};
}

}  // namespace llmembed::backbone

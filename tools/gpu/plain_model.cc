#include "plain_model.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/random.h"

namespace llmembed::gpu {

using backbone::BackboneConfig;
using backbone::BackboneModules;
using compute::Table;

Result<Spec> Spec::Read(const std::string& path) {
  std::ifstream file(path);
  Spec spec;
  std::string key;
  double number = 0.0;
  while (file >> key >> number) spec.numbers_[key] = number;
  if (spec.numbers_.empty()) return Status(StatusCode::kNotFound, path + ": no model in it");
  return spec;
}

size_t Spec::operator[](const std::string& key) const { return static_cast<size_t>(Real(key)); }

double Spec::Real(const std::string& key) const {
  const auto found = numbers_.find(key);
  return found == numbers_.end() ? 0.0 : found->second;
}

RandomWeights::RandomWeights() : numbers_(100003) {
  base::Random random(11);
  for (float& number : numbers_) number = static_cast<float>(random.Normal());
}

Result<std::vector<uint16_t>> RandomWeights::Next(size_t count, float mean, float scale) {
  std::vector<uint16_t> scaled(numbers_.size());
  for (size_t i = 0; i < scaled.size(); ++i) {
    scaled[i] = tensor::BF16FromFloat(mean + scale * numbers_[i]);
  }
  std::vector<uint16_t> made;
  made.reserve(count);
  while (made.size() < count) {
    const size_t some = std::min(count - made.size(), scaled.size() - next_);
    made.insert(made.end(), scaled.begin() + static_cast<std::ptrdiff_t>(next_),
                scaled.begin() + static_cast<std::ptrdiff_t>(next_ + some));
    next_ = (next_ + some) % scaled.size();
  }
  return made;
}

Result<std::vector<uint16_t>> FileWeights::Next(size_t count, float /*mean*/, float /*scale*/) {
  std::vector<uint16_t> read(count);
  if (!file_.read(reinterpret_cast<char*>(read.data()),
                  static_cast<std::streamsize>(count * sizeof(uint16_t)))) {
    return Status(StatusCode::kCorrupt, "the file of weights is too short");
  }
  return read;
}

namespace {

class Maker {
 public:
  Maker(const Spec& spec, WeightSource* weights, const compute::Backend& backend)
      : spec_(spec), weights_(weights), backend_(backend) {}

  Result<BackboneModules> Make() {
    BackboneModules modules;
    modules.config = Config();
    const BackboneConfig& config = modules.config;
    modules.shape = Shape(config);
    LLMEMBED_ASSIGN_OR_RETURN(modules.word_embeddings,
                              Numbers(config.vocabulary * config.width, 0.0F, 0.05F));
    if (config.has_position_table) {
      LLMEMBED_ASSIGN_OR_RETURN(modules.position_embeddings,
                                Numbers(config.positions * config.width, 0.0F, 0.05F));
    }
    if (config.token_types > 0) {
      LLMEMBED_ASSIGN_OR_RETURN(modules.token_type_embeddings, Numbers(config.width, 0.0F, 0.05F));
    }
    if (spec_["embedding_norm"] != 0) {
      LLMEMBED_ASSIGN_OR_RETURN(modules.embedding_norm, MakeNorm());
    }
    for (size_t layer = 0; layer < config.layers; ++layer) {
      LLMEMBED_ASSIGN_OR_RETURN(nn::TransformerLayer made, MakeLayer(config));
      modules.layers.push_back(std::move(made));
    }
    if (config.has_final_norm) {
      LLMEMBED_ASSIGN_OR_RETURN(modules.final_norm, MakeNorm());
    }
    return Result<BackboneModules>(std::move(modules));
  }

 private:
  bool is_rms() const { return spec_["rms"] != 0; }

  BackboneConfig Config() const {
    BackboneConfig config;
    config.vocabulary = spec_["vocabulary"];
    config.width = spec_["width"];
    config.layers = spec_["layers"];
    config.heads = spec_["heads"];
    config.kv_heads = spec_["kv_heads"];
    config.head_size = config.width / config.heads;
    config.feed_forward_width = spec_["inner"];
    config.positions = spec_["positions"];
    config.has_position_table = spec_["position_table"] != 0;
    config.token_types = spec_["token_types"];
    config.position_rule.first = static_cast<int32_t>(spec_["first_position"]);
    if (spec_["theta"] != 0) {
      backbone::RotaryConfig rotary;
      rotary.theta = spec_.Real("theta");
      config.rotary.push_back(rotary);
    }
    config.norm_epsilon = spec_.Real("epsilon");
    config.activation =
        spec_["gated"] != 0 ? compute::Activation::kSilu : compute::Activation::kGeluErf;
    config.attention_scale = 1.0F / std::sqrt(static_cast<float>(config.head_size));
    config.layer.resize(config.layers);
    config.is_gated = spec_["gated"] != 0;
    config.has_final_norm = spec_["final_norm"] != 0;
    return config;
  }

  nn::LayerShape Shape(const BackboneConfig& config) const {
    return {.width = config.width,
            .feed_forward_width = config.feed_forward_width,
            .query_width = config.width,
            .qkv_width = (config.heads + 2 * config.kv_heads) * config.head_size,
            .placement = config.has_final_norm ? nn::NormPlacement::kPre : nn::NormPlacement::kPost,
            .activation = config.activation,
            .is_gated = config.is_gated};
  }

  Result<Table> Numbers(size_t count, float mean, float scale) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto rounded, weights_->Next(count, mean, scale));
    LLMEMBED_ASSIGN_OR_RETURN(auto numbers, tensor::AlignedBuffer<float>::Create(count));
    for (size_t i = 0; i < count; ++i) numbers[i] = tensor::FloatFromBF16(rounded[i]);
    return backend_.Place(std::move(numbers));
  }

  Result<nn::Norm> MakeNorm() {
    nn::Norm norm;
    norm.kind = is_rms() ? compute::NormKind::kRms : compute::NormKind::kLayer;
    norm.epsilon = static_cast<float>(spec_.Real("epsilon"));
    LLMEMBED_ASSIGN_OR_RETURN(norm.scale, Numbers(spec_["width"], 1.0F, 0.1F));
    if (!is_rms()) {
      LLMEMBED_ASSIGN_OR_RETURN(norm.shift, Numbers(spec_["width"], 0.0F, 0.1F));
    }
    return Result<nn::Norm>(std::move(norm));
  }

  Result<std::unique_ptr<compute::PackedLinear>> MakeLinear(size_t inputs, size_t outputs) {
    const float scale = 1.0F / std::sqrt(static_cast<float>(inputs));
    LLMEMBED_ASSIGN_OR_RETURN(const auto weight, weights_->Next(inputs * outputs, 0.0F, scale));
    std::vector<float> bias;
    if (spec_["bias"] != 0) {
      LLMEMBED_ASSIGN_OR_RETURN(const auto rounded, weights_->Next(outputs, 0.0F, 0.05F));
      for (const uint16_t number : rounded) bias.push_back(tensor::FloatFromBF16(number));
    }
    if (backend_.math_type() != compute::MathType::kF32) {
      return backend_.Pack({tensor::DType::kBF16, weight.data()}, bias, inputs, outputs);
    }
    std::vector<float> exact;
    for (const uint16_t number : weight) exact.push_back(tensor::FloatFromBF16(number));
    return backend_.Pack({tensor::DType::kF32, exact.data()}, bias, inputs, outputs);
  }

  Result<nn::TransformerLayer> MakeLayer(const BackboneConfig& config) {
    nn::TransformerLayer layer;
    const size_t width = config.width;
    const size_t inner = config.feed_forward_width;
    layer.attention = {.heads = config.heads,
                       .kv_heads = config.kv_heads,
                       .head_size = config.head_size,
                       .scale = config.attention_scale,
                       .is_causal = config.has_final_norm};
    LLMEMBED_ASSIGN_OR_RETURN(layer.query_key_value,
                              MakeLinear(width, layer.attention.qkv_width()));
    LLMEMBED_ASSIGN_OR_RETURN(layer.attention_output, MakeLinear(width, width));
    LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_in,
                              MakeLinear(width, config.is_gated ? 2 * inner : inner));
    LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_out, MakeLinear(inner, width));
    LLMEMBED_ASSIGN_OR_RETURN(layer.attention_norm, MakeNorm());
    LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_norm, MakeNorm());
    return Result<nn::TransformerLayer>(std::move(layer));
  }

  const Spec& spec_;
  WeightSource* weights_;
  const compute::Backend& backend_;
};

}  // namespace

Result<std::unique_ptr<backbone::Backbone>> MakeBackbone(const Spec& spec, WeightSource* weights,
                                                         const compute::Backend& backend) {
  LLMEMBED_ASSIGN_OR_RETURN(BackboneModules modules, Maker(spec, weights, backend).Make());
  return backbone::Backbone::Of(std::move(modules), backend);
}

double TokenOperations(const Spec& spec) {
  const double width = spec.Real("width");
  const double inner = spec.Real("inner") * (spec["gated"] != 0 ? 3 : 2);
  const double kv = width / spec.Real("heads") * spec.Real("kv_heads");
  return 2 * spec.Real("layers") * width * (2 * width + 2 * kv + inner);
}

}  // namespace llmembed::gpu

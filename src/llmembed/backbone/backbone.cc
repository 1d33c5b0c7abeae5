#include "backbone/backbone.h"

#include <algorithm>
#include <cmath>

#include "backbone/config_reader.h"
#include "weights/open_weights.h"
#include "weights/weight_map.h"

namespace llmembed::backbone {
namespace {

// "encoder.layer.{}.x" -> "encoder.layer.7.x"
std::string Numbered(std::string name, size_t layer) {
  const size_t brace = name.find("{}");
  return brace == std::string::npos ? name : name.replace(brace, 2, std::to_string(layer));
}

// The tensors that this model leaves alone on purpose: the architecture's list, and the layers
// behind the deepest one that is needed.
std::vector<std::string> IgnoredTensors(const Architecture& architecture, const std::string& prefix,
                                        size_t deepest_layer, size_t layers) {
  std::vector<std::string> patterns;
  for (const char* pattern : architecture.ignored) {
    patterns.push_back(prefix + pattern);
    if (!prefix.empty()) patterns.emplace_back(pattern);  // task heads stand beside the prefix
  }
  for (size_t layer = deepest_layer; layer < layers; ++layer) {
    patterns.push_back(prefix + Numbered(architecture.names.layer, layer) + "*");
  }
  return patterns;
}

Result<nn::TransformerLayer> LoadLayer(nn::ModuleReader* reader, const TensorNames& names,
                                       const BackboneConfig& config, size_t number) {
  const auto name = [number](const char* pattern) { return Numbered(pattern, number); };
  const size_t width = config.width;
  const size_t inner = config.feed_forward_width;
  nn::TransformerLayer layer;
  LLMEMBED_ASSIGN_OR_RETURN(
      layer.query_key_value,
      reader->Linear({name(names.query), name(names.key), name(names.value)}, width, width));
  LLMEMBED_ASSIGN_OR_RETURN(layer.attention_output,
                            reader->Linear({name(names.attention_output)}, width, width));
  LLMEMBED_ASSIGN_OR_RETURN(layer.attention_norm,
                            reader->Norm(name(names.attention_norm), width, config.norm_epsilon));
  LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_in,
                            reader->Linear({name(names.feed_forward_in)}, width, inner));
  LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_out,
                            reader->Linear({name(names.feed_forward_out)}, inner, width));
  LLMEMBED_ASSIGN_OR_RETURN(layer.feed_forward_norm, reader->Norm(name(names.feed_forward_norm),
                                                                  width, config.norm_epsilon));
  return layer;
}

}  // namespace

Result<std::unique_ptr<Backbone>> Backbone::Load(const std::string& folder, size_t deepest_layer,
                                                 const compute::Backend& backend) {
  LLMEMBED_ASSIGN_OR_RETURN(const ConfiguredArchitecture found, ReadConfig(folder));
  const BackboneConfig& config = found.config;
  if (deepest_layer > config.layers) {
    return Status(StatusCode::kUsage, "layer " + std::to_string(deepest_layer) +
                                          " is not there: the model has " +
                                          std::to_string(config.layers) + " blocks");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, weights::OpenWeights(folder));
  weights::WeightMap map(*source);
  const TensorNames& names = found.architecture->names;
  const bool prefixed = source->Find(names.optional_prefix + std::string(names.word_embeddings) +
                                     ".weight") != nullptr;
  const std::string prefix = prefixed ? names.optional_prefix : "";
  nn::ModuleReader reader(&map, &backend, prefix);

  std::unique_ptr<Backbone> backbone(new Backbone());
  backbone->config_ = config;
  backbone->backend_ = &backend;
  const size_t head_size = config.width / config.heads;
  backbone->shape_ = {.width = config.width,
                      .feed_forward_width = config.feed_forward_width,
                      .attention = {.heads = config.heads,
                                    .head_size = head_size,
                                    .scale = 1.0F / std::sqrt(static_cast<float>(head_size))},
                      .activation = config.activation};
  LLMEMBED_ASSIGN_OR_RETURN(backbone->word_embeddings_,
                            reader.Table(names.word_embeddings, config.vocabulary, config.width));
  LLMEMBED_ASSIGN_OR_RETURN(
      backbone->position_embeddings_,
      reader.Table(names.position_embeddings, config.positions, config.width));
  LLMEMBED_ASSIGN_OR_RETURN(
      backbone->token_type_embeddings_,
      reader.Table(names.token_type_embeddings, config.token_types, config.width));
  LLMEMBED_ASSIGN_OR_RETURN(backbone->embedding_norm_,
                            reader.Norm(names.embedding_norm, config.width, config.norm_epsilon));
  for (size_t layer = 0; layer < deepest_layer; ++layer) {
    LLMEMBED_ASSIGN_OR_RETURN(nn::TransformerLayer loaded,
                              LoadLayer(&reader, names, config, layer));
    backbone->layers_.push_back(std::move(loaded));
  }
  LLMEMBED_RETURN_IF_ERROR(
      map.Finish(IgnoredTensors(*found.architecture, prefix, deepest_layer, config.layers)));
  return backbone;
}

Result<Backbone::Session> Backbone::NewSession(size_t max_tokens) const {
  LLMEMBED_ASSIGN_OR_RETURN(auto stream, backend_->MakeStream());
  LLMEMBED_ASSIGN_OR_RETURN(auto work,
                            nn::Workspace::Create(shape_, backend_->activation_type(), max_tokens));
  return Session(this, std::move(stream), std::move(work));
}

Status Backbone::Session::Embed(const TokenBatch& batch) {
  const BackboneConfig& config = backbone_->config_;
  for (size_t t = 0; t < batch.tokens(); ++t) {
    const auto id = static_cast<uint32_t>(batch.ids[t]);  // a negative number becomes a huge one
    const auto position = static_cast<uint32_t>(batch.positions[t]);
    if (id >= config.vocabulary || position >= config.positions) {
      return {StatusCode::kMismatch, "token id " + std::to_string(batch.ids[t]) + " at position " +
                                         std::to_string(batch.positions[t]) +
                                         " is beyond the backbone's tables of " +
                                         std::to_string(config.vocabulary) + " tokens and " +
                                         std::to_string(config.positions) +
                                         " positions: its tokenizer belongs to another model"};
    }
  }
  const compute::EmbeddingTables tables{
      .words = backbone_->word_embeddings_.span(),
      .positions = backbone_->position_embeddings_.span(),
      .token_type = backbone_->token_type_embeddings_.span().first(config.width)};
  LLMEMBED_RETURN_IF_ERROR(stream_->Embed(tables, batch.ids, batch.positions, work_.state));
  return stream_->AddLayerNorm(backbone_->embedding_norm_.weights(), work_.state, {},
                               work_.rounded);
}

Status Backbone::Session::Run(const TokenBatch& batch, const StateObserver& observe) {
  work_.Resize(batch.tokens());
  LLMEMBED_RETURN_IF_ERROR(Embed(batch));
  LLMEMBED_RETURN_IF_ERROR(observe(0, work_.state));
  for (size_t layer = 0; layer < backbone_->layers_.size(); ++layer) {
    LLMEMBED_RETURN_IF_ERROR(nn::Forward(backbone_->layers_[layer], backbone_->shape_, batch.starts,
                                         stream_.get(), &work_));
    LLMEMBED_RETURN_IF_ERROR(observe(layer + 1, work_.state));
  }
  return {};
}

}  // namespace llmembed::backbone

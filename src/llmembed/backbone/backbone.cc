#include "backbone/backbone.h"

#include <algorithm>
#include <cmath>

namespace llmembed::backbone {

using compute::Matrix;

Result<Backbone::Session> Backbone::NewSession(size_t expected_tokens) const {
  Session session(this);
  LLMEMBED_ASSIGN_OR_RETURN(session.stream_, backend_->MakeStream());
  for (const RotaryConfig& rotary : modules_.config.rotary) {
    session.rotations_.push_back({RotaryTable(rotary, modules_.config.head_size), {}, {}, {}, {}});
  }
  LLMEMBED_RETURN_IF_ERROR(session.Reserve(expected_tokens));
  return session;
}

Status Backbone::Session::Reserve(size_t tokens) {
  if (tokens <= capacity_) return {};
  work_ = {};  // its memory goes back before more is asked for
  capacity_ = 0;
  LLMEMBED_ASSIGN_OR_RETURN(
      work_, nn::Workspace::Create(backbone_->modules_.shape, *backbone_->backend_, tokens));
  LLMEMBED_RETURN_IF_ERROR(stream_->Reserve(tokens, backbone_->modules_.shape.inner_width()));
  capacity_ = tokens;
  return {};
}

Status Backbone::Session::CheckBatch(const TokenBatch& batch) const {
  const BackboneConfig& config = backbone_->config();
  for (size_t t = 0; t < batch.tokens(); ++t) {
    const auto id = static_cast<uint32_t>(batch.ids[t]);  // a negative number becomes a huge one
    const auto position = static_cast<uint32_t>(batch.positions[t]);
    if (id >= config.vocabulary || position >= config.positions) {
      return {StatusCode::kMismatch, "token id " + std::to_string(batch.ids[t]) + " at position " +
                                         std::to_string(batch.positions[t]) +
                                         " is beyond the backbone's " +
                                         std::to_string(config.vocabulary) + " tokens and " +
                                         std::to_string(config.positions) +
                                         " positions: its tokenizer belongs to another model"};
    }
  }
  for (size_t text = 0; text < batch.texts(); ++text) {
    const bool begins_earlier = batch.prefix_tokens > 0 || batch.continued[text] >= 0;
    const auto tokens =
        static_cast<size_t>(batch.positions[static_cast<size_t>(batch.starts[text + 1]) - 1]) + 1;
    if (begins_earlier && tokens > config.max_continued_tokens()) {
      return {StatusCode::kMismatch,
              "a text of " + std::to_string(tokens) + " tokens cannot continue one that was read " +
                  "before: the backbone turns the heads of texts of more than " +
                  std::to_string(config.max_continued_tokens()) + " by their length"};
    }
  }
  return {};
}

Status Backbone::Session::Embed(const TokenBatch& batch) {
  const BackboneModules& modules = backbone_->modules_;
  const bool has_types = !modules.token_type_embeddings.empty();
  const compute::EmbeddingTables tables{
      .words = modules.word_embeddings.span(),
      .word_scale = modules.config.embedding_scale,
      .positions = modules.position_embeddings.span(),
      .token_type = has_types ? modules.token_type_embeddings.span().first(modules.config.width)
                              : std::span<const float>()};
  LLMEMBED_RETURN_IF_ERROR(stream_->Embed(tables, batch.ids, batch.positions, work_.state));
  LLMEMBED_RETURN_IF_ERROR(Rotate(batch));
  if (modules.embedding_norm.scale.empty()) return {};
  return stream_->AddNorm(modules.embedding_norm.weights(), work_.state, {}, work_.state,
                          work_.input_bf16());
}

Status Backbone::Session::Rotate(const TokenBatch& batch) {
  size_t slot = 0;
  for (Rotation& rotation : rotations_) {
    rotation.cos.clear();
    rotation.sin.clear();
    for (size_t text = 0; text < batch.texts(); ++text) {
      const auto begin = static_cast<size_t>(batch.starts[text]);
      const auto end = static_cast<size_t>(batch.starts[text + 1]);
      rotation.table.Append(std::span(batch.positions).subspan(begin, end - begin), &rotation.cos,
                            &rotation.sin);
    }
    LLMEMBED_ASSIGN_OR_RETURN(rotation.staged_cos, stream_->Stage(slot++, rotation.cos));
    LLMEMBED_ASSIGN_OR_RETURN(rotation.staged_sin, stream_->Stage(slot++, rotation.sin));
  }
  return {};
}

// The last layer's state, on both sides of the final norm where there is one.
Status Backbone::Session::ShowLast(size_t layer, const StateObserver& observe) {
  const BackboneModules& modules = backbone_->modules_;
  LLMEMBED_RETURN_IF_ERROR(observe({layer, /*is_before_final_norm=*/true}, work_.state));
  LLMEMBED_RETURN_IF_ERROR(
      stream_->AddNorm(modules.final_norm.weights(), work_.state, {}, work_.update, {}));
  return observe({layer}, work_.update);
}

Status Backbone::Session::Run(const TokenBatch& batch, const StateObserver& observe) {
  return RunLayers(batch, observe, nullptr);
}

Result<CachedPrefix> Backbone::Session::ReadPrefix(std::span<const int32_t> ids) {
  const BackboneConfig& config = backbone_->config();
  if (!backbone_->backend_->HasHostMemory()) {
    return Status(StatusCode::kUnsupported,
                  "what many texts begin with is kept in the host's memory alone: use the CPU");
  }
  LLMEMBED_ASSIGN_OR_RETURN(
      auto prefix,
      CachedPrefix::Create(backbone_->backend_->activation_type(),
                           backbone_->modules_.layers.size(), ids.size(), config.kv_width()));
  TokenBatch batch;
  batch.Add(ids, config);
  const auto ignore = [](const StatePoint&, const Matrix&) { return Status(); };
  LLMEMBED_RETURN_IF_ERROR(RunLayers(batch, ignore, &prefix));
  return prefix;
}

Status Backbone::Session::RunLayers(const TokenBatch& batch, const StateObserver& observe,
                                    CachedPrefix* keep) {
  const BackboneModules& modules = backbone_->modules_;
  LLMEMBED_RETURN_IF_ERROR(CheckBatch(batch));
  LLMEMBED_RETURN_IF_ERROR(Reserve(batch.tokens()));
  work_.Resize(batch.tokens());
  LLMEMBED_RETURN_IF_ERROR(Embed(batch));

  // Without padding no text has an end of its own that attention must look up.
  const bool has_padding = [&] {
    for (size_t text = 0; text < batch.texts(); ++text) {
      if (batch.lengths[text] != batch.starts[text + 1] - batch.starts[text]) return true;
    }
    return false;
  }();
  nn::LayerBatch layer_batch;
  layer_batch.texts.starts = batch.starts;
  layer_batch.texts.continued = batch.continued;
  if (has_padding) layer_batch.texts.lengths = batch.lengths;

  const bool shows_two = modules.config.has_final_norm;
  for (size_t layer = 0;; ++layer) {
    const bool is_last = shows_two && layer == modules.config.layers;
    LLMEMBED_RETURN_IF_ERROR(is_last ? ShowLast(layer, observe) : observe({layer}, work_.state));
    if (layer == modules.layers.size()) return {};
    if (!rotations_.empty()) {
      const Rotation& rotation = rotations_[modules.layers[layer].rotary];
      layer_batch.cos = rotation.staged_cos;
      layer_batch.sin = rotation.staged_sin;
    }
    if (batch.prefix_tokens > 0) {
      layer_batch.texts.prefix = batch.prefix->First(batch.prefix_tokens, layer);
    }
    if (layer + 1 == modules.layers.size()) layer_batch.wanted = batch.wanted;
    LLMEMBED_RETURN_IF_ERROR(
        nn::Forward(modules.layers[layer], modules.shape, layer_batch, stream_.get(), &work_));
    if (keep != nullptr) keep->Fill(layer, work_.query_key_value);
  }
}

// Rows of f32 as what products read.
Result<compute::MatrixBuffer> Backbone::Session::ProductInput(std::span<const float> states) const {
  const size_t width = backbone_->config().width;
  const tensor::DType type = backbone_->backend_->activation_type();
  const size_t rows = states.size() / width;
  LLMEMBED_ASSIGN_OR_RETURN(auto buffer, backbone_->backend_->Allocate(type, rows, width));
  LLMEMBED_RETURN_IF_ERROR(stream_->Put(states, buffer.View(rows)));
  return buffer;
}

Status Backbone::Session::ApplyPooler(std::span<const float> states, std::span<float> out) {
  const BackboneModules& modules = backbone_->modules_;
  const size_t texts = states.size() / modules.config.width;
  LLMEMBED_ASSIGN_OR_RETURN(auto in, ProductInput(states));
  LLMEMBED_ASSIGN_OR_RETURN(
      auto pooled, backbone_->backend_->Allocate(tensor::DType::kF32, texts, modules.config.width));
  const Matrix pooled_view = pooled.View(texts);
  LLMEMBED_RETURN_IF_ERROR(stream_->Linear(*modules.pooler, in.View(texts), pooled_view));
  LLMEMBED_RETURN_IF_ERROR(stream_->Fetch(pooled_view, out));
  LLMEMBED_RETURN_IF_ERROR(stream_->Finish());
  for (float& x : out) x = std::tanh(x);
  return {};
}

}  // namespace llmembed::backbone

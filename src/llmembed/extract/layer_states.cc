#include "extract/layer_states.h"

#include <algorithm>
#include <utility>

#include "backbone/config_reader.h"

namespace llmembed::extract {

Result<std::unique_ptr<StateRunner>> StateRunner::Load(const std::string& path,
                                                       std::unique_ptr<compute::Backend> backend,
                                                       base::ThreadPool* pool) {
  std::unique_ptr<StateRunner> runner(new StateRunner());
  runner->pool_ = pool;
  runner->backend_ = std::move(backend);
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
  const backbone::LoadOptions load{.deepest_layer = found.config.layers, .pool = pool};
  LLMEMBED_ASSIGN_OR_RETURN(runner->backbone_,
                            backbone::Backbone::Load(path, load, *runner->backend_));
  return runner;
}

size_t StateRunner::IndexOf(const backbone::StatePoint& point) const {
  const backbone::BackboneConfig& config = backbone_->config();
  const bool is_behind_norm =
      config.has_final_norm && point.layer == config.layers && !point.is_before_final_norm;
  return point.layer + (is_behind_norm ? 1 : 0);
}

LayerStates StateRunner::MakeStates(const TokenIds& texts) const {
  const backbone::BackboneConfig& config = backbone_->config();
  LayerStates made;
  made.width = config.width;
  for (size_t layer = 0; layer < config.layers; ++layer) made.points.push_back({layer, false});
  if (config.has_final_norm) made.points.push_back({config.layers, true});
  made.points.push_back({config.layers, false});
  size_t tokens = 0;
  for (const auto& ids : texts) tokens += ids.size();
  made.states.assign(made.points.size(), std::vector<float>(tokens * made.width));
  return made;
}

Status StateRunner::Run(const backbone::TokenBatch& batch, size_t first_token, LayerStates* states,
                        const std::atomic<bool>* cancelled) const {
  LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone_->NewSession(batch.tokens()));
  return session.Run(
      batch, [&](const backbone::StatePoint& point, const compute::Matrix& state) -> Status {
        if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
          return {StatusCode::kCancelled, "stopped"};
        }
        const size_t width = states->width;
        const std::span<float> to(states->states[IndexOf(point)].data() + first_token * width,
                                  batch.tokens() * width);
        LLMEMBED_RETURN_IF_ERROR(session.stream()->Fetch(state, to));
        return session.stream()->Finish();
      });
}

Result<LayerStates> StateRunner::RunAlone(const TokenIds& texts,
                                          const std::atomic<bool>* cancelled) {
  LayerStates states = MakeStates(texts);
  std::vector<size_t> first_tokens = {0};
  for (const auto& ids : texts) first_tokens.push_back(first_tokens.back() + ids.size());
  LLMEMBED_RETURN_IF_ERROR(pool_->ParallelFor(texts.size(), [&](size_t text, unsigned) {
    backbone::TokenBatch batch;
    batch.Add(texts[text], backbone_->config());
    return Run(batch, first_tokens[text], &states, cancelled);
  }));
  return states;
}

Result<LayerStates> StateRunner::RunTogether(const TokenIds& texts,
                                             const std::atomic<bool>* cancelled) {
  LayerStates states = MakeStates(texts);
  backbone::TokenBatch batch;
  for (const auto& ids : texts) batch.Add(ids, backbone_->config());
  LLMEMBED_RETURN_IF_ERROR(Run(batch, 0, &states, cancelled));
  return states;
}

}  // namespace llmembed::extract

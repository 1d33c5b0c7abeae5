#include "prompt/label_scorer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "backbone/config_reader.h"
#include "extract/batch_plan.h"

namespace llmembed::prompt {
namespace {

// Tokens of all labels that are read behind a prompt: each label's but its last.
size_t TokensBehind(std::span<const std::vector<int32_t>> labels) {
  size_t tokens = 0;
  for (const auto& label : labels) tokens += label.size() - 1;
  return tokens;
}

}  // namespace

Result<std::unique_ptr<LabelScorer>> LabelScorer::Open(const std::string& folder,
                                                       const compute::Backend& backend,
                                                       base::ThreadPool* pool) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(folder));
  std::unique_ptr<LabelScorer> scorer(new LabelScorer());
  scorer->pool_ = pool;
  LLMEMBED_ASSIGN_OR_RETURN(
      scorer->backbone_,
      backbone::Backbone::Load(
          folder, {.deepest_layer = found.config.layers, .needs_lm_head = true, .pool = pool},
          backend));
  for (unsigned i = 0; i < pool->size(); ++i) {
    LLMEMBED_ASSIGN_OR_RETURN(auto session,
                              scorer->backbone_->NewSession(scorer->backbone_->BatchTokens()));
    scorer->workers_.push_back({std::move(session), {}, {}, {}, {}});
  }
  return scorer;
}

Status LabelScorer::CachePrefix(std::vector<int32_t> ids) {
  prefix_.reset();
  prefix_ids_.clear();
  if (ids.empty()) return {};
  LLMEMBED_ASSIGN_OR_RETURN(prefix_, workers_[0].session.ReadPrefix(ids));
  prefix_ids_ = std::move(ids);
  tokens_.read += prefix_ids_.size();
  return {};
}

// All but the last token at most: behind that one the labels are asked about.
size_t LabelScorer::CachedTokens(const std::vector<int32_t>& prompt) const {
  const auto same =
      std::mismatch(prompt.begin(), prompt.end() - 1, prefix_ids_.begin(), prefix_ids_.end());
  return static_cast<size_t>(same.first - prompt.begin());
}

Status LabelScorer::Score(std::span<const std::vector<int32_t>> prompts,
                          std::span<const std::vector<int32_t>> labels, std::span<float> scores,
                          const std::atomic<bool>* cancelled) {
  std::map<size_t, std::vector<uint32_t>> by_cached;  // a batch shares one prefix
  for (uint32_t i = 0; i < prompts.size(); ++i) by_cached[CachedTokens(prompts[i])].push_back(i);
  std::vector<Job> jobs;
  const size_t behind = TokensBehind(labels);
  for (auto& [cached, which] : by_cached) {
    std::vector<uint32_t> lengths;
    for (const uint32_t i : which) {
      lengths.push_back(static_cast<uint32_t>(prompts[i].size() - cached + behind));
      tokens_.read += lengths.back();
      tokens_.reused += cached;
    }
    const extract::BatchPlan plan = extract::PlanBatches(lengths, backbone_->BatchTokens());
    std::vector<uint32_t> ordered;
    for (const uint32_t place : plan.order) ordered.push_back(which[place]);
    which = std::move(ordered);
    for (size_t batch = 0; batch + 1 < plan.starts.size(); ++batch) {
      const uint32_t begin = plan.starts[batch];
      jobs.push_back({prompts, labels,
                      std::span(which).subspan(begin, plan.starts[batch + 1] - begin), cached,
                      scores});
    }
  }
  return pool_->ParallelFor(jobs.size(), [&](size_t job, unsigned worker) -> Status {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
      return {StatusCode::kCancelled, "stopped"};
    }
    return Run(jobs[job], &workers_[worker]);
  });
}

// The states of each prompt's last token and of each label's tokens but the last, in the order of
// the batch, and behind each of them the tokens whose probability is asked for.
void LabelScorer::AskAbout(const Job& job, const compute::Matrix& state, Worker* worker) const {
  worker->states.clear();
  worker->asked.clear();
  size_t row = 0;  // of the batch
  const auto take = [&](size_t rows) {
    const float* from = state.f32() + row * state.columns;
    worker->states.insert(worker->states.end(), from, from + rows * state.columns);
    row += rows;
  };
  size_t taken = 0;
  for (const uint32_t prompt : job.which) {
    row += job.prompts[prompt].size() - job.cached - 1;
    take(1);
    for (const auto& label : job.labels) worker->asked.push_back({taken, label[0]});
    ++taken;
    for (const auto& label : job.labels) {
      take(label.size() - 1);
      for (size_t i = 1; i < label.size(); ++i) worker->asked.push_back({taken++, label[i]});
    }
  }
}

Status LabelScorer::Run(const Job& job, Worker* worker) const {
  backbone::TokenBatch& batch = worker->batch;
  batch.Clear();
  if (prefix_.has_value()) batch.prefix = &*prefix_;
  batch.prefix_tokens = job.cached;
  for (const uint32_t prompt : job.which) {
    const size_t beginning = batch.texts();
    batch.Add(std::span(job.prompts[prompt]).subspan(job.cached), config());
    for (const auto& label : job.labels) {
      if (label.size() == 1) continue;
      batch.Continue(beginning, std::span(label).first(label.size() - 1), config());
    }
  }
  const backbone::StatePoint last{config().layers};
  LLMEMBED_RETURN_IF_ERROR(worker->session.Run(
      batch, [&](const backbone::StatePoint& point, const compute::Matrix& state) -> Status {
        if (point == last) AskAbout(job, state, worker);
        return {};
      }));
  worker->answers.resize(worker->asked.size());
  LLMEMBED_RETURN_IF_ERROR(
      worker->session.LogProbabilities(worker->states, worker->asked, worker->answers));

  const float* first = worker->answers.data();  // of a prompt: every label's first, then the rest
  for (const uint32_t prompt : job.which) {
    const float* rest = first + job.labels.size();
    for (size_t label = 0; label < job.labels.size(); ++label) {
      const size_t length = job.labels[label].size();
      float sum = first[label];
      for (size_t i = 1; i < length; ++i) sum += *rest++;
      const float score = sum / static_cast<float>(length);
      if (!std::isfinite(score)) {
        return {StatusCode::kCorrupt, "the model gives probabilities that are not finite"};
      }
      job.scores[prompt * job.labels.size() + label] = score;
    }
    first = rest;
  }
  return {};
}

}  // namespace llmembed::prompt

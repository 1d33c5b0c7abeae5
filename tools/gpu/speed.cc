#include "speed.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <utility>

#include "base/random.h"
#include "base/thread_pool.h"
#include "extract/batch_plan.h"

namespace llmembed::gpu {
namespace {

// Small models are gone through again and again.
constexpr double kLeastSeconds = 2.0;

struct Worker {
  backbone::Backbone::Session session;
  backbone::TokenBatch batch;
  compute::MatrixBuffer pooled;
  std::vector<float> vectors;
};

class Run {
 public:
  Run(const backbone::Backbone& backbone, const std::vector<uint32_t>& lengths, size_t batch_tokens,
      const compute::Backend& backend)
      : backbone_(backbone),
        backend_(backend),
        lengths_(lengths),
        plan_(extract::PlanBatches(lengths, batch_tokens)),
        batch_tokens_(batch_tokens) {
    base::Random random(3);
    const auto vocabulary = static_cast<uint32_t>(backbone.config().vocabulary);
    ids_.resize(std::ranges::max(lengths) + 512);
    for (int32_t& id : ids_) id = static_cast<int32_t>(random.Below(vocabulary));
  }

  Status AddWorker() {
    LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone_.NewSession(batch_tokens_));
    const size_t width = backbone_.config().width;
    LLMEMBED_ASSIGN_OR_RETURN(auto pooled,
                              backend_.Allocate(tensor::DType::kF32, batch_tokens_, width));
    workers_.push_back({std::move(session), {}, std::move(pooled), {}});
    return {};
  }

  size_t batches() const { return plan_.starts.size() - 1; }

  Status Go(base::ThreadPool* pool, size_t batches) {
    std::atomic<size_t> next{0};
    return pool->ParallelFor(workers_.size(), [&](size_t worker, unsigned) -> Status {
      for (size_t batch = next++; batch < batches; batch = next++) {
        LLMEMBED_RETURN_IF_ERROR(RunBatch(batch, &workers_[worker]));
      }
      return {};
    });
  }

 private:
  Status RunBatch(size_t number, Worker* worker) {
    worker->batch.Clear();
    for (uint32_t i = plan_.starts[number]; i < plan_.starts[number + 1]; ++i) {
      const uint32_t text = plan_.order[i];
      worker->batch.Add(std::span(ids_).subspan(text % 512, lengths_[text]), backbone_.config());
    }
    const size_t last = backbone_.config().layers;
    const auto pool = [&](const backbone::StatePoint& point,
                          const compute::Matrix& state) -> Status {
      if (point.layer != last || point.is_before_final_norm) return {};
      compute::PackedTexts texts;
      texts.starts = worker->batch.starts;
      const compute::Matrix pooled = worker->pooled.View(texts.size());
      LLMEMBED_RETURN_IF_ERROR(
          worker->session.stream()->Pool(compute::PoolRule::kMean, texts, state, pooled));
      worker->vectors.resize(texts.size() * state.columns);
      return worker->session.stream()->Fetch(pooled, worker->vectors);
    };
    LLMEMBED_RETURN_IF_ERROR(worker->session.Run(worker->batch, pool));
    return worker->session.stream()->Finish();
  }

  const backbone::Backbone& backbone_;
  const compute::Backend& backend_;
  const std::vector<uint32_t>& lengths_;
  extract::BatchPlan plan_;
  size_t batch_tokens_;
  std::vector<int32_t> ids_;
  std::vector<Worker> workers_;
};

}  // namespace

Result<Speed> MeasureSpeed(const backbone::Backbone& backbone, const std::vector<uint32_t>& lengths,
                           size_t batch_tokens, const compute::Backend& backend, unsigned streams,
                           bool warms_up) {
  base::ThreadPool pool(streams);
  Run run(backbone, lengths, batch_tokens, backend);
  for (unsigned i = 0; i < streams; ++i) LLMEMBED_RETURN_IF_ERROR(run.AddWorker());
  if (warms_up) LLMEMBED_RETURN_IF_ERROR(run.Go(&pool, std::min<size_t>(run.batches(), 4)));
  Speed speed;
  const auto begin = std::chrono::steady_clock::now();
  do {
    LLMEMBED_RETURN_IF_ERROR(run.Go(&pool, run.batches()));
    speed.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    speed.texts += lengths.size();
    for (const uint32_t length : lengths) speed.tokens += length;
  } while (warms_up && speed.seconds < kLeastSeconds);
  return speed;
}

}  // namespace llmembed::gpu

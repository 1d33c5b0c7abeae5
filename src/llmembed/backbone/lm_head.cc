// How likely tokens are to come next: the LM head, at the states that are asked about.
#include <algorithm>
#include <cmath>

#include "backbone/backbone.h"

namespace llmembed::backbone {
namespace {

// States whose logits are in memory at a time: a vocabulary has up to a few 100,000 of them.
constexpr size_t kStatesAtATime = compute::kRowBlock;

void Cap(float cap, std::span<float> logits) {
  if (cap == 0.0F) return;
  for (float& logit : logits) logit = cap * std::tanh(logit / cap);
}

// log sum exp(logits); the largest is taken out, so nothing overflows.
float LogSumExp(std::span<const float> logits) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += static_cast<double>(std::exp(logit - largest));
  return largest + static_cast<float>(std::log(sum));
}

}  // namespace

Status Backbone::Session::LogProbabilities(std::span<const float> states,
                                           std::span<const NextToken> asked, std::span<float> out) {
  const BackboneConfig& config = backbone_->config();
  const size_t count = states.size() / config.width;
  for (const NextToken& question : asked) {
    if (static_cast<uint32_t>(question.token) < config.vocabulary) continue;
    return {StatusCode::kMismatch, "token id " + std::to_string(question.token) +
                                       " is beyond the backbone's " +
                                       std::to_string(config.vocabulary) + " tokens"};
  }
  LLMEMBED_ASSIGN_OR_RETURN(
      auto buffer, compute::MatrixBuffer::Create(
                       tensor::DType::kF32, std::min(count, kStatesAtATime), config.vocabulary));
  size_t next = 0;  // of `asked`
  for (size_t begin = 0; begin < count; begin += kStatesAtATime) {
    const size_t rows = std::min(kStatesAtATime, count - begin);
    LLMEMBED_ASSIGN_OR_RETURN(
        auto in, ProductInput(states.subspan(begin * config.width, rows * config.width)));
    const compute::Matrix logits = buffer.View(rows);
    LLMEMBED_RETURN_IF_ERROR(stream_->Linear(*backbone_->modules_.lm_head, in.View(rows), logits));
    for (size_t row = 0; row < rows; ++row) {
      const std::span<float> of_state(logits.f32() + row * config.vocabulary, config.vocabulary);
      Cap(config.logit_cap, of_state);
      const float total = LogSumExp(of_state);
      for (; next < asked.size() && asked[next].state == begin + row; ++next) {
        out[next] = of_state[static_cast<size_t>(asked[next].token)] - total;
      }
    }
  }
  return {};
}

}  // namespace llmembed::backbone

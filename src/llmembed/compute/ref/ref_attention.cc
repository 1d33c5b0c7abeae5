// softmax(Q K^T) V, one query of one head at a time.
#include <algorithm>
#include <cmath>
#include <vector>

#include "compute/ref/element.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute::ref {
namespace {

struct Query {
  size_t head;
  size_t token;  // its row in the batch
  size_t begin;  // of its text
  size_t keys;   // the text's tokens that are read
};

// The keys that a query sees: [first, last) of the batch's rows.
struct KeyRange {
  size_t first, last;
};

KeyRange VisibleKeys(const AttentionShape& shape, const Query& query) {
  KeyRange range{query.begin, query.begin + query.keys};
  if (shape.is_causal) range.last = std::min(range.last, query.token + 1);
  if (shape.window > 0 && query.token - query.begin >= shape.window) {
    range.first = query.token - shape.window + 1;
  }
  range.first = std::min(range.first, range.last);
  return range;
}

float Score(const AttentionShape& shape, const Matrix& qkv, const Query& query, size_t key) {
  const size_t kv_head = query.head / (shape.heads / shape.kv_heads);
  const size_t query_column = query.head * shape.head_size;
  const size_t key_column = shape.query_width() + kv_head * shape.head_size;
  float dot = 0.0F;
  for (size_t d = 0; d < shape.head_size; ++d) {
    dot += Load(qkv, query.token, query_column + d) * Load(qkv, key, key_column + d);
  }
  float score = dot * shape.scale;
  if (shape.score_cap > 0.0F) score = shape.score_cap * std::tanh(score / shape.score_cap);
  if (!shape.distance_bias.empty()) {
    const auto reach = static_cast<int64_t>(shape.reach);
    const int64_t distance = static_cast<int64_t>(key) - static_cast<int64_t>(query.token);
    const auto entry = static_cast<size_t>(std::clamp(distance, -reach, reach) + reach);
    score += shape.distance_bias[query.head * (2 * shape.reach + 1) + entry];
  }
  return score;
}

// A query that sees no key gets zeros.
void AttendOne(const AttentionShape& shape, const Matrix& qkv, const Query& query,
               const Matrix& out) {
  const KeyRange range = VisibleKeys(shape, query);
  std::vector<float> scores;
  for (size_t key = range.first; key < range.last; ++key) {
    scores.push_back(Score(shape, qkv, query, key));
  }
  const float largest = scores.empty() ? 0.0F : *std::max_element(scores.begin(), scores.end());
  float total = 0.0F;
  for (float& score : scores) {
    score = std::exp(score - largest);
    total += score;
  }
  const size_t kv_head = query.head / (shape.heads / shape.kv_heads);
  const size_t value_column = shape.query_width() + shape.kv_width() + kv_head * shape.head_size;
  for (size_t d = 0; d < shape.head_size; ++d) {
    float sum = 0.0F;
    for (size_t i = 0; i < scores.size(); ++i) {
      sum += scores[i] * Load(qkv, range.first + i, value_column + d);
    }
    Store(out, query.token, query.head * shape.head_size + d, scores.empty() ? 0.0F : sum / total);
  }
}

}  // namespace

void Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
               const Matrix& out) {
  for (size_t text = 0; text + 1 < texts.starts.size(); ++text) {
    const auto begin = static_cast<size_t>(texts.starts[text]);
    const auto end = static_cast<size_t>(texts.starts[text + 1]);
    const size_t keys =
        texts.lengths.empty() ? end - begin : static_cast<size_t>(texts.lengths[text]);
    for (size_t head = 0; head < shape.heads; ++head) {
      for (size_t token = begin; token < end; ++token) {
        AttendOne(shape, qkv, {head, token, begin, keys}, out);
      }
    }
  }
}

}  // namespace llmembed::compute::ref

// softmax(Q K^T) V, one query of one head at a time.
#include <algorithm>
#include <cmath>
#include <vector>

#include "compute/ref/element.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute::ref {
namespace {

// Where the keys of a token begin, and behind them its values.
struct KeyPlace {
  const Matrix* matrix;
  size_t row;
  size_t column;
};

struct Query {
  size_t head;
  size_t row;       // of qkv
  size_t position;  // among its text's keys
};

// The tokens that a text reads, in their order.
std::vector<KeyPlace> KeysOf(const AttentionShape& shape, const PackedTexts& texts, size_t text,
                             const Matrix& qkv) {
  std::vector<KeyPlace> keys;
  for (size_t row = 0; row < texts.prefix.rows; ++row) keys.push_back({&texts.prefix, row, 0});
  const auto append = [&](size_t part) {
    for (size_t i = 0; i < texts.read(part); ++i) {
      keys.push_back({&qkv, texts.begin(part) + i, shape.query_width()});
    }
  };
  if (texts.continues(text)) append(static_cast<size_t>(texts.continued[text]));
  append(text);
  return keys;
}

// The keys that a query sees: [first, last) of its text's.
struct KeyRange {
  size_t first, last;
};

KeyRange VisibleKeys(const AttentionShape& shape, size_t position, size_t keys) {
  KeyRange range{0, keys};
  if (shape.is_causal) range.last = std::min(range.last, position + 1);
  if (shape.window > 0 && position >= shape.window) range.first = position - shape.window + 1;
  range.first = std::min(range.first, range.last);
  return range;
}

float Score(const AttentionShape& shape, const Matrix& qkv, const Query& query,
            const KeyPlace& place, size_t key) {
  const size_t kv_head = query.head / (shape.heads / shape.kv_heads);
  const size_t query_column = query.head * shape.head_size;
  const size_t key_column = place.column + kv_head * shape.head_size;
  float dot = 0.0F;
  for (size_t d = 0; d < shape.head_size; ++d) {
    dot += Load(qkv, query.row, query_column + d) * Load(*place.matrix, place.row, key_column + d);
  }
  float score = dot * shape.scale;
  if (shape.score_cap > 0.0F) score = shape.score_cap * std::tanh(score / shape.score_cap);
  if (!shape.distance_bias.empty()) {
    const auto reach = static_cast<int64_t>(shape.reach);
    const int64_t distance = static_cast<int64_t>(key) - static_cast<int64_t>(query.position);
    const auto entry = static_cast<size_t>(std::clamp(distance, -reach, reach) + reach);
    score += shape.distance_bias[query.head * (2 * shape.reach + 1) + entry];
  }
  return score;
}

// A query that sees no key gets zeros.
void AttendOne(const AttentionShape& shape, const Matrix& qkv, const std::vector<KeyPlace>& keys,
               const Query& query, const Matrix& out) {
  const KeyRange range = VisibleKeys(shape, query.position, keys.size());
  std::vector<float> scores;
  for (size_t key = range.first; key < range.last; ++key) {
    scores.push_back(Score(shape, qkv, query, keys[key], key));
  }
  const float largest = scores.empty() ? 0.0F : *std::max_element(scores.begin(), scores.end());
  float total = 0.0F;
  for (float& score : scores) {
    score = std::exp(score - largest);
    total += score;
  }
  const size_t kv_head = query.head / (shape.heads / shape.kv_heads);
  const size_t value_column = shape.kv_width() + kv_head * shape.head_size;
  for (size_t d = 0; d < shape.head_size; ++d) {
    float sum = 0.0F;
    for (size_t i = 0; i < scores.size(); ++i) {
      const KeyPlace& place = keys[range.first + i];
      sum += scores[i] * Load(*place.matrix, place.row, place.column + value_column + d);
    }
    Store(out, query.row, query.head * shape.head_size + d, scores.empty() ? 0.0F : sum / total);
  }
}

}  // namespace

void Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
               const Matrix& out) {
  for (size_t text = 0; text < texts.size(); ++text) {
    const std::vector<KeyPlace> keys = KeysOf(shape, texts, text, qkv);
    for (size_t head = 0; head < shape.heads; ++head) {
      for (size_t i = 0; i < texts.tokens(text); ++i) {
        AttendOne(shape, qkv, keys, {head, texts.begin(text) + i, texts.before(text) + i}, out);
      }
    }
  }
}

}  // namespace llmembed::compute::ref

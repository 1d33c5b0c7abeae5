// Norms, of rows and of heads, and the turning of heads. Statistics in f64.
#include <cmath>
#include <vector>

#include "compute/ref/element.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute::ref {
namespace {

// One head of one token: H numbers from `column` on.
void TransformHead(const NormWeights& norm, const HeadTransform& transform, size_t token,
                   size_t column, size_t head_size, const Matrix& qkv) {
  std::vector<float> head(head_size);
  for (size_t i = 0; i < head_size; ++i) head[i] = Load(qkv, token, column + i);
  Normalise(norm, head);
  const size_t half = head_size / 2;
  for (size_t i = 0; i < half && !transform.cos.empty(); ++i) {
    const float cos = transform.cos[token * half + i];
    const float sin = transform.sin[token * half + i];
    const float first = head[i];
    const float second = head[i + half];
    head[i] = first * cos - second * sin;
    head[i + half] = second * cos + first * sin;
  }
  for (size_t i = 0; i < head_size; ++i) Store(qkv, token, column + i, head[i]);
}

}  // namespace

void Normalise(const NormWeights& weights, std::span<float> values) {
  if (weights.scale.empty()) return;
  const auto count = static_cast<double>(values.size());
  double mean = 0.0;
  if (weights.kind == NormKind::kLayer) {
    for (const float value : values) mean += value;
    mean /= count;
  }
  double squares = 0.0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const double factor = 1.0 / std::sqrt(squares / count + weights.epsilon);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto normal = static_cast<float>((values[i] - mean) * factor);
    values[i] = normal * weights.scale[i] + (weights.shift.empty() ? 0.0F : weights.shift[i]);
  }
}

void TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                    const Matrix& qkv) {
  for (size_t token = 0; token < qkv.rows; ++token) {
    for (size_t head = 0; head < shape.heads + shape.kv_heads; ++head) {
      const NormWeights& norm = head < shape.heads ? transform.query_norm : transform.key_norm;
      TransformHead(norm, transform, token, head * shape.head_size, shape.head_size, qkv);
    }
  }
}

}  // namespace llmembed::compute::ref

// Every operation by plain loops, in the order of the indices, as its formula reads.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "compute/ops.h"

namespace llmembed::compute {
namespace {

float Load(const Matrix& matrix, size_t row, size_t column) {
  const size_t index = row * matrix.columns + column;
  return matrix.dtype == tensor::DType::kBF16 ? tensor::FloatFromBF16(matrix.bf16()[index])
                                              : matrix.f32()[index];
}

void Store(const Matrix& matrix, size_t row, size_t column, float value) {
  const size_t index = row * matrix.columns + column;
  if (matrix.dtype == tensor::DType::kBF16) {
    matrix.bf16()[index] = tensor::BF16FromFloat(value);
  } else {
    matrix.f32()[index] = value;
  }
}

class RefLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  std::vector<float> weight;  // [outputs, inputs], already rounded to the math type
  std::vector<float> bias;    // [outputs]
};

float Apply(Activation activation, float x) {
  switch (activation) {
    case Activation::kGeluErf:
      return 0.5F * x * (1.0F + std::erf(x * (std::numbers::sqrt2_v<float> / 2)));
    case Activation::kGeluTanh: {
      const float inner =
          std::sqrt(2 * std::numbers::inv_pi_v<float>) * (x + 0.044715F * x * x * x);
      return 0.5F * x * (1.0F + std::tanh(inner));
    }
    case Activation::kRelu:
      return std::max(x, 0.0F);
  }
  return x;
}

class RefStream : public Stream {
 public:
  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out) override {
    const auto& linear = static_cast<const RefLinear&>(weights);
    for (size_t row = 0; row < in.rows; ++row) {
      for (size_t n = 0; n < linear.outputs(); ++n) {
        float sum = linear.bias[n];
        for (size_t k = 0; k < linear.inputs(); ++k) {
          sum += Load(in, row, k) * linear.weight[n * linear.inputs() + k];
        }
        Store(out, row, n, sum);
      }
    }
    return {};
  }

  Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) override {
    const size_t width = out.columns;
    for (size_t t = 0; t < ids.size(); ++t) {
      for (size_t d = 0; d < width; ++d) {
        float sum = tables.words[static_cast<size_t>(ids[t]) * width + d];
        if (!tables.token_type.empty()) sum += tables.token_type[d];
        sum += tables.positions[static_cast<size_t>(position_ids[t]) * width + d];
        Store(out, t, d, sum);
      }
    }
    return {};
  }

  Status AddLayerNorm(const LayerNormWeights& weights, const Matrix& x, const Matrix& residual,
                      const Matrix& rounded) override {
    const size_t width = x.columns;
    for (size_t row = 0; row < x.rows; ++row) {
      std::vector<float> sums(width);
      double mean = 0.0;
      for (size_t d = 0; d < width; ++d) {
        sums[d] = Load(x, row, d) + (residual.data != nullptr ? Load(residual, row, d) : 0.0F);
        mean += sums[d];
      }
      mean /= static_cast<double>(width);
      double variance = 0.0;
      for (const float sum : sums) variance += (sum - mean) * (sum - mean);
      variance /= static_cast<double>(width);
      const double factor = 1.0 / std::sqrt(variance + weights.epsilon);
      for (size_t d = 0; d < width; ++d) {
        const auto normal = static_cast<float>((sums[d] - mean) * factor);
        const float value = normal * weights.scale[d] + weights.shift[d];
        Store(x, row, d, value);
        if (rounded.data != nullptr) Store(rounded, row, d, value);
      }
    }
    return {};
  }

  Status Activate(Activation activation, const Matrix& x) override {
    for (size_t row = 0; row < x.rows; ++row) {
      for (size_t d = 0; d < x.columns; ++d) {
        Store(x, row, d, Apply(activation, Load(x, row, d)));
      }
    }
    return {};
  }

  Status Attention(const AttentionShape& shape, const Matrix& qkv, std::span<const int32_t> starts,
                   const Matrix& out) override {
    for (size_t text = 0; text + 1 < starts.size(); ++text) {
      const auto begin = static_cast<size_t>(starts[text]);
      const auto end = static_cast<size_t>(starts[text + 1]);
      for (size_t head = 0; head < shape.heads; ++head) {
        for (size_t query = begin; query < end; ++query) {
          AttendOne(shape, qkv, head, {query, begin, end}, out);
        }
      }
    }
    return {};
  }

 private:
  struct Rows {
    size_t query, begin, end;
  };

  static void AttendOne(const AttentionShape& shape, const Matrix& qkv, size_t head,
                        const Rows& rows, const Matrix& out) {
    const size_t width = shape.heads * shape.head_size;
    const size_t offset = head * shape.head_size;
    std::vector<float> scores;
    for (size_t key = rows.begin; key < rows.end; ++key) {
      float dot = 0.0F;
      for (size_t d = 0; d < shape.head_size; ++d) {
        dot += Load(qkv, rows.query, offset + d) * Load(qkv, key, width + offset + d);
      }
      scores.push_back(dot * shape.scale);
    }
    const float largest = *std::max_element(scores.begin(), scores.end());
    float total = 0.0F;
    for (float& score : scores) {
      score = std::exp(score - largest);
      total += score;
    }
    for (size_t d = 0; d < shape.head_size; ++d) {
      float sum = 0.0F;
      for (size_t key = rows.begin; key < rows.end; ++key) {
        sum += scores[key - rows.begin] * Load(qkv, key, 2 * width + offset + d);
      }
      Store(out, rows.query, offset + d, sum / total);
    }
  }
};

class RefBackend : public Backend {
 public:
  explicit RefBackend(MathType math_type) : math_type_(math_type) {}

  MathType math_type() const override { return math_type_; }
  std::string Identity() const override {
    return math_type_ == MathType::kBF16 ? "reference-bf16" : "reference-f32";
  }

  Result<std::unique_ptr<PackedLinear>> Pack(std::span<const float> weight,
                                             std::span<const float> bias, size_t inputs,
                                             size_t outputs) const override {
    auto linear = std::make_unique<RefLinear>(inputs, outputs);
    linear->weight.assign(weight.begin(), weight.end());
    if (math_type_ == MathType::kBF16) {
      for (float& w : linear->weight) w = tensor::FloatFromBF16(tensor::BF16FromFloat(w));
    }
    linear->bias.assign(bias.begin(), bias.end());
    linear->bias.resize(outputs, 0.0F);
    return std::unique_ptr<PackedLinear>(std::move(linear));
  }

  Result<std::unique_ptr<Stream>> MakeStream() const override {
    return std::unique_ptr<Stream>(std::make_unique<RefStream>());
  }

 private:
  MathType math_type_;
};

}  // namespace

std::unique_ptr<Backend> MakeReferenceBackend(MathType math_type) {
  return std::make_unique<RefBackend>(math_type);
}

}  // namespace llmembed::compute

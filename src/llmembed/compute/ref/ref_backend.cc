// Every operation by plain loops, in the order of the indices, as its formula reads.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "compute/feed_forward_steps.h"
#include "compute/fp8.h"
#include "compute/int8.h"
#include "compute/ops.h"
#include "compute/plain_weight.h"
#include "compute/ref/element.h"
#include "compute/ref/ref_ops.h"

namespace llmembed::compute {
namespace {

using ref::Load;
using ref::Store;

class RefLinear : public PackedLinear {
 public:
  using PackedLinear::PackedLinear;
  std::vector<float> weight;  // [outputs, inputs], already rounded to the math type
  std::vector<float> scales;  // [outputs], of int8 and fp8: what weights are to be multiplied by
  std::vector<float> sums;    // [outputs], of weights that are multiplied so
  std::vector<float> bias;    // [outputs]
  MathType math_type = MathType::kF32;
};

// What numbers that were rounded are to be multiplied by, and what is to be added then.
struct Steps {
  float scale = 1.0F;
  float offset = 0.0F;
};

float LargestOf(std::span<const float> row) {
  float largest = 0.0F;
  for (const float x : row) largest = std::max(largest, std::abs(x));
  return largest;
}

// Rounds numbers to int8, by the largest absolute value that is given.
Steps ToInt8(float largest, std::span<float> row) {
  for (float& x : row) x = std::nearbyintf(x * Int8Factor(largest, kLargestInt8));
  return {Int8Scale(largest, kLargestInt8)};
}

Steps ToFp8(std::span<float> row) {
  const float largest = LargestOf(row);
  for (float& x : row) x = compute::ToFp8(x * Fp8Factor(largest));
  return {Fp8Scale(largest)};
}

Steps RoundWeights(MathType math_type, std::span<float> row) {
  if (math_type == MathType::kFp8) return ToFp8(row);
  const float largest = LargestOf(row);
  if (!Int8TakesBytes() || !Int8AddsFours()) return ToInt8(largest, row);
  return ToInt8(LargestWithFours(largest, LargestFour(row)), row);
}

Steps RoundActivations(MathType math_type, std::span<float> row) {
  if (math_type == MathType::kFp8) return ToFp8(row);
  if (!Int8TakesBytes()) return ToInt8(LargestOf(row), row);
  float lowest = 0.0F;
  float highest = 0.0F;
  for (const float x : row) {
    lowest = std::min(lowest, x);
    highest = std::max(highest, x);
  }
  const float factor = Int8Factor(highest - lowest, kLargestByte);
  const float zero = ByteOffset(lowest, factor);
  for (float& x : row) x = std::clamp(std::nearbyintf(x * factor) + zero, 0.0F, kLargestByte);
  const float scale = Int8Scale(highest - lowest, kLargestByte);
  return {scale, -zero * scale};
}

class RefStream : public Stream {
 public:
  Status Linear(const PackedLinear& weights, const Matrix& in, const Matrix& out,
                Write write) override {
    const auto& linear = static_cast<const RefLinear&>(weights);
    if (!linear.scales.empty()) return Scaled(linear, in, out, write);
    for (size_t row = 0; row < in.rows; ++row) {
      for (size_t n = 0; n < linear.outputs(); ++n) {
        float sum = linear.bias[n];
        for (size_t k = 0; k < linear.inputs(); ++k) {
          sum += Load(in, row, k) * linear.weight[n * linear.inputs() + k];
        }
        StoreSum(out, row, n, sum, write);
      }
    }
    return {};
  }

  Status FeedForward(const FeedForwardWeights& weights, const Matrix& in, const Matrix& out,
                     Write write) override {
    return feed_forward_.Run(weights, in, out, write, this);
  }

  Status Embed(const EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> position_ids, const Matrix& out) override {
    const size_t width = out.columns;
    for (size_t t = 0; t < ids.size(); ++t) {
      for (size_t d = 0; d < width; ++d) {
        float sum = tables.words[static_cast<size_t>(ids[t]) * width + d] * tables.word_scale;
        if (!tables.token_type.empty()) sum += tables.token_type[d];
        if (!tables.positions.empty()) {
          sum += tables.positions[static_cast<size_t>(position_ids[t]) * width + d];
        }
        Store(out, t, d, sum);
      }
    }
    return {};
  }

  Status Add(const Matrix& x, const Matrix& residual) override {
    for (size_t row = 0; row < x.rows; ++row) {
      for (size_t d = 0; d < x.columns; ++d) {
        Store(x, row, d, Load(x, row, d) + Load(residual, row, d));
      }
    }
    return {};
  }

  Status AddNorm(const NormWeights& weights, const Matrix& x, const Matrix& residual,
                 const Matrix& normed, const Matrix& rounded) override {
    if (residual.data != nullptr) LLMEMBED_RETURN_IF_ERROR(Add(x, residual));
    std::vector<float> values(x.columns);
    for (size_t row = 0; row < x.rows; ++row) {
      for (size_t d = 0; d < x.columns; ++d) values[d] = Load(x, row, d);
      ref::Normalise(weights, values);
      for (size_t d = 0; d < x.columns; ++d) {
        if (normed.data != nullptr) Store(normed, row, d, values[d]);
        if (rounded.data != nullptr) Store(rounded, row, d, values[d]);
      }
    }
    return {};
  }

  Status Activate(Activation activation, const Matrix& x) override {
    for (size_t row = 0; row < x.rows; ++row) {
      for (size_t d = 0; d < x.columns; ++d) {
        Store(x, row, d, ref::Apply(activation, Load(x, row, d)));
      }
    }
    return {};
  }

  Status ActivateGated(Activation activation, const Matrix& in, const Matrix& out) override {
    for (size_t row = 0; row < out.rows; ++row) {
      for (size_t d = 0; d < out.columns; ++d) {
        const float gate = ref::Apply(activation, Load(in, row, d));
        Store(out, row, d, gate * Load(in, row, out.columns + d));
      }
    }
    return {};
  }

  Status TransformHeads(const AttentionShape& shape, const HeadTransform& transform,
                        const Matrix& qkv) override {
    ref::TransformHeads(shape, transform, qkv);
    return {};
  }

  Status Attention(const AttentionShape& shape, const PackedTexts& texts, const Matrix& qkv,
                   const Matrix& out) override {
    ref::Attention(shape, texts, qkv, out);
    return {};
  }

  Status Pool(PoolRule rule, const PackedTexts& texts, const Matrix& states,
              const Matrix& out) override {
    ref::Pool(rule, texts, states, out);
    return {};
  }

 private:
  static void StoreSum(const Matrix& out, size_t row, size_t column, float value, Write write) {
    Store(out, row, column, write == Write::kAdd ? Load(out, row, column) + value : value);
  }

  static Status Scaled(const RefLinear& linear, const Matrix& in, const Matrix& out, Write write) {
    std::vector<float> values(linear.inputs());
    for (size_t row = 0; row < in.rows; ++row) {
      for (size_t k = 0; k < values.size(); ++k) values[k] = Load(in, row, k);
      const Steps steps = RoundActivations(linear.math_type, values);
      for (size_t n = 0; n < linear.outputs(); ++n) {
        double sum = 0.0;  // of whole numbers it is exact
        for (size_t k = 0; k < values.size(); ++k) {
          sum += static_cast<double>(values[k]) * linear.weight[n * values.size() + k];
        }
        const float rest = std::fma(steps.offset, linear.sums[n], linear.bias[n]);
        StoreSum(out, row, n,
                 std::fma(static_cast<float>(sum) * steps.scale, linear.scales[n], rest), write);
      }
    }
    return {};
  }

  FeedForwardSteps feed_forward_;
};

class RefBackend : public Backend {
 public:
  explicit RefBackend(MathType math_type) : math_type_(math_type) {}

  MathType math_type() const override { return math_type_; }
  std::string Identity() const override {
    return std::string("reference-") + MathTypeName(math_type_);
  }

  Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight, std::span<const float> bias,
                                             size_t inputs, size_t outputs,
                                             OutputUse /*use*/) const override {
    auto linear = std::make_unique<RefLinear>(inputs, outputs);
    linear->math_type = math_type_;
    linear->weight.resize(inputs * outputs);
    for (size_t i = 0; i < linear->weight.size(); ++i)
      linear->weight[i] = Rounded(ElementOf(weight, i));
    const bool scales = math_type_ == MathType::kInt8 || math_type_ == MathType::kFp8;
    for (size_t n = 0; scales && n < outputs; ++n) {
      const auto row = std::span(linear->weight).subspan(n * inputs, inputs);
      linear->scales.push_back(RoundWeights(math_type_, row).scale);
      linear->sums.push_back(static_cast<float>(std::accumulate(row.begin(), row.end(), 0.0)) *
                             linear->scales.back());
    }
    linear->bias.assign(bias.begin(), bias.end());
    linear->bias.resize(outputs, 0.0F);
    return std::unique_ptr<PackedLinear>(std::move(linear));
  }

  Result<std::unique_ptr<Stream>> MakeStream() const override {
    return std::unique_ptr<Stream>(std::make_unique<RefStream>());
  }

 private:
  float Rounded(float value) const {
    return math_type_ == MathType::kBF16 ? tensor::FloatFromBF16(tensor::BF16FromFloat(value))
                                         : value;
  }

  MathType math_type_;
};

}  // namespace

std::unique_ptr<Backend> MakeReferenceBackend(MathType math_type) {
  return std::make_unique<RefBackend>(math_type);
}

}  // namespace llmembed::compute

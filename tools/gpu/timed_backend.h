// A backend that waits for each operation and adds up what it took: where the time goes.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "compute/ops.h"

namespace llmembed::gpu {

class TimedStream : public compute::Stream {
 public:
  TimedStream(std::unique_ptr<compute::Stream> stream, std::map<std::string, double>* seconds)
      : stream_(std::move(stream)), seconds_(seconds) {}
  Status FeedForward(const compute::FeedForwardWeights& weights, const compute::Matrix& in,
                     const compute::Matrix& out, compute::Write write) override {
    return Timed("feed-forward", [&] { return stream_->FeedForward(weights, in, out, write); });
  }
  Status Linear(const compute::PackedLinear& weights, const compute::Matrix& in,
                const compute::Matrix& out, compute::Write write) override {
    return Timed(
        "linear " + std::to_string(weights.inputs()) + "->" + std::to_string(weights.outputs()),
        [&] { return stream_->Linear(weights, in, out, write); });
  }
  Status Embed(const compute::EmbeddingTables& tables, std::span<const int32_t> ids,
               std::span<const int32_t> positions, const compute::Matrix& out) override {
    return Timed("embed", [&] { return stream_->Embed(tables, ids, positions, out); });
  }
  Status Add(const compute::Matrix& x, const compute::Matrix& residual) override {
    return Timed("add", [&] { return stream_->Add(x, residual); });
  }
  Status AddNorm(const compute::NormWeights& weights, const compute::Matrix& x,
                 const compute::Matrix& residual, const compute::Matrix& normed,
                 const compute::Matrix& rounded) override {
    return Timed("norm", [&] { return stream_->AddNorm(weights, x, residual, normed, rounded); });
  }
  Status Activate(compute::Activation activation, const compute::Matrix& x) override {
    return Timed("activation", [&] { return stream_->Activate(activation, x); });
  }
  Status ActivateGated(compute::Activation activation, const compute::Matrix& in,
                       const compute::Matrix& out) override {
    return Timed("activation", [&] { return stream_->ActivateGated(activation, in, out); });
  }
  Status TransformHeads(const compute::AttentionShape& shape,
                        const compute::HeadTransform& transform,
                        const compute::Matrix& qkv) override {
    return Timed("heads", [&] { return stream_->TransformHeads(shape, transform, qkv); });
  }
  Status Attention(const compute::AttentionShape& shape, const compute::PackedTexts& texts,
                   const compute::Matrix& qkv, const compute::Matrix& out) override {
    return Timed("attention", [&] { return stream_->Attention(shape, texts, qkv, out); });
  }
  Status Pool(compute::PoolRule rule, const compute::PackedTexts& texts,
              const compute::Matrix& states, const compute::Matrix& out) override {
    return Timed("pool", [&] { return stream_->Pool(rule, texts, states, out); });
  }
  Result<std::span<const float>> Stage(size_t slot, std::span<const float> numbers) override {
    return stream_->Stage(slot, numbers);
  }
  Status Fetch(const compute::Matrix& from, std::span<float> to) override {
    return Timed("fetch", [&] { return stream_->Fetch(from, to); });
  }
  Status Reserve(size_t rows, size_t width) override { return stream_->Reserve(rows, width); }
  Status Finish() override { return stream_->Finish(); }

 private:
  template <typename Operation>
  Status Timed(const std::string& name, const Operation& operation) {
    const auto begin = std::chrono::steady_clock::now();
    LLMEMBED_RETURN_IF_ERROR(operation());
    LLMEMBED_RETURN_IF_ERROR(stream_->Finish());
    (*seconds_)[name] +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return {};
  }

  std::unique_ptr<compute::Stream> stream_;
  std::map<std::string, double>* seconds_;
};

class TimedBackend : public compute::Backend {
 public:
  explicit TimedBackend(const compute::Backend* backend) : backend_(backend) {}
  compute::MathType math_type() const override { return backend_->math_type(); }
  std::string Identity() const override { return backend_->Identity(); }
  Result<std::unique_ptr<compute::PackedLinear>> Pack(const compute::PlainWeight& weight,
                                                      std::span<const float> bias, size_t inputs,
                                                      size_t outputs,
                                                      compute::OutputUse use) const override {
    return backend_->Pack(weight, bias, inputs, outputs, use);
  }
  Result<std::unique_ptr<compute::Stream>> MakeStream() const override {
    LLMEMBED_ASSIGN_OR_RETURN(auto stream, backend_->MakeStream());
    return std::unique_ptr<compute::Stream>(
        std::make_unique<TimedStream>(std::move(stream), &seconds));
  }
  bool HasHostMemory() const override { return backend_->HasHostMemory(); }
  Result<compute::MatrixBuffer> Allocate(tensor::DType dtype, size_t rows, size_t columns,
                                         size_t pitch) const override {
    return backend_->Allocate(dtype, rows, columns, pitch);
  }
  Result<compute::Table> Place(tensor::AlignedBuffer<float> numbers) const override {
    return backend_->Place(std::move(numbers));
  }
  size_t BatchTokens(size_t token_bytes) const override {
    return backend_->BatchTokens(token_bytes);
  }
  bool NormsAddSublayers() const override { return backend_->NormsAddSublayers(); }
  unsigned StreamLimit() const override { return backend_->StreamLimit(); }

  mutable std::map<std::string, double> seconds;

 private:
  const compute::Backend* backend_;
};

}  // namespace llmembed::gpu

// What backend_check.cc compares: the same numbers in a backend's memory and in the reference's.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compute/op_cases/backend_check.h"
#include "compute/op_cases/random_data.h"
#include "compute/ops.h"

namespace llmembed::compute {

// A matrix of random numbers in a backend's memory and the same in the reference's.
struct Twin {
  MatrixBuffer buffer, reference_buffer;
  Matrix view, reference;
};

class Twins {
 public:
  Twins(const Backend& backend, const Backend& reference, bool is_small)
      : backend_(backend), reference_(reference), is_small_(is_small) {}

  std::vector<CheckedCase> cases;

 protected:
  tensor::DType type() const { return backend_.activation_type(); }
  // bf16 has 8 bits, and is rounded in between; f32 sums differ by their order.
  double tolerance() const { return type() == tensor::DType::kBF16 ? 1.0 / 128 : 1e-5; }

  // fp8 has 4 bits, and tensor cores add them up with 14.
  double linear_tolerance() const {
    return backend_.math_type() == MathType::kFp8 ? 1.0 / 24 : tolerance();
  }

  Result<Twin> Random(tensor::DType dtype, size_t rows, size_t columns, float scale = 1.0F) {
    const std::vector<float> numbers = RandomFloats(rows * columns, scale, &random_);
    Twin twin;
    LLMEMBED_ASSIGN_OR_RETURN(twin.buffer, backend_.Allocate(dtype, rows, columns));
    LLMEMBED_ASSIGN_OR_RETURN(twin.reference_buffer, reference_.Allocate(dtype, rows, columns));
    twin.view = twin.buffer.View(rows);
    twin.reference = twin.reference_buffer.View(rows);
    LLMEMBED_RETURN_IF_ERROR(stream_->Put(numbers, twin.view));
    LLMEMBED_RETURN_IF_ERROR(reference_stream_->Put(numbers, twin.reference));
    return Result<Twin>(std::move(twin));
  }

  // A table in both memories.
  struct TwinTable {
    Table table, reference;
  };
  Result<TwinTable> RandomTable(size_t count, float scale = 1.0F) {
    const auto place = [](const Backend& backend, const std::vector<float>& numbers) {
      auto buffer = *tensor::AlignedBuffer<float>::Create(numbers.size());
      std::ranges::copy(numbers, buffer.data());
      return backend.Place(std::move(buffer));
    };
    const std::vector<float> numbers = RandomFloats(count, scale, &random_);
    TwinTable twin;
    LLMEMBED_ASSIGN_OR_RETURN(twin.table, place(backend_, numbers));
    LLMEMBED_ASSIGN_OR_RETURN(twin.reference, place(reference_, numbers));
    return Result<TwinTable>(std::move(twin));
  }

  // `least`: what the numbers' size counts at least, where small ones are what others cancel to.
  Status Compare(const std::string& name, const Twin& twin, double bar, double least = 1e-6) {
    const size_t count = twin.view.rows * twin.view.columns;
    std::vector<float> numbers(count), expected(count);
    LLMEMBED_RETURN_IF_ERROR(stream_->Fetch(twin.view, numbers));
    LLMEMBED_RETURN_IF_ERROR(stream_->Finish());
    LLMEMBED_RETURN_IF_ERROR(reference_stream_->Fetch(twin.reference, expected));
    double difference = 0.0;
    double scale = least;
    for (size_t i = 0; i < count; ++i) {
      const double apart = std::abs(static_cast<double>(numbers[i]) - expected[i]);
      difference = std::isfinite(numbers[i]) ? std::max(difference, apart) : INFINITY;
      scale = std::max(scale, std::abs(static_cast<double>(expected[i])));
      if (!std::isfinite(difference)) break;
    }
    cases.push_back({name, difference / scale, bar});
    return {};
  }

  struct TwinLinear {
    std::unique_ptr<PackedLinear> own, reference;
  };
  OwnedWeight WeightOf(size_t inputs, size_t outputs) {
    const float scale = 1.0F / std::sqrt(static_cast<float>(inputs));
    return RandomWeight(tensor::DType::kF32, inputs * outputs, scale, &random_);
  }
  Result<TwinLinear> PackTwin(const OwnedWeight& weight, std::span<const float> bias, size_t inputs,
                              size_t outputs) {
    TwinLinear twin;
    LLMEMBED_ASSIGN_OR_RETURN(twin.own, backend_.Pack(weight.view(), bias, inputs, outputs));
    LLMEMBED_ASSIGN_OR_RETURN(twin.reference,
                              reference_.Pack(weight.view(), bias, inputs, outputs));
    return Result<TwinLinear>(std::move(twin));
  }

  const Backend& backend_;
  const Backend& reference_;
  const bool is_small_;
  std::unique_ptr<Stream> stream_, reference_stream_;
  base::Random random_{7};
};

}  // namespace llmembed::compute

#include "compute/peak.h"

#include <algorithm>
#include <vector>

#include "compute/cpu/linear/onednn_support.h"
#include "tensor/aligned_buffer.h"

namespace llmembed::compute {
namespace {

using cpu::Tag;
using cpu::Type;

// The types of what goes in, the weights and what comes out.
struct ProductTypes {
  Type source, weight, target;
};

ProductTypes TypesOf(MathType type) {
  switch (type) {
    case MathType::kBF16:
      return {Type::bf16, Type::bf16, Type::f32};
    case MathType::kInt8:
      return {Type::u8, Type::s8, Type::s32};
    case MathType::kF32:
    case MathType::kFp8:  // of devices
      break;
  }
  return {Type::f32, Type::f32, Type::f32};
}

// Small numbers, never denormal: those are slow. Copied from its own beginning, which takes less
// time than making each.
std::vector<float> SomeNumbers(size_t count) {
  constexpr size_t kMade = 4099;
  std::vector<float> numbers(count);
  for (size_t i = 0; i < std::min(count, kMade); ++i) {
    numbers[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 64.0F;
  }
  for (size_t done = kMade; done < count; done += kMade) {
    std::copy_n(numbers.begin(), std::min(kMade, count - done),
                numbers.begin() + static_cast<std::ptrdiff_t>(done));
  }
  return numbers;
}

class OneDnnProduct : public Product {
 public:
  OneDnnProduct(const ProductSize& size, unsigned workers, int threads) : threads_(threads) {
    const cpu::OneDnnThreads limit(threads_);
    const ProductTypes types = TypesOf(size.math_type);
    const dnnl::memory::desc source = cpu::OneDnnMatrix(size.rows, size.inputs, types.source);
    const dnnl::memory::desc target = cpu::OneDnnMatrix(size.rows, size.outputs, types.target);
    const auto plan = cpu::PlanProduct(
        source, cpu::OneDnnMatrix(size.inputs, size.outputs, types.weight, Tag::any), nullptr,
        target);
    product_ = dnnl::matmul(plan);
    weight_ = dnnl::memory(plan.weights_desc(), cpu::OneDnnEngine());
    Fill(cpu::OneDnnMatrix(size.inputs, size.outputs, Type::f32), &weight_);
    for (unsigned worker = 0; worker < workers; ++worker) {
      Rows rows{dnnl::stream(cpu::OneDnnEngine()), dnnl::memory(source, cpu::OneDnnEngine()),
                dnnl::memory(target, cpu::OneDnnEngine())};
      Fill(cpu::OneDnnMatrix(size.rows, size.inputs, Type::f32), &rows.source);
      rows_.push_back(std::move(rows));
    }
  }

  Status Run(unsigned worker) override {
    const cpu::OneDnnThreads limit(threads_);
    try {
      Rows& rows = rows_[worker];
      product_.execute(
          rows.stream,
          {{DNNL_ARG_SRC, rows.source}, {DNNL_ARG_WEIGHTS, weight_}, {DNNL_ARG_DST, rows.target}});
      rows.stream.wait();
      return {};
    } catch (const dnnl::error& error) {
      return cpu::OneDnnError(error);
    }
  }

 private:
  struct Rows {
    dnnl::stream stream;
    dnnl::memory source, target;
  };

  static void Fill(const dnnl::memory::desc& plain, dnnl::memory* memory) {
    const auto dims = cpu::ExtentsOf(plain);
    std::vector<float> values = SomeNumbers(static_cast<size_t>(dims[0] * dims[1]));
    dnnl::memory from(plain, cpu::OneDnnEngine(), values.data());
    dnnl::stream stream(cpu::OneDnnEngine());
    dnnl::reorder(from, *memory).execute(stream, from, *memory);
    stream.wait();
  }

  int threads_;
  dnnl::matmul product_;
  dnnl::memory weight_;
  std::vector<Rows> rows_;  // [workers]
};

void FillRows(const Matrix& matrix) {
  const std::vector<float> values = SomeNumbers(matrix.rows * matrix.columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t at = i / matrix.columns * matrix.row_pitch() + i % matrix.columns;
    if (matrix.dtype == tensor::DType::kBF16) {
      matrix.bf16()[at] = tensor::BF16FromFloat(values[i]);
    } else {
      matrix.f32()[at] = values[i];
    }
  }
}

class BackendProduct : public Product {
 public:
  static Result<std::unique_ptr<Product>> Create(const ProductSize& size, unsigned workers) {
    auto product = std::make_unique<BackendProduct>();
    LLMEMBED_ASSIGN_OR_RETURN(product->backend_, MakeCpuBackend(size.math_type));
    const std::vector<float> weights = SomeNumbers(size.inputs * size.outputs);
    LLMEMBED_ASSIGN_OR_RETURN(product->weights_,
                              product->backend_->Pack({tensor::DType::kF32, weights.data()}, {},
                                                      size.inputs, size.outputs));
    const tensor::DType type = product->backend_->activation_type();
    for (unsigned worker = 0; worker < workers; ++worker) {
      Rows rows;
      rows.count = size.rows;
      LLMEMBED_ASSIGN_OR_RETURN(rows.stream, product->backend_->MakeStream());
      // As a layer's own matrices: for f32 oneDNN has no fast product of rows with gaps.
      const size_t pitch =
          type == tensor::DType::kBF16 ? ProductPitch(type, size.inputs) : size.inputs;
      LLMEMBED_ASSIGN_OR_RETURN(rows.in, MatrixBuffer::Create(type, size.rows, size.inputs, pitch));
      LLMEMBED_ASSIGN_OR_RETURN(rows.out, MatrixBuffer::Create(type, size.rows, size.outputs));
      FillRows(rows.in.View(size.rows));
      product->rows_.push_back(std::move(rows));
    }
    return std::unique_ptr<Product>(std::move(product));
  }

  Status Run(unsigned worker) override {
    Rows& rows = rows_[worker];
    return rows.stream->Linear(*weights_, rows.in.View(rows.count), rows.out.View(rows.count));
  }

 private:
  struct Rows {
    std::unique_ptr<Stream> stream;
    MatrixBuffer in, out;
    size_t count = 0;
  };

  std::unique_ptr<Backend> backend_;
  std::unique_ptr<PackedLinear> weights_;
  std::vector<Rows> rows_;  // [workers]
};

}  // namespace

Result<std::unique_ptr<Product>> MakeOneDnnProduct(const ProductSize& size, unsigned workers,
                                                   int threads) {
  try {
    return std::unique_ptr<Product>(std::make_unique<OneDnnProduct>(size, workers, threads));
  } catch (const dnnl::error& error) {
    if (error.status != dnnl_unimplemented) return cpu::OneDnnError(error);
    return Status(StatusCode::kUnsupported, std::string("oneDNN has no product of ") +
                                                MathTypeName(size.math_type) + " on this CPU");
  }
}

Result<std::unique_ptr<Product>> MakeBackendProduct(const ProductSize& size, unsigned workers) {
  return BackendProduct::Create(size, workers);
}

Result<MemoryToRead> MakeMemoryToRead(size_t words) {
  LLMEMBED_ASSIGN_OR_RETURN(cpu::WeightMemory memory,
                            cpu::AllocateWeightMemory(words * sizeof(uint64_t)));
  auto* first = static_cast<uint64_t*>(memory.get());
  std::fill_n(first, words, 1);  // until it is written there is none
  return MemoryToRead{std::move(memory), {first, words}};
}

uint64_t SumWords(std::span<const uint64_t> words) {
  // Many sums side by side: one alone would wait for each addition.
  constexpr size_t kSums = 32;
  uint64_t sums[kSums] = {};
  size_t i = 0;
  for (; i + kSums <= words.size(); i += kSums) {
    for (size_t lane = 0; lane < kSums; ++lane) sums[lane] += words[i + lane];
  }
  uint64_t sum = 0;
  for (const uint64_t part : sums) sum += part;
  for (; i < words.size(); ++i) sum += words[i];
  return sum;
}

}  // namespace llmembed::compute

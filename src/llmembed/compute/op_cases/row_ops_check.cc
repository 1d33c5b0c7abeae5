#include "compute/op_cases/row_ops_check.h"

#include <algorithm>
#include <string>

#include "compute/op_cases/random_data.h"
#include "compute/op_cases/row_twins.h"

namespace llmembed::compute {
namespace {

// f32 sums differ by their order.
constexpr double kSumBar = 1e-5;
constexpr double kValueBar = 1e-6;

class RowChecker : public RowTwins {
 public:
  using RowTwins::RowTwins;

  Status Run() {
    LLMEMBED_RETURN_IF_ERROR(Products());
    LLMEMBED_RETURN_IF_ERROR(Layers());
    LLMEMBED_RETURN_IF_ERROR(Steps());
    LLMEMBED_RETURN_IF_ERROR(Fusions());
    for (const bool is_upper : {false, true}) {
      for (const bool is_normalised : {false, true}) {
        LLMEMBED_RETURN_IF_ERROR(CoOccurrences(is_upper, is_normalised));
      }
    }
    for (const Loss loss : {Loss::kCrossEntropy, Loss::kDoubleSoftmax}) {
      LLMEMBED_RETURN_IF_ERROR(Losses(loss, 2));
      LLMEMBED_RETURN_IF_ERROR(Losses(loss, 52));
    }
    return Rows();
  }

 private:
  Status Products() {
    for (const auto& [m, n, k] :
         {GemmShape{128, 96, 300}, {33, 2, 256}, {7, 49, 5}, {1, 1, 1}, {256, 130, 4100}}) {
      for (const bool turns_a : {false, true}) {
        for (const bool turns_b : {false, true}) {
          for (const uint64_t gap : {0, 3}) {
            LLMEMBED_RETURN_IF_ERROR(Product({m, n, k}, turns_a, turns_b, gap));
          }
        }
      }
    }
    return {};
  }

  Status Product(const GemmShape& shape, bool turns_a, bool turns_b, uint64_t gap) {
    const uint64_t a_stride = (turns_a ? shape.m : shape.k) + gap;
    const uint64_t b_stride = (turns_b ? shape.k : shape.n) + gap;
    LLMEMBED_ASSIGN_OR_RETURN(const Twin a, Random((turns_a ? shape.k : shape.m) * a_stride));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin b, Random((turns_b ? shape.n : shape.k) * b_stride));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin c, Random(shape.m * (shape.n + gap)));
    const auto turn = [](bool turns) { return turns ? Transpose::kYes : Transpose::kNo; };
    LLMEMBED_RETURN_IF_ERROR(Both([&](RowOps* ops, size_t side) {
      return ops->Gemm(
          shape, {a[side].data(), turn(turns_a), gap == 0 ? 0 : a_stride},
          {b[side].data(), turn(turns_b), gap == 0 ? 0 : b_stride},
          {c[side].data(), 1.0F, gap == 0 ? 0.0F : 1.0F, gap == 0 ? 0 : shape.n + gap});
    }));
    return Compare("product " + std::to_string(shape.m) + " x " + std::to_string(shape.n) + " x " +
                       std::to_string(shape.k) + (turns_a ? ", A turned" : "") +
                       (turns_b ? ", B turned" : "") + (gap == 0 ? "" : ", gaps"),
                   c, kSumBar);
  }

  Status Layers() {
    for (const size_t width : {1, 49, 256, 1000}) {
      constexpr size_t kRows = 70;
      const size_t stride = width + 3;
      LLMEMBED_ASSIGN_OR_RETURN(const Twin bias, Random(width));
      for (const double rate : {0.0, 0.1, 0.5}) {
        LLMEMBED_ASSIGN_OR_RETURN(const Twin values, Random(kRows * stride));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin gradient, Random(kRows * stride));
        uint64_t state[kSides];
        const Status done = Both([&](RowOps* ops, size_t side) -> Status {
          base::Random masks(5, 3);
          const Dropout dropout{rate, &masks};
          LLMEMBED_RETURN_IF_ERROR(ops->BiasReluDropout(
              bias[side].data(), dropout, {values[side].data(), kRows, width, stride}));
          state[side] = masks.state();
          return ops->ReluDropoutGradient(dropout, values[side].data(),
                                          {gradient[side].data(), kRows, width, stride});
        });
        LLMEMBED_RETURN_IF_ERROR(done);
        const std::string name =
            " of " + std::to_string(width) + ", dropout " + std::to_string(rate);
        LLMEMBED_RETURN_IF_ERROR(Compare("bias and ReLU" + name, values, 0.0));
        LLMEMBED_RETURN_IF_ERROR(Compare("their gradient" + name, gradient, 0.0));
        cases.push_back({"numbers drawn" + name, state[0] == state[1] ? 0.0 : 1.0, 0.0});
        LLMEMBED_RETURN_IF_ERROR(ColumnSums(gradient, kRows, width, stride));
        LLMEMBED_RETURN_IF_ERROR(Both([&](RowOps* ops, size_t side) {
          return ops->AddBias(bias[side].data(), {values[side].data(), kRows, width, stride});
        }));
        LLMEMBED_RETURN_IF_ERROR(Compare("bias" + name, values, 0.0));
      }
    }
    return {};
  }

  Status ColumnSums(const Twin& values, size_t rows, size_t width, size_t stride) {
    LLMEMBED_ASSIGN_OR_RETURN(const Twin sums, Random(width));
    LLMEMBED_RETURN_IF_ERROR(Both([&](RowOps* ops, size_t side) {
      return ops->SumRows(values[side].data(), rows, stride, sums[side].span());
    }));
    return Compare("sums of " + std::to_string(width) + " columns", sums, kSumBar);
  }

  Status Steps() {
    const AdamStep step{.rate = 1e-3F,
                        .square_correction = 1.7F,
                        .beta1 = 0.9F,
                        .rest1 = 0.1F,
                        .beta2 = 0.999F,
                        .rest2 = 1e-3F,
                        .epsilon = 1e-8F,
                        .decay = 1e-4F,
                        .coupled_decay = 1e-3F};
    constexpr size_t kCount = 100003;
    LLMEMBED_ASSIGN_OR_RETURN(const Twin gradient, Random(kCount));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin mean, Random(kCount));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin square, Random(kCount));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin parameters, Random(kCount));
    const Status done = Both([&](RowOps* ops, size_t side) -> Status {
      LLMEMBED_RETURN_IF_ERROR(ops->Zero(square[side].data(), kCount * sizeof(float)));
      return ops->AdamUpdate(
          step,
          {gradient[side].data(), mean[side].data(), square[side].data(), parameters[side].data()},
          kCount);
    });
    LLMEMBED_RETURN_IF_ERROR(done);
    LLMEMBED_RETURN_IF_ERROR(Compare("Adam's mean", mean, 0.0));
    LLMEMBED_RETURN_IF_ERROR(Compare("Adam's square", square, 0.0));
    return Compare("Adam's parameters", parameters, 0.0);
  }

  Status Fusions() {
    constexpr size_t kRows = 37, kCount = 5;
    for (const size_t width : {3, 300}) {
      const size_t stride = kCount * width;  // side by side
      LLMEMBED_ASSIGN_OR_RETURN(const Twin inputs, Random(kRows * stride));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin average, Random(kRows * width));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin maximum, Random(kRows * width));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin of_inputs, Random(kRows * stride));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin copy, Random(kRows * stride));
      const Status done = Both([&](RowOps* ops, size_t side) -> Status {
        std::vector<RowBlock<const float>> arguments;
        std::vector<RowBlock<float>> gradients;
        for (size_t i = 0; i < kCount; ++i) {
          arguments.push_back({inputs[side].data() + i * width, width, stride});
          float* const gradient = i == 1 ? nullptr : of_inputs[side].data() + i * width;
          gradients.push_back({gradient, width, stride});
        }
        const RowBlock<float> means{average[side].data(), width, width};
        const RowBlock<float> maxima{maximum[side].data(), width, width};
        const RowBlock<const float> of_maxima{average[side].data(), width, width};
        LLMEMBED_RETURN_IF_ERROR(ops->Average(arguments, kRows, means));
        LLMEMBED_RETURN_IF_ERROR(ops->Maximum(arguments, kRows, maxima));
        LLMEMBED_RETURN_IF_ERROR(ops->MaximumGradient(arguments, {maxima.data, width, width},
                                                      of_maxima, kRows, gradients));
        LLMEMBED_RETURN_IF_ERROR(
            ops->CopyRows(arguments[3], kRows, {copy[side].data() + width, width, stride}));
        return ops->AddRows(arguments[2], 0.2F, kRows, {copy[side].data(), width, stride});
      });
      LLMEMBED_RETURN_IF_ERROR(done);
      const std::string name = " of " + std::to_string(width);
      LLMEMBED_RETURN_IF_ERROR(Compare("means" + name, average, 0.0));
      LLMEMBED_RETURN_IF_ERROR(Compare("maxima" + name, maximum, 0.0));
      LLMEMBED_RETURN_IF_ERROR(Compare("gradient of maxima" + name, of_inputs, 0.0));
      LLMEMBED_RETURN_IF_ERROR(Compare("rows copied and added" + name, copy, 0.0));
    }
    return {};
  }

  Status CoOccurrences(bool is_upper, bool is_normalised) {
    constexpr size_t kRows = 19;
    for (const auto& [vectors, width] : {std::pair<size_t, size_t>{2, 5}, {7, 300}, {30, 64}}) {
      CoOccurrence co{.vectors = vectors,
                      .width = width,
                      .is_normalised = is_normalised,
                      .is_upper = is_upper,
                      .slope = 0.05F};
      const size_t entries = co.entries();
      LLMEMBED_ASSIGN_OR_RETURN(const Twin x, Random(kRows * vectors * width));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin lengths, Random(kRows * vectors));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin products, Random(kRows * entries));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin result, Random(kRows * (entries + 2)));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin of_result, Random(kRows * entries));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin of_x, Random(kRows * vectors * width));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin slope, Random(1, 0.1F));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin of_slope, Random(1));
      const Status done = Both([&, vectors = vectors](RowOps* ops, size_t side) -> Status {
        CoOccurrence own = co;
        own.learned_slope = vectors == 7 ? slope[side].data() : nullptr;
        own.x = x[side].data();
        own.inverse_lengths = lengths[side].data();
        own.products = products[side].data();
        LLMEMBED_RETURN_IF_ERROR(
            ops->CoOccur(own, kRows, {result[side].data(), entries, entries + 2}));
        return ops->CoOccurGradient(own, kRows, {of_result[side].data(), entries, entries},
                                    of_x[side].data(),
                                    vectors == 7 ? of_slope[side].data() : nullptr);
      });
      LLMEMBED_RETURN_IF_ERROR(done);
      const std::string name = " of " + std::to_string(vectors) + " x " + std::to_string(width) +
                               (is_upper ? ", upper" : "") + (is_normalised ? ", normalised" : "");
      LLMEMBED_RETURN_IF_ERROR(Compare("co-occurrence" + name, result, kSumBar));
      LLMEMBED_RETURN_IF_ERROR(Compare("gradient of co-occurrence" + name, of_x, kSumBar));
      LLMEMBED_RETURN_IF_ERROR(Compare("gradient of the slope" + name, of_slope, kSumBar));
    }
    return {};
  }

  Status Losses(Loss loss, size_t classes) {
    constexpr size_t kRows = 45;
    std::vector<uint32_t> labels(kRows);
    std::vector<float> weights(kRows);
    for (size_t i = 0; i < kRows; ++i) {
      labels[i] = random_.Below(static_cast<uint32_t>(classes));
      weights[i] = i % 7 == 3 ? 0.0F : static_cast<float>(i % 3 + 1) * 0.3F;
    }
    LLMEMBED_ASSIGN_OR_RETURN(const Twin logits, Random(kRows * classes, 3.0F));
    LLMEMBED_ASSIGN_OR_RETURN(const TwinSums sums, Sums(3));
    const Status done = Both([&](RowOps* ops, size_t side) -> Status {
      double* const own = sums[side].data();
      LLMEMBED_RETURN_IF_ERROR(ops->AddScores(labels, classes, logits[side].data(), own + 1));
      LLMEMBED_RETURN_IF_ERROR(
          ops->AddLoss(loss, {labels, weights, 0.1}, classes, 2.0, logits[side].data(), own));
      // Added to what is there.
      return ops->AddScores(labels, classes, logits[side].data(), own + 1);
    });
    LLMEMBED_RETURN_IF_ERROR(done);
    const std::string name = std::string(loss == Loss::kCrossEntropy ? "" : "double ") +
                             "softmax loss of " + std::to_string(classes);
    LLMEMBED_RETURN_IF_ERROR(Compare("gradient of " + name, logits, kValueBar));
    return CompareSums(name + " and scores", sums, kValueBar);
  }

  Status Rows() {
    for (const size_t width : {5, 64}) {
      constexpr size_t kRows = 1000;
      const std::vector<float> values = RandomFloats(kRows * width, 1.0F, &random_);
      std::vector<double> mean(width), scale(width);
      for (size_t i = 0; i < width; ++i) {
        mean[i] = random_.Normal();
        scale[i] = random_.Uniform();
      }
      const std::vector<uint32_t> rows = {999, 0, 17, 17, 500};
      LLMEMBED_ASSIGN_OR_RETURN(const Twin gathered, Random(rows.size() * width));
      const Status done = Both([&](RowOps* ops, size_t side) -> Status {
        LLMEMBED_ASSIGN_OR_RETURN(const auto source, ops->OpenRows({values, width, mean, scale}));
        return source->Gather(rows, gathered[side].data());
      });
      LLMEMBED_RETURN_IF_ERROR(done);
      LLMEMBED_RETURN_IF_ERROR(Compare("rows of " + std::to_string(width), gathered, 0.0));
    }
    return {};
  }
};

}  // namespace

Result<std::vector<CheckedCase>> CheckRowOps(RowOps* ops, RowOps* reference) {
  RowChecker checker(ops, reference);
  LLMEMBED_RETURN_IF_ERROR(checker.Run());
  return std::move(checker.cases);
}

}  // namespace llmembed::compute

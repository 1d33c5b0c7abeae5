// co(a, b, ..., sigma=S): co-occurrence pooling of the LLMEmbed paper (equation 3, Table 1), as its
// code computes it.
//
// Each argument that is not K wide is compressed, z = dropout(relu(W a + b)), without dropout where
// rows are normalised; the others enter as they are. With the H vectors as rows of X [H, K],
//   result = flatten(PN(X X^T)), PN(g) = (1 - exp(-sigma g)) / (1 + exp(-sigma g))
//          = tanh(sigma g / 2),
// H * H values. K is the narrowest argument's width, or the setting `width`.
#include <algorithm>
#include <array>
#include <cmath>

#include "compute/gemm.h"
#include "compute/parallel.h"
#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

constexpr size_t kMaxVectors = 256;
constexpr size_t kMaxWidth = 65536;
constexpr float kSmallestNorm = 1e-12F;  // below it a vector counts as 0

constexpr std::array<std::string_view, 2> kRows = {"raw", "normalised"};
constexpr std::array<std::string_view, 2> kEntries = {"all", "upper"};
constexpr std::array<std::string_view, 2> kSigmas = {"fixed", "learned"};

constexpr std::array kSettings = {
    SettingSpec{.name = "sigma", .low = 1e-6, .high = 1e6, .preset = 0.3},
    SettingSpec{.name = "width", .low = 0, .high = kMaxWidth, .is_whole = true, .preset = 0},
    SettingSpec{.name = "rows", .words = kRows},
    SettingSpec{.name = "entries", .words = kEntries},
    SettingSpec{.name = "slope", .words = kSigmas},
};

// The settings by name, and the sizes.
struct Shape {
  Shape(std::span<const size_t> widths, std::span<const double> settings)
      : sigma(static_cast<float>(settings[0])),
        is_normalised(settings[2] != 0.0),
        is_upper(settings[3] != 0.0),
        is_learned(settings[4] != 0.0),
        vectors(widths.size()),
        width(settings[1] != 0.0 ? static_cast<size_t>(settings[1])
                                 : *std::min_element(widths.begin(), widths.end())) {}

  size_t entries() const { return is_upper ? vectors * (vectors + 1) / 2 : vectors * vectors; }

  float sigma;
  bool is_normalised, is_upper, is_learned;
  size_t vectors;  // H
  size_t width;    // K
};

std::vector<size_t> Widths(std::span<const RowBlock<const float>> arguments) {
  std::vector<size_t> widths;
  for (const RowBlock<const float>& argument : arguments) widths.push_back(argument.width);
  return widths;
}

Result<size_t> InferWidth(std::span<const Operand> operands, std::span<const double> settings) {
  if (operands.size() < 2 || operands.size() > kMaxVectors) {
    return Status(StatusCode::kBadData, "co needs 2 to " + std::to_string(kMaxVectors) +
                                            " vectors, not " + std::to_string(operands.size()));
  }
  std::vector<size_t> widths;
  for (const Operand& operand : operands) widths.push_back(operand.width);
  const Shape shape(widths, settings);
  if (shape.width > kMaxWidth) {
    return Status(StatusCode::kBadData, "co compresses to at most " + std::to_string(kMaxWidth) +
                                            " values, not " + std::to_string(shape.width));
  }
  return shape.entries();
}

std::vector<ParameterSpec> Parameters(std::span<const size_t> widths,
                                      std::span<const double> settings) {
  const Shape shape(widths, settings);
  std::vector<ParameterSpec> specs;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == shape.width) continue;
    const std::string name = "compress." + std::to_string(i);
    specs.push_back({.name = name + ".weight",
                     .shape = {shape.width, widths[i]},
                     .inputs = widths[i],
                     .is_weight = true});
    specs.push_back({.name = name + ".bias", .shape = {shape.width}, .inputs = widths[i]});
  }
  if (shape.is_learned) specs.push_back({.name = "sigma", .shape = {1}, .start = shape.sigma});
  return specs;
}

// A walk over the parameters in the order of Parameters(): the compression of each argument.
template <typename T>
struct Compression {
  T* weight = nullptr;  // [K, argument's width]; nullptr: the argument enters as it is
  T* bias = nullptr;    // [K]
};

template <typename T>
std::vector<Compression<T>> Compressions(const Shape& shape, std::span<const size_t> widths,
                                         std::span<T> parameters) {
  std::vector<Compression<T>> compressions(widths.size());
  T* next = parameters.data();
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == shape.width) continue;
    compressions[i] = {next, next + shape.width * widths[i]};
    next = compressions[i].bias + shape.width;
  }
  return compressions;
}

// Sixteen sums side by side, which compilers vectorise; their order is fixed.
float Dot(const float* a, const float* b, size_t count) {
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> sums{};
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (size_t lane = 0; i < count; ++i, ++lane) sums[lane] += a[i] * b[i];
  float sum = 0.0F;
  for (const float lane : sums) sum += lane;
  return sum;
}

// What forward works out and backward needs again.
struct Workspace {
  Workspace(const Shape& shape, size_t rows, compute::LargeFloats* memory) {
    const size_t vectors = rows * shape.vectors * shape.width;
    memory->resize(2 * vectors + rows * (shape.vectors + shape.entries()));
    x = std::span(*memory).first(vectors);
    inverse_norms = std::span(*memory).subspan(vectors, rows * shape.vectors);
    products = std::span(*memory).subspan(vectors + inverse_norms.size(), rows * shape.entries());
    of_x = std::span(*memory).last(vectors);
  }

  std::span<float> x;              // [rows, H, K], normalised where that is set
  std::span<float> inverse_norms;  // [rows, H], of what was normalised
  std::span<float> products;       // [rows, entries], of X's rows
  std::span<float> of_x;           // [rows, H, K], left to backward: d loss / d x
};

// A cosine of vectors whose values were dropped is half that of the whole ones, not the same on
// average as a product is: what is learned with dropout would not hold without.
compute::Dropout DropoutOf(const Call& call, const Shape& shape) {
  return shape.is_normalised ? compute::Dropout{} : call.dropout;
}

// X's rows of the compressed or copied argument `index`.
Status FillVectors(const Call& call, const Shape& shape, const RowBlock<const float>& argument,
                   const Compression<const float>& compression, size_t index, size_t rows,
                   Workspace* work) {
  const size_t stride = shape.vectors * shape.width;
  float* first = work->x.data() + index * shape.width;
  if (compression.weight == nullptr) {
    for (size_t row = 0; row < rows; ++row) {
      std::ranges::copy(argument.Row(row), first + row * stride);
    }
    return {};
  }
  LLMEMBED_RETURN_IF_ERROR(compute::Gemm({rows, shape.width, argument.width},
                                         {argument.data, compute::Transpose::kNo, argument.stride},
                                         {compression.weight, compute::Transpose::kYes},
                                         {first, 1.0F, 0.0F, stride}, compute::GemmThreads::kAll));
  compute::BiasReluDropout(compression.bias, DropoutOf(call, shape),
                           {first, rows, shape.width, stride});
  return {};
}

void NormaliseRow(const Shape& shape, float* x, float* inverse_norms) {
  for (size_t i = 0; i < shape.vectors; ++i) {
    float* vector = x + i * shape.width;
    const float norm = std::sqrt(Dot(vector, vector, shape.width));
    inverse_norms[i] = norm > kSmallestNorm ? 1.0F / norm : 0.0F;
    for (size_t k = 0; k < shape.width; ++k) vector[k] *= inverse_norms[i];
  }
}

// PN as the paper's code has it, 2 sigmoid(sigma g) - 1, rounded as there: a product so large that
// nothing of its slope is left in f32 has none in training either (Adam makes much of the least).
float Sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

void PoolRow(const Shape& shape, float sigma, const float* x, float* products,
             std::span<float> result) {
  size_t entry = 0;
  for (size_t i = 0; i < shape.vectors; ++i) {
    for (size_t j = shape.is_upper ? i : 0; j < shape.vectors; ++j, ++entry) {
      products[entry] = Dot(x + i * shape.width, x + j * shape.width, shape.width);
      result[entry] = 2.0F * Sigmoid(sigma * products[entry]) - 1.0F;
    }
  }
}

Status Forward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  const std::vector<size_t> widths = Widths(arguments);
  const Shape shape(widths, call.settings);
  compute::LargeFloats own;
  Workspace work(shape, rows, call.saved != nullptr ? call.saved : &own);
  const auto compressions = Compressions(shape, std::span(widths), call.parameters);
  for (size_t i = 0; i < arguments.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(
        FillVectors(call, shape, arguments[i], compressions[i], i, rows, &work));
  }
  const float sigma = shape.is_learned ? call.parameters.back() : shape.sigma;
  compute::ParallelParts(rows, 64, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      float* x = work.x.data() + row * shape.vectors * shape.width;
      if (shape.is_normalised) {
        NormaliseRow(shape, x, work.inverse_norms.data() + row * shape.vectors);
      }
      PoolRow(shape, sigma, x, work.products.data() + row * shape.entries(), result.Row(row));
    }
  });
  return {};
}

// One row's gradient back to X (before it was normalised), [H, K]; returns that of sigma.
// With g = x_i . x_j and s = sigmoid(sigma g): dPN/dg = 2 sigma s (1 - s), dPN/dsigma = 2 g s (1 -
// s).
double BackwardRow(const Shape& shape, float sigma, const float* x, const float* inverse_norms,
                   const float* products, std::span<const float> of_result, float* of_x) {
  double of_sigma = 0.0;
  size_t entry = 0;
  std::fill_n(of_x, shape.vectors * shape.width, 0.0F);
  for (size_t i = 0; i < shape.vectors; ++i) {
    for (size_t j = shape.is_upper ? i : 0; j < shape.vectors; ++j, ++entry) {
      const float s = Sigmoid(sigma * products[entry]);
      const float slope = of_result[entry] * 2.0F * s * (1.0F - s);
      const float* x_i = x + i * shape.width;
      const float* x_j = x + j * shape.width;
      if (shape.is_learned) of_sigma += slope * products[entry];
      const float of_product = slope * sigma;
      float* of_i = of_x + i * shape.width;
      float* of_j = of_x + j * shape.width;
      for (size_t k = 0; k < shape.width; ++k) of_i[k] += of_product * x_j[k];
      for (size_t k = 0; k < shape.width; ++k) of_j[k] += of_product * x_i[k];
    }
  }
  if (!shape.is_normalised) return of_sigma;
  // x = z / |z|: dz = (dx - x (x . dx)) / |z|.
  for (size_t i = 0; i < shape.vectors; ++i) {
    const float* vector = x + i * shape.width;
    float* gradient = of_x + i * shape.width;
    const float along = Dot(vector, gradient, shape.width);
    for (size_t k = 0; k < shape.width; ++k) {
      gradient[k] = (gradient[k] - along * vector[k]) * inverse_norms[i];
    }
  }
  return of_sigma;
}

// From the gradient of X's rows of argument `index` to those of its compression and itself.
// `result` are those rows of X; normalising them keeps what is positive and what is 0.
Status BackwardArgument(const Call& call, const Shape& shape, const RowBlock<const float>& argument,
                        const Compression<const float>& compression,
                        const Compression<float>& of_compression, size_t rows, const float* x,
                        float* of_x, const RowBlock<float>& of_argument) {
  const size_t stride = shape.vectors * shape.width;
  if (compression.weight == nullptr) {
    if (of_argument.data == nullptr) return {};
    for (size_t row = 0; row < rows; ++row) {
      const std::span<float> out = of_argument.Row(row);
      for (size_t k = 0; k < out.size(); ++k) out[k] += of_x[row * stride + k];
    }
    return {};
  }
  compute::ReluDropoutGradient(DropoutOf(call, shape), x, {of_x, rows, shape.width, stride});
  compute::SumRows(of_x, rows, stride, {of_compression.bias, shape.width});
  LLMEMBED_RETURN_IF_ERROR(compute::Gemm({shape.width, argument.width, rows},
                                         {of_x, compute::Transpose::kYes, stride},
                                         {argument.data, compute::Transpose::kNo, argument.stride},
                                         {of_compression.weight}, compute::GemmThreads::kAll));
  if (of_argument.data == nullptr) return {};
  return compute::Gemm({rows, argument.width, shape.width}, {of_x, compute::Transpose::kNo, stride},
                       {compression.weight}, {of_argument.data, 1.0F, 1.0F, of_argument.stride},
                       compute::GemmThreads::kAll);
}

Status Backward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  const std::vector<size_t> widths = Widths(arguments);
  const Shape shape(widths, call.settings);
  const Workspace work(shape, rows, call.saved);
  const size_t row_values = shape.vectors * shape.width;
  std::vector<double> of_sigma(rows, 0.0);
  const float sigma = shape.is_learned ? call.parameters.back() : shape.sigma;
  compute::ParallelParts(rows, 64, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      of_sigma[row] = BackwardRow(shape, sigma, work.x.data() + row * row_values,
                                  work.inverse_norms.data() + row * shape.vectors,
                                  work.products.data() + row * shape.entries(),
                                  gradients.result.Row(row), work.of_x.data() + row * row_values);
    }
  });
  if (shape.is_learned) {
    double sum = 0.0;
    for (const double value : of_sigma) sum += value;
    gradients.parameters.back() = static_cast<float>(sum);
  }
  const auto compressions = Compressions(shape, std::span(widths), call.parameters);
  const auto of_compressions = Compressions(shape, std::span(widths), gradients.parameters);
  for (size_t i = 0; i < arguments.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(
        BackwardArgument(call, shape, arguments[i], compressions[i], of_compressions[i], rows,
                         work.x.data() + i * shape.width, work.of_x.data() + i * shape.width,
                         gradients.arguments[i]));
  }
  return {};
}

}  // namespace

extern const Operator kCo;
constinit const Operator kCo = {.name = "co",
                                .settings = kSettings,
                                .infer_width = InferWidth,
                                .parameters = Parameters,
                                .forward = Forward,
                                .backward = Backward};

}  // namespace llmembed::fusion

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

#include "fusion/operators/operator.h"

namespace llmembed::fusion {
namespace {

constexpr size_t kMaxVectors = 256;
constexpr size_t kMaxWidth = 65536;

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
      : is_learned(settings[4] != 0.0),
        vectors(widths.size()),
        width(settings[1] != 0.0 ? static_cast<size_t>(settings[1])
                                 : *std::min_element(widths.begin(), widths.end())),
        co{.vectors = vectors,
           .width = width,
           .is_normalised = settings[2] != 0.0,
           .is_upper = settings[3] != 0.0,
           .slope = static_cast<float>(settings[0])} {}

  bool is_learned;
  size_t vectors;  // H
  size_t width;    // K
  compute::CoOccurrence co;
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
  return shape.co.entries();
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
  if (shape.is_learned) specs.push_back({.name = "sigma", .shape = {1}, .start = shape.co.slope});
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

// What forward works out and backward needs again.
struct Workspace {
  static Result<Workspace> Of(const Call& call, const Shape& shape, size_t rows,
                              compute::Array<float>* memory) {
    const size_t vectors = rows * shape.vectors * shape.width;
    const size_t lengths = rows * shape.vectors;
    Workspace work;
    work.co = shape.co;
    LLMEMBED_RETURN_IF_ERROR(
        memory->Resize(call.ops, 2 * vectors + lengths + rows * shape.co.entries()));
    if (shape.is_learned) work.co.learned_slope = &call.parameters.back();
    work.co.x = memory->data();
    work.of_x = work.co.x + vectors;
    work.co.inverse_lengths = work.of_x + vectors;
    work.co.products = work.co.inverse_lengths + lengths;
    return work;
  }

  compute::CoOccurrence co;
  float* of_x = nullptr;  // [rows, H, K], left to backward: d loss / d x
};

// A cosine of vectors whose values were dropped is half that of the whole ones, not the same on
// average as a product is: what is learned with dropout would not hold without.
compute::Dropout DropoutOf(const Call& call, const Shape& shape) {
  return shape.co.is_normalised ? compute::Dropout{} : call.dropout;
}

// X's rows of the compressed or copied argument `index`.
Status FillVectors(const Call& call, const Shape& shape, const RowBlock<const float>& argument,
                   const Compression<const float>& compression, size_t index, size_t rows,
                   float* x) {
  const size_t stride = shape.vectors * shape.width;
  float* first = x + index * shape.width;
  if (compression.weight == nullptr) {
    return call.ops->CopyRows(argument, rows, {first, shape.width, stride});
  }
  LLMEMBED_RETURN_IF_ERROR(call.ops->Gemm({rows, shape.width, argument.width},
                                          {argument.data, compute::Transpose::kNo, argument.stride},
                                          {compression.weight, compute::Transpose::kYes},
                                          {first, 1.0F, 0.0F, stride}));
  return call.ops->BiasReluDropout(compression.bias, DropoutOf(call, shape),
                                   {first, rows, shape.width, stride});
}

Status Forward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
               RowBlock<float> result) {
  const std::vector<size_t> widths = Widths(arguments);
  const Shape shape(widths, call.settings);
  compute::Array<float> own;
  LLMEMBED_ASSIGN_OR_RETURN(
      const Workspace work,
      Workspace::Of(call, shape, rows, call.saved != nullptr ? call.saved : &own));
  const auto compressions = Compressions(shape, std::span(widths), call.parameters);
  for (size_t i = 0; i < arguments.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(
        FillVectors(call, shape, arguments[i], compressions[i], i, rows, work.co.x));
  }
  return call.ops->CoOccur(work.co, rows, result);
}

// From the gradient of X's rows of argument `index` to those of its compression and itself.
// `x` are those rows of X; normalising them keeps what is positive and what is 0.
Status BackwardArgument(const Call& call, const Shape& shape, const RowBlock<const float>& argument,
                        const Compression<const float>& compression,
                        const Compression<float>& of_compression, size_t rows, const float* x,
                        float* of_x, const RowBlock<float>& of_argument) {
  const size_t stride = shape.vectors * shape.width;
  if (compression.weight == nullptr) {
    if (of_argument.data == nullptr) return {};
    return call.ops->AddRows({of_x, shape.width, stride}, 1.0F, rows, of_argument);
  }
  LLMEMBED_RETURN_IF_ERROR(
      call.ops->ReluDropoutGradient(DropoutOf(call, shape), x, {of_x, rows, shape.width, stride}));
  LLMEMBED_RETURN_IF_ERROR(
      call.ops->SumRows(of_x, rows, stride, {of_compression.bias, shape.width}));
  LLMEMBED_RETURN_IF_ERROR(call.ops->Gemm(
      {shape.width, argument.width, rows}, {of_x, compute::Transpose::kYes, stride},
      {argument.data, compute::Transpose::kNo, argument.stride}, {of_compression.weight}));
  if (of_argument.data == nullptr) return {};
  return call.ops->Gemm({rows, argument.width, shape.width},
                        {of_x, compute::Transpose::kNo, stride}, {compression.weight},
                        {of_argument.data, 1.0F, 1.0F, of_argument.stride});
}

Status Backward(const Call& call, std::span<const RowBlock<const float>> arguments, size_t rows,
                RowBlock<const float>, const CallGradients& gradients) {
  const std::vector<size_t> widths = Widths(arguments);
  const Shape shape(widths, call.settings);
  LLMEMBED_ASSIGN_OR_RETURN(const Workspace work, Workspace::Of(call, shape, rows, call.saved));
  float* const of_slope = shape.is_learned ? &gradients.parameters.back() : nullptr;
  LLMEMBED_RETURN_IF_ERROR(
      call.ops->CoOccurGradient(work.co, rows, gradients.result, work.of_x, of_slope));
  const auto compressions = Compressions(shape, std::span(widths), call.parameters);
  const auto of_compressions = Compressions(shape, std::span(widths), gradients.parameters);
  for (size_t i = 0; i < arguments.size(); ++i) {
    LLMEMBED_RETURN_IF_ERROR(BackwardArgument(call, shape, arguments[i], compressions[i],
                                              of_compressions[i], rows, work.co.x + i * shape.width,
                                              work.of_x + i * shape.width, gradients.arguments[i]));
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

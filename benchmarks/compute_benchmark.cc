// Operations of a transformer on one core, in every math type, over the models of the table of
// cases. FLOP counts a multiplication and an addition as two, and of attention what is not masked.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <iostream>

#include "compute/op_cases/op_cases.h"
#include "compute/op_cases/random_data.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

constexpr size_t kTokens = 512;  // a whole batch
constexpr size_t kTextLengths[] = {64, 128, 512};

struct Engine {
  std::string name;  // of the math type
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Stream> stream;
  DType type() const { return backend->activation_type(); }
};

void SetRate(benchmark::State& state, const char* name, double per_call) {
  state.counters[name] =
      benchmark::Counter(per_call, benchmark::Counter::kIsIterationInvariantRate);
}

// Times `call`, a Status-returning function.
template <typename Call>
void Measure(benchmark::State& state, const Call& call) {
  for (auto _ : state) {
    const Status status = call();
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
  }
}

void Linear(benchmark::State& state, const Engine& engine, const LinearCase& c) {
  base::Random random(1);
  const auto in = RandomMatrix(engine.type(), kTokens, c.inputs, 1.0F, &random);
  const auto out = ZeroMatrix(engine.type(), kTokens, c.outputs);
  const auto weight = RandomWeight(DType::kBF16, c.inputs * c.outputs, 0.1F, &random);
  const auto packed = engine.backend->Pack(weight.view(), {}, c.inputs, c.outputs);
  if (!packed.ok()) return state.SkipWithError(packed.status().message().c_str());
  Measure(state, [&] { return engine.stream->Linear(**packed, in.view, out.view); });
  SetRate(state, "FLOP", 2.0 * static_cast<double>(kTokens * c.inputs * c.outputs));
}

// Bytes read.
void Pack(benchmark::State& state, const Engine& engine, const LinearCase& c, DType dtype) {
  base::Random random(1);
  const auto weight = RandomWeight(dtype, c.inputs * c.outputs, 0.1F, &random);
  Measure(state, [&]() -> Status {
    return engine.backend->Pack(weight.view(), {}, c.inputs, c.outputs).status();
  });
  SetRate(state, "bytes", static_cast<double>(c.inputs * c.outputs * DTypeSize(dtype)));
}

void Attention(benchmark::State& state, const Engine& engine, AttentionShape shape, size_t length) {
  base::Random random(1);
  const auto bias = RandomBias(shape, &random);
  shape.distance_bias = bias;
  const auto starts =
      StartsOf(std::vector<int32_t>(kTokens / length, static_cast<int32_t>(length)));
  const auto qkv = RandomMatrix(engine.type(), kTokens, shape.qkv_width(), 1.0F, &random);
  const auto out = ZeroMatrix(engine.type(), kTokens, shape.query_width());
  Measure(state, [&] { return engine.stream->Attention(shape, {starts, {}}, qkv.view, out.view); });
  const double seen = shape.is_causal ? static_cast<double>(length + 1) / 2 : length;  // by a query
  SetRate(state, "FLOP", 4.0 * kTokens * seen * static_cast<double>(shape.query_width()));
}

void TransformHeads(benchmark::State& state, const Engine& engine, const AttentionShape& shape) {
  base::Random random(1);
  const auto cos = RandomFloats(kTokens * (shape.head_size / 2), 0.7F, &random);
  const auto sin = RandomFloats(kTokens * (shape.head_size / 2), 0.7F, &random);
  const auto qkv = RandomMatrix(engine.type(), kTokens, shape.qkv_width(), 1.0F, &random);
  const HeadTransform turn{.cos = cos, .sin = sin};
  Measure(state, [&] { return engine.stream->TransformHeads(shape, turn, qkv.view); });
  SetRate(state, "values", static_cast<double>(kTokens * (shape.query_width() + shape.kv_width())));
}

void AddNorm(benchmark::State& state, const Engine& engine, const ModelCase& model) {
  base::Random random(1);
  const bool is_layer = model.norm == NormKind::kLayer;
  const auto scale = RandomFloats(model.width, 1.0F, &random);
  const auto shift = RandomFloats(is_layer ? model.width : 0, 1.0F, &random);
  const NormWeights weights{model.norm, scale, shift, 1e-6F};
  const auto x = RandomMatrix(DType::kF32, kTokens, model.width, 1.0F, &random);
  const auto residual = RandomMatrix(DType::kF32, kTokens, model.width, 1e-6F, &random);
  const auto normed = ZeroMatrix(DType::kF32, kTokens, model.width);
  const auto rounded = ZeroMatrix(DType::kBF16, kTokens, model.width);
  const bool rounds = engine.type() == DType::kBF16;
  // Behind a block the stream is its norm; before one the norm alone goes on, in the math type.
  const Matrix to = is_layer ? x.view : rounds ? Matrix{} : normed.view;
  Measure(state, [&] {
    return engine.stream->AddNorm(weights, x.view, residual.view, to,
                                  rounds ? rounded.view : Matrix{});
  });
  SetRate(state, "values", static_cast<double>(kTokens * model.width));
}

void Activate(benchmark::State& state, const Engine& engine, const ModelCase& model) {
  base::Random random(1);
  const auto start = RandomMatrix(engine.type(), kTokens, model.feed_forward_width, 2.0F, &random);
  const auto x = CopyOf(start.view);
  const size_t bytes = kTokens * model.feed_forward_width * DTypeSize(engine.type());
  Measure(state, [&] {
    state.PauseTiming();  // in place: after a few rounds all values would be near 0
    std::memcpy(x.view.data, start.view.data, bytes);
    state.ResumeTiming();
    return engine.stream->Activate(model.activation, x.view);
  });
  SetRate(state, "values", static_cast<double>(kTokens * model.feed_forward_width));
}

void ActivateGated(benchmark::State& state, const Engine& engine, const ModelCase& model) {
  base::Random random(1);
  const size_t width = model.feed_forward_width;
  const auto in = RandomMatrix(engine.type(), kTokens, 2 * width, 2.0F, &random);
  const auto out = ZeroMatrix(engine.type(), kTokens, width);
  Measure(state, [&] { return engine.stream->ActivateGated(model.activation, in.view, out.view); });
  SetRate(state, "values", static_cast<double>(kTokens * width));
}

// "<operation>/<math type>/<model>/<detail>"
void RegisterModel(const Engine& engine, const ModelCase& model) {
  const auto add = [&](const char* operation, const std::string& detail, auto function) {
    std::string name = operation;
    name += "/" + engine.name + "/" + model.name + (detail.empty() ? "" : "/" + detail);
    benchmark::RegisterBenchmark(name.c_str(), [&engine, function](benchmark::State& state) {
      function(state, engine);
    })->Unit(benchmark::kMicrosecond);
  };
  for (const LinearCase& c : LinearCasesOf(model)) {
    const std::string shape = std::to_string(c.inputs) + "x" + std::to_string(c.outputs);
    add("linear", shape, [c](auto& state, const Engine& e) { Linear(state, e, c); });
    add("pack_f32", shape, [c](auto& state, const Engine& e) { Pack(state, e, c, DType::kF32); });
    add("pack_bf16", shape, [c](auto& state, const Engine& e) { Pack(state, e, c, DType::kBF16); });
  }
  for (const size_t length : kTextLengths) {
    add("attention", std::to_string(length), [&model, length](auto& state, const Engine& e) {
      Attention(state, e, model.attention, length);
    });
  }
  if (model.turns_heads) {
    add("transform_heads", "",
        [&model](auto& state, const Engine& e) { TransformHeads(state, e, model.attention); });
  }
  add("add_norm", "", [&model](auto& state, const Engine& e) { AddNorm(state, e, model); });
  if (model.is_gated) {
    add("gate", "", [&model](auto& state, const Engine& e) { ActivateGated(state, e, model); });
  } else {
    add("activate", "", [&model](auto& state, const Engine& e) { Activate(state, e, model); });
  }
}

int Main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("instruction_set", CpuInstructionSet());
  std::vector<std::unique_ptr<Engine>> engines;
  for (const MathType type : {MathType::kF32, MathType::kBF16, MathType::kInt8}) {
    auto backend = MakeCpuBackend(type);
    if (!backend.ok()) {
      std::cerr << "left out: " << backend.status().message() << '\n';
      continue;
    }
    auto stream = (*backend)->MakeStream();
    if (!stream.ok()) {
      std::cerr << stream.status().message() << '\n';
      return 1;
    }
    engines.push_back(std::make_unique<Engine>(
        Engine{MathTypeName(type), *std::move(backend), *std::move(stream)}));
    for (const ModelCase& model : ModelCases()) RegisterModel(*engines.back(), model);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace llmembed::compute

int main(int argc, char** argv) { return llmembed::compute::Main(argc, argv); }

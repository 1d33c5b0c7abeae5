// Operations of a transformer on one core, in both math types, over the whole batches of the table
// of cases: MiniLM's shapes. FLOP counts a multiplication and an addition as two.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <iostream>

#include "compute/op_cases/op_cases.h"

namespace llmembed::compute {
namespace {

constexpr size_t kBatchRows = 512;  // the table's smaller cases are for tests

struct Engine {
  std::string name;  // of the math type
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Stream> stream;
  tensor::DType type() const { return backend->activation_type(); }
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
  const auto in = RandomMatrix(engine.type(), c.rows, c.inputs, 1.0F, &random);
  const auto out = RandomMatrix(engine.type(), c.rows, c.outputs, 0.0F, &random);
  const auto weights =
      engine.backend->Pack(RandomFloats(c.inputs * c.outputs, 0.1F, &random),
                           RandomFloats(c.outputs, 1.0F, &random), c.inputs, c.outputs);
  if (!weights.ok()) return state.SkipWithError(weights.status().message().c_str());
  Measure(state, [&] { return engine.stream->Linear(**weights, in.view, out.view); });
  SetRate(state, "FLOP", 2.0 * static_cast<double>(c.rows * c.inputs * c.outputs));
}

void Attention(benchmark::State& state, const Engine& engine, const AttentionCase& c) {
  base::Random random(1);
  const auto starts = StartsOf(c.lengths);
  const auto tokens = static_cast<size_t>(starts.back());
  const size_t width = c.heads * c.head_size;
  const auto qkv = RandomMatrix(engine.type(), tokens, 3 * width, 1.0F, &random);
  const auto out = RandomMatrix(engine.type(), tokens, width, 0.0F, &random);
  const AttentionShape shape{c.heads, c.head_size,
                             1.0F / std::sqrt(static_cast<float>(c.head_size))};
  Measure(state, [&] { return engine.stream->Attention(shape, qkv.view, starts, out.view); });
  double pairs = 0.0;  // of a query and a key, each multiplied in twice: scores, values
  for (const int32_t length : c.lengths) pairs += static_cast<double>(length) * length;
  SetRate(state, "FLOP", 4.0 * pairs * static_cast<double>(width));
}

void AddLayerNorm(benchmark::State& state, const Engine& engine, const NormCase& c) {
  base::Random random(1);
  const auto scale = RandomFloats(c.width, 1.0F, &random);
  const auto shift = RandomFloats(c.width, 1.0F, &random);
  const LayerNormWeights weights{scale, shift, 1e-12F};
  const auto x = RandomMatrix(tensor::DType::kF32, c.rows, c.width, 1.0F, &random);
  const auto residual = RandomMatrix(tensor::DType::kF32, c.rows, c.width, 1.0F, &random);
  const auto rounded = RandomMatrix(tensor::DType::kBF16, c.rows, c.width, 0.0F, &random);
  const Matrix copy = engine.type() == tensor::DType::kBF16 ? rounded.view : Matrix{};
  const Matrix added = c.has_residual ? residual.view : Matrix{};
  Measure(state, [&] { return engine.stream->AddLayerNorm(weights, x.view, added, copy); });
  SetRate(state, "values", static_cast<double>(c.rows * c.width));
}

void Activate(benchmark::State& state, const Engine& engine, const ActivationCase& c) {
  base::Random random(1);
  const auto start = RandomMatrix(engine.type(), c.rows, c.width, 2.0F, &random);
  const auto x = CopyOf(start);
  const size_t bytes = c.rows * c.width * tensor::DTypeSize(engine.type());
  Measure(state, [&] {
    state.PauseTiming();  // in place: after a few rounds all values would be near 0
    std::memcpy(x.view.data, start.view.data, bytes);
    state.ResumeTiming();
    return engine.stream->Activate(c.activation, x.view);
  });
  SetRate(state, "values", static_cast<double>(c.rows * c.width));
}

std::string Join(std::initializer_list<size_t> sizes) {
  std::string text;
  for (const size_t size : sizes) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

void Register(const Engine& engine) {
  const auto add = [&](const char* operation, const std::string& shape, auto function,
                       const auto& c) {
    benchmark::RegisterBenchmark(
        (operation + ("/" + engine.name) + "/" + shape).c_str(),
        [&engine, &c, function](benchmark::State& state) { function(state, engine, c); })
        ->Unit(benchmark::kMicrosecond);
  };
  for (const LinearCase& c : LinearCases()) {
    if (c.rows >= kBatchRows) add("linear", Join({c.rows, c.inputs, c.outputs}), Linear, c);
  }
  for (const AttentionCase& c : AttentionCases()) {
    const auto rows = static_cast<size_t>(StartsOf(c.lengths).back());
    if (rows >= kBatchRows) add("attention", Join({rows, c.heads, c.head_size}), Attention, c);
  }
  for (const NormCase& c : NormCases()) {
    if (c.rows >= kBatchRows) add("add_layer_norm", Join({c.rows, c.width}), AddLayerNorm, c);
  }
  for (const ActivationCase& c : ActivationCases()) {
    if (c.rows >= kBatchRows) add("gelu", Join({c.rows, c.width}), Activate, c);
  }
}

int Main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("instruction_set", CpuInstructionSet());
  std::vector<std::unique_ptr<Engine>> engines;
  for (const MathType type : {MathType::kF32, MathType::kBF16}) {
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
        Engine{type == MathType::kF32 ? "f32" : "bf16", *std::move(backend), *std::move(stream)}));
    Register(*engines.back());
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace llmembed::compute

int main(int argc, char** argv) { return llmembed::compute::Main(argc, argv); }

// What tools/gpu_check runs: operations against the reference, states of whole models, speed.
//   gpu_check_program ops f32|bf16|fp8 [small]
//   gpu_check_program states SPEC WEIGHTS IDS OUT cuda|reference f32|bf16|fp8
//   gpu_check_program speed SPEC f32|bf16|fp8 BATCH_TOKENS LENGTHS...
//   gpu_check_program parts SPEC f32|bf16|fp8 BATCH_TOKENS LENGTHS
//   gpu_check_program rows
//   gpu_check_program train small|full PRESETS...
//   gpu_check_program train time ROWS EPOCHS PRESETS...
// Prints lines of JSON. IDS, LENGTHS: files of numbers, a text's ids a line, a length a line.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "compute/cuda/plugin.h"
#include "compute/op_cases/backend_check.h"
#include "plain_model.h"
#include "speed.h"
#include "timed_backend.h"
#include "training.h"

namespace llmembed::gpu {
namespace {

using Arguments = std::vector<std::string>;

compute::MathType MathOf(const std::string& word) {
  if (word == "f32") return compute::MathType::kF32;
  return word == "fp8" ? compute::MathType::kFp8 : compute::MathType::kBF16;
}

Result<std::unique_ptr<compute::Backend>> BackendOf(const std::string& device,
                                                    const std::string& math) {
  if (device == "reference") return compute::MakeReferenceBackend(MathOf(math));
  return compute::cuda::MakeBackend(MathOf(math), 0);
}

Status CheckOperations(const Arguments& arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, BackendOf("cuda", arguments[1]));
  const auto reference = compute::MakeReferenceBackend(MathOf(arguments[1]));
  LLMEMBED_ASSIGN_OR_RETURN(const auto cases,
                            compute::CheckBackend(*backend, *reference, arguments.size() > 2));
  size_t failed = 0;
  double worst = 0.0;
  for (const compute::CheckedCase& one : cases) {
    worst = std::max(worst, std::min(one.difference / one.bar, 1e9));  // JSON has no infinity
    if (one.ok()) continue;
    ++failed;
    std::fprintf(stderr, "FAILED %s: %g, at most %g\n", one.name.c_str(), one.difference, one.bar);
  }
  std::printf("{\"cases\": %zu, \"failed\": %zu, \"worst_of_bar\": %.4g}\n", cases.size(), failed,
              worst);
  return failed == 0 ? Status() : Status(StatusCode::kMismatch, "operations differ");
}

// The texts' states at each layer, behind the final norm where there is one: all layers of f32.
Status WriteStates(const Arguments& arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const Spec spec, Spec::Read(arguments[1]));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, BackendOf(arguments[5], arguments[6]));
  FileWeights weights(arguments[2]);
  LLMEMBED_ASSIGN_OR_RETURN(const auto backbone, MakeBackbone(spec, &weights, *backend));
  if (!weights.IsAtEnd()) return {StatusCode::kCorrupt, "the file of weights is too long"};
  backbone::TokenBatch batch;
  std::ifstream texts(arguments[3]);
  for (std::string line; std::getline(texts, line);) {
    std::istringstream numbers(line);
    std::vector<int32_t> ids;
    for (int32_t id = 0; numbers >> id;) ids.push_back(id);
    batch.Add(ids, backbone->config());
  }
  std::ofstream out(arguments[4], std::ios::binary);
  LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone->NewSession(batch.tokens()));
  std::vector<float> states(batch.tokens() * backbone->config().width);
  return session.Run(
      batch, [&](const backbone::StatePoint& point, const compute::Matrix& state) -> Status {
        if (point.is_before_final_norm) return {};
        LLMEMBED_RETURN_IF_ERROR(session.stream()->Fetch(state, states));
        LLMEMBED_RETURN_IF_ERROR(session.stream()->Finish());
        out.write(reinterpret_cast<const char*>(states.data()),
                  static_cast<std::streamsize>(states.size() * sizeof(float)));
        return out.good() ? Status() : Status(StatusCode::kIo, "states could not be written");
      });
}

std::vector<uint32_t> ReadLengths(const std::string& path) {
  std::ifstream file(path);
  std::vector<uint32_t> lengths;
  for (uint32_t length = 0; file >> length;) lengths.push_back(length);
  return lengths;
}

void PrintSpeed(const std::string& lengths, size_t batch_tokens, unsigned streams,
                const Speed& speed, double operations) {
  const double rate = static_cast<double>(speed.tokens) / speed.seconds;
  std::printf(
      "{\"lengths\": \"%s\", \"batch_tokens\": %zu, \"streams\": %u, \"texts\": %zu, \"tokens\": "
      "%zu, \"seconds\": %.4f, \"tokens_per_s\": %.1f, \"texts_per_s\": %.1f, \"tflops\": %.1f}\n",
      lengths.c_str(), batch_tokens, streams, speed.texts, speed.tokens, speed.seconds, rate,
      static_cast<double>(speed.texts) / speed.seconds, rate * operations * 1e-12);
  std::fflush(stdout);
}

// batch tokens "0": what the backend asks for; "N/1": one stream.
Status TimeBackbone(const Arguments& arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const Spec spec, Spec::Read(arguments[1]));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, BackendOf("cuda", arguments[2]));
  RandomWeights weights;
  LLMEMBED_ASSIGN_OR_RETURN(const auto backbone, MakeBackbone(spec, &weights, *backend));
  std::istringstream sizes(arguments[3]);
  for (std::string size; std::getline(sizes, size, ',');) {
    const size_t asked = std::stoul(size);
    const size_t tokens = asked == 0 ? backbone->BatchTokens() : asked;
    const unsigned streams = size.find("/1") != std::string::npos ? 1 : backend->StreamLimit();
    for (size_t i = 4; i < arguments.size(); ++i) {
      LLMEMBED_ASSIGN_OR_RETURN(
          const Speed speed,
          MeasureSpeed(*backbone, ReadLengths(arguments[i]), tokens, *backend, streams));
      PrintSpeed(arguments[i], tokens, streams, speed, TokenOperations(spec));
    }
  }
  return {};
}

Status TimeParts(const Arguments& arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const Spec spec, Spec::Read(arguments[1]));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, BackendOf("cuda", arguments[2]));
  const TimedBackend timed(backend.get());
  RandomWeights weights;
  LLMEMBED_ASSIGN_OR_RETURN(const auto backbone, MakeBackbone(spec, &weights, timed));
  const std::vector<uint32_t> lengths = ReadLengths(arguments[4]);
  const size_t tokens = std::stoul(arguments[3]);
  // Once to warm up: what it took is forgotten.
  LLMEMBED_RETURN_IF_ERROR(MeasureSpeed(*backbone, lengths, tokens, timed, 1).status());
  timed.seconds.clear();
  LLMEMBED_ASSIGN_OR_RETURN(const Speed speed,
                            MeasureSpeed(*backbone, lengths, tokens, timed, 1, /*warms_up=*/false));
  std::printf("{");
  for (const auto& [name, seconds] : timed.seconds) {
    std::printf("\"%s\": %.4f, ", name.c_str(), seconds);
  }
  std::printf("\"batch_tokens\": %zu, \"seconds\": %.4f, \"tokens\": %zu}\n", tokens, speed.seconds,
              speed.tokens);
  return {};
}

Status TrainHeads(const Arguments& arguments) {
  const bool is_timed = arguments[1] == "time";
  const std::vector<std::string> presets(arguments.begin() + (is_timed ? 4 : 2), arguments.end());
  if (!is_timed) return CompareTraining(arguments[1] == "full", presets);
  return TimeTraining(std::stoul(arguments[2]), static_cast<uint32_t>(std::stoul(arguments[3])),
                      presets);
}

Status Main(const Arguments& arguments) {
  if (arguments.size() >= 2 && arguments[0] == "ops") return CheckOperations(arguments);
  if (arguments.size() == 7 && arguments[0] == "states") return WriteStates(arguments);
  if (arguments.size() >= 5 && arguments[0] == "speed") return TimeBackbone(arguments);
  if (arguments.size() == 5 && arguments[0] == "parts") return TimeParts(arguments);
  if (arguments.size() == 1 && arguments[0] == "rows") return CheckRows();
  const size_t least = arguments.size() > 1 && arguments[1] == "time" ? 5 : 3;
  if (arguments.size() >= least && arguments[0] == "train") return TrainHeads(arguments);
  return {StatusCode::kUsage, "expected another first word: see the file's first lines"};
}

}  // namespace
}  // namespace llmembed::gpu

int main(int argc, char** argv) {
  const llmembed::Status status =
      llmembed::gpu::Main(std::vector<std::string>(argv + 1, argv + argc));
  if (status.ok()) return 0;
  std::fprintf(stderr, "gpu_check_program: %s\n", status.message().c_str());
  return 1;
}

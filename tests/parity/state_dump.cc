// Writes every hidden state of every token of some texts to a safetensors file, for
// tools/compare_architectures and tools/compare_full_size, which hold them against `transformers`.
//
//   state_dump --model FOLDER --texts FILE.json --out FILE.safetensors [--dtype f32|bf16]
//              [--backend cpu|reference] [--packed] [--pooler]
//
// The texts are a JSON array of arrays of token ids; state_file.h says what the file holds. It is
// written as the states are made: memory is the model's and one batch's. Each text runs alone, or
// with --packed all in one batch. Prints what it took as JSON.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "backbone/backbone.h"
#include "backbone/config_reader.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "parity/state_file.h"

namespace {

using llmembed::Result;
using llmembed::Status;
using llmembed::StatusCode;
using llmembed::backbone::Backbone;
using llmembed::backbone::StatePoint;
using llmembed::backbone::TokenBatch;
using llmembed::parity::StateFile;
namespace compute = llmembed::compute;

struct Options {
  std::string model, texts, out;
  std::string dtype = "f32";
  std::string backend = "cpu";
  bool is_packed = false;
  bool has_pooler = false;
};

Result<Options> ParseOptions(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::string*> values = {{"--model", &options.model},
                                                      {"--texts", &options.texts},
                                                      {"--out", &options.out},
                                                      {"--dtype", &options.dtype},
                                                      {"--backend", &options.backend}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--packed") {
      options.is_packed = true;
    } else if (name == "--pooler") {
      options.has_pooler = true;
    } else if (const auto found = values.find(name); found != values.end() && i + 1 < argc) {
      *found->second = argv[++i];
    } else {
      return Status(StatusCode::kUsage, name + ": no such option, or it needs a value");
    }
  }
  if (options.model.empty() || options.texts.empty() || options.out.empty()) {
    return Status(StatusCode::kUsage, "--model, --texts and --out are needed");
  }
  return options;
}

Result<std::unique_ptr<compute::Backend>> MakeBackend(const Options& options) {
  if (options.dtype != "f32" && options.dtype != "bf16") {
    return Status(StatusCode::kUsage, "--dtype is f32 or bf16");
  }
  const auto type = options.dtype == "f32" ? compute::MathType::kF32 : compute::MathType::kBF16;
  if (options.backend == "reference") return compute::MakeReferenceBackend(type);
  if (options.backend == "cpu") return compute::MakeCpuBackend(type);
  return Status(StatusCode::kUsage, "--backend is cpu or reference");
}

using Texts = std::vector<std::vector<int32_t>>;

Result<Texts> ReadTexts(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto json, llmembed::base::ReadJsonFile(path));
  Texts texts;
  for (const auto& ids : json) {
    const bool are_ids =
        ids.is_array() && !ids.empty() &&
        std::all_of(ids.begin(), ids.end(), [](const auto& id) { return id.is_number_integer(); });
    if (!are_ids) return Status(StatusCode::kBadData, path + ": needs arrays of token ids");
    texts.push_back(ids.get<std::vector<int32_t>>());
  }
  if (texts.empty()) return Status(StatusCode::kBadData, path + ": holds no text");
  return texts;
}

size_t TokensOf(const Texts& texts) {
  size_t tokens = 0;
  for (const auto& text : texts) tokens += text.size();
  return tokens;
}

// Runs texts and writes what they give.
class Dump {
 public:
  Dump(Backbone::Session session, const Backbone& backbone, StateFile* file)
      : session_(std::move(session)), backbone_(backbone), file_(file) {}

  Status RunAlone(const Texts& texts) {
    TokenBatch batch;
    for (const auto& text : texts) {
      batch.Clear();
      batch.Add(text, backbone_.config());
      LLMEMBED_RETURN_IF_ERROR(RunBatch(batch));
    }
    return {};
  }

  Status RunPacked(const Texts& texts) {
    TokenBatch batch;
    for (const auto& text : texts) batch.Add(text, backbone_.config());
    return RunBatch(batch);
  }

  Status WritePooled() {
    std::vector<float> pooled(first_states_.size());
    LLMEMBED_RETURN_IF_ERROR(session_.ApplyPooler(first_states_, pooled));
    return file_->WritePooled(pooled);
  }

 private:
  Status RunBatch(const TokenBatch& batch) {
    LLMEMBED_RETURN_IF_ERROR(
        session_.Run(batch, [&](const StatePoint& point, const compute::Matrix& state) {
          if (point.layer == backbone_.config().layers && !point.is_before_final_norm) {
            for (size_t text = 0; text < batch.texts(); ++text) {
              const float* first =
                  state.f32() + static_cast<size_t>(batch.starts[text]) * state.columns;
              first_states_.insert(first_states_.end(), first, first + state.columns);
            }
          }
          return file_->WriteState(point, first_token_, state);
        }));
    first_token_ += batch.tokens();
    return {};
  }

  Backbone::Session session_;
  const Backbone& backbone_;
  StateFile* file_;
  size_t first_token_ = 0;           // of the batch, in the file
  std::vector<float> first_states_;  // [texts, D], the last layer's
};

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Status Run(int argc, char** argv) {
  LLMEMBED_ASSIGN_OR_RETURN(const Options options, ParseOptions(argc, argv));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, MakeBackend(options));
  LLMEMBED_ASSIGN_OR_RETURN(const Texts texts, ReadTexts(options.texts));
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, llmembed::backbone::ReadConfig(options.model));
  llmembed::base::ThreadPool pool(0);
  auto start = std::chrono::steady_clock::now();
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto backbone,
      Backbone::Load(
          options.model,
          {.deepest_layer = found.config.layers, .needs_pooler = options.has_pooler, .pool = &pool},
          *backend));
  const double load_seconds = SecondsSince(start);

  const size_t tokens = TokensOf(texts);
  LLMEMBED_ASSIGN_OR_RETURN(StateFile file,
                            StateFile::Create(options.out, backbone->config(),
                                              {tokens, texts.size(), options.has_pooler}));
  start = std::chrono::steady_clock::now();
  LLMEMBED_ASSIGN_OR_RETURN(auto session, backbone->NewSession(options.is_packed ? tokens : 1));
  Dump dump(std::move(session), *backbone, &file);
  LLMEMBED_RETURN_IF_ERROR(options.is_packed ? dump.RunPacked(texts) : dump.RunAlone(texts));
  if (options.has_pooler) LLMEMBED_RETURN_IF_ERROR(dump.WritePooled());
  std::printf("{\"load_seconds\": %.3f, \"run_seconds\": %.3f, \"tokens\": %zu}\n", load_seconds,
              SecondsSince(start), tokens);
  return file.Close();
}

}  // namespace

int main(int argc, char** argv) {
  const Status status = Run(argc, argv);
  if (!status.ok()) std::fprintf(stderr, "state_dump: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

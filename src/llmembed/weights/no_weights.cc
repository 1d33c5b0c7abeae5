#include "weights/no_weights.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "gguf/find_gguf.h"
#include "weights/model_files.h"

namespace llmembed::weights {
namespace {

namespace fs = std::filesystem;

// What a pickle is called, and the command that makes safetensors of it. DIR and FILE in the
// command stand for where it lies and its name.
struct PickleKind {
  const char* prefix;
  const char* extension;
  const char* command;
};

constexpr char kByTransformers[] =
    "python -c \"from transformers import AutoModel as M; M.from_pretrained('DIR')"
    ".save_pretrained('DIR', safe_serialization=True)\"";
constexpr char kByTorch[] =
    "python -c \"import torch, safetensors.torch as s; s.save_file(torch.load('DIR/FILE', "
    "weights_only=True), 'DIR/model.safetensors')\"";
constexpr char kByPublishersScript[] =
    "python -m transformers.models.llama.convert_llama_weights_to_hf --input_dir DIR "
    "--output_dir OUTPUT (for a Llama; else the script of the model's publisher)";

// The first that fits.
constexpr PickleKind kPickles[] = {
    {"pytorch_model", ".bin", kByTransformers},
    {"pytorch_model", ".json", kByTransformers},
    {"consolidated.", ".pth", kByPublishersScript},
    {"", ".pt", kByTorch},
    {"", ".pth", kByTorch},
    {"", ".ckpt", kByTorch},
    {"", ".pkl", kByTorch},
    {"", ".bin", kByTorch},
};

const PickleKind* FindPickleKind(const std::string& name) {
  for (const PickleKind& kind : kPickles) {
    if (name.starts_with(kind.prefix) && name.ends_with(kind.extension)) return &kind;
  }
  return nullptr;
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Status PickleOnly(const fs::path& folder, const std::string& name, const PickleKind& kind) {
  const std::string command =
      Replaced(Replaced(kind.command, "FILE", name), "DIR", folder.string());
  return {StatusCode::kUnsupported,
          folder.string() + ": holds " + name + " but no " + kSingleFileName +
              "; pickles can run code and are not read. Convert it where you trust it: " + command};
}

std::vector<std::string> FileNames(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Status WhyNoWeights(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    const fs::path file(path);
    const PickleKind* kind = FindPickleKind(file.filename().string());
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (kind != nullptr) return PickleOnly(folder, file.filename().string(), *kind);
    return {StatusCode::kNotFound,
            path + ": is a file; expected the folder of a model, or a GGUF file"};
  }
  const std::vector<std::string> gguf_files = gguf::GgufFilesIn(path);
  if (!gguf_files.empty()) {
    return {StatusCode::kNotFound,
            path + ": holds no " + kSingleFileName + " but " + std::to_string(gguf_files.size()) +
                " GGUF files; name the one to use, as in " + gguf_files.front()};
  }
  for (const std::string& name : FileNames(path)) {
    const PickleKind* kind = FindPickleKind(name);
    if (kind != nullptr) return PickleOnly(path, name, *kind);
  }
  return {StatusCode::kNotFound, path + ": no weights here; expected " + kSingleFileName + ", " +
                                     kShardIndexName + " or one GGUF file"};
}

}  // namespace llmembed::weights

#include "hub/hub_name.h"

#include <algorithm>
#include <array>

#include "hub/safe_path.h"

namespace llmembed::hub {
namespace {

constexpr size_t kMaxRepositoryBytes = 96;
constexpr size_t kMaxRevisionBytes = 200;
constexpr size_t kMaxModelFiles = 1000;

// config.json is taken too, but after the weights.
constexpr std::array<std::string_view, 9> kSmallFiles = {"tokenizer.json",
                                                         "tokenizer_config.json",
                                                         "special_tokens_map.json",
                                                         "vocab.txt",
                                                         "vocab.json",
                                                         "merges.txt",
                                                         "tokenizer.model",
                                                         "sentencepiece.bpe.model",
                                                         "model.safetensors.index.json"};

bool IsPlainText(std::string_view text, std::string_view punctuation) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           punctuation.find(c) != std::string_view::npos;
  });
}

bool IsNamePart(std::string_view part) {
  constexpr std::string_view kNotAtTheEnds = "-.";
  return !part.empty() && IsPlainText(part, "-_.") &&
         kNotAtTheEnds.find(part.front()) == std::string_view::npos &&
         kNotAtTheEnds.find(part.back()) == std::string_view::npos;
}

bool IsRepository(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && text.size() <= kMaxRepositoryBytes &&
         text.find("--") == std::string_view::npos && text.find("..") == std::string_view::npos &&
         !text.ends_with(".git") && IsNamePart(text.substr(0, slash)) &&
         IsNamePart(text.substr(slash + 1));
}

bool IsRevision(std::string_view text) {
  return text.size() <= kMaxRevisionBytes && IsPlainText(text, "-_./") &&
         IsSafeRelativePath(text) && text.front() != '-' &&
         text.find("..") == std::string_view::npos;
}

bool Contains(std::span<const std::string> files, std::string_view name) {
  return std::find(files.begin(), files.end(), name) != files.end();
}

// The weights that the model is loaded from: all shards, or the one file, or (names of the
// repository's own) whatever safetensors there are. Variants beside them ("model.fp16",
// "consolidated") would only double the download.
std::vector<std::string> SelectWeights(std::span<const std::string> files) {
  if (!Contains(files, "model.safetensors.index.json") && Contains(files, "model.safetensors")) {
    return {"model.safetensors"};
  }
  const bool sharded = Contains(files, "model.safetensors.index.json");
  std::vector<std::string> weights;
  for (const std::string& file : files) {
    if (file.ends_with(".safetensors") && IsPlainText(file, "-_.") &&
        (!sharded || file.starts_with("model-"))) {
      weights.push_back(file);
    }
  }
  return weights;
}

}  // namespace

bool IsCommitHash(std::string_view text) {
  return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<HubName> ParseHubName(std::string_view text) {
  const size_t at = text.find('@');
  HubName name{.repository = std::string(text.substr(0, at)), .revision = ""};
  if (!IsRepository(name.repository)) {
    return Status(StatusCode::kUsage, "'" + std::string(text) +
                                          "' is not a model's name on a hub: expected "
                                          "owner/name or owner/name@revision");
  }
  if (at == std::string_view::npos) return name;
  name.revision = text.substr(at + 1);
  if (!IsRevision(name.revision)) {
    return Status(StatusCode::kUsage, "'" + std::string(text) +
                                          "': after the @ a branch, a tag or a commit is expected");
  }
  return name;
}

Result<std::vector<std::string>> SelectModelFiles(std::span<const std::string> files,
                                                  const std::string& repository) {
  for (const std::string& file : files) {
    if (!IsSafeRelativePath(file)) {
      return Status(StatusCode::kCorrupt,
                    repository + ": the hub lists a file whose name leaves the model's folder");
    }
  }
  std::vector<std::string> weights = SelectWeights(files);
  if (weights.empty() || !Contains(files, "config.json")) {
    return Status(StatusCode::kUnsupported,
                  repository + ": no " +
                      (weights.empty() ? "*.safetensors weights" : "config.json") +
                      " in the repository's top folder (pickled weights are never loaded)");
  }
  if (weights.size() > kMaxModelFiles) {
    return Status(StatusCode::kUnsupported,
                  repository + ": more than " + std::to_string(kMaxModelFiles) + " weight files");
  }
  std::vector<std::string> selected;
  for (const std::string_view name : kSmallFiles) {
    if (Contains(files, name)) selected.emplace_back(name);
  }
  selected.insert(selected.end(), weights.begin(), weights.end());
  selected.emplace_back("config.json");
  return selected;
}

}  // namespace llmembed::hub

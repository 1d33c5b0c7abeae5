#include "hub/hub_cache.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "hub/safe_path.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxRefBytes = 4096;

bool IsFile(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// All the shards that the index names are there.
bool HasAllShards(const std::string& folder, const std::string& index_path) {
  const Result<base::Json> index = base::ReadJsonFile(index_path);
  if (!index.ok() || !index->is_object()) return false;
  const auto map = index->find("weight_map");
  if (map == index->end() || !map->is_object() || map->empty()) return false;
  return std::all_of(map->begin(), map->end(), [&](const base::Json& shard) {
    return shard.is_string() && IsSafeRelativePath(shard.get_ref<const std::string&>()) &&
           IsFile(folder + "/" + shard.get_ref<const std::string&>());
  });
}

bool HasWeights(const std::string& folder) {
  const std::string index = folder + "/model.safetensors.index.json";
  if (IsFile(folder + "/model.safetensors")) return true;
  if (IsFile(index)) return HasAllShards(folder, index);
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".safetensors" && IsFile(entry->path().string())) return true;
  }
  return false;
}

bool HasTokenizer(const std::string& folder) {
  constexpr std::array<std::string_view, 5> kTokenizers = {
      "tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "sentencepiece.bpe.model"};
  return std::any_of(kTokenizers.begin(), kTokenizers.end(), [&](std::string_view name) {
    return IsFile(folder + "/" + std::string(name));
  });
}

}  // namespace

HubCache::HubCache(const std::string& root, const std::string& repository) {
  const size_t slash = repository.find('/');
  const std::string name =
      "models--" + repository.substr(0, slash) + "--" + repository.substr(slash + 1);
  folder_ = root + "/" + name;
  locks_ = root + "/.locks/" + name;
}

Status HubCache::MakeFolders() const {
  for (const std::string& folder : {folder_ + "/blobs", folder_ + "/snapshots", locks_}) {
    LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder));
  }
  return {};
}

Status HubCache::Link(const std::string& commit, const std::string& file,
                      const std::string& hash) const {
  const std::string folder = SnapshotPath(commit);
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder));
  const std::string path = folder + "/" + file;
  const std::string target = "../../blobs/" + hash;
  std::error_code ignored;
  if (fs::read_symlink(path, ignored) == target) return {};
  // Made beside and renamed over: a reader sees the old link or the new one.
  const std::string temporary = path + ".tmp." + std::to_string(::getpid());
  ::unlink(temporary.c_str());
  if (::symlink(target.c_str(), temporary.c_str()) != 0) {
    return base::IoError(temporary, "create the link", errno);
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    return base::IoError(path, "put in place", reason);
  }
  return base::SyncFolder(folder);
}

Status HubCache::WriteRef(const std::string& revision, const std::string& commit) const {
  const std::string path = folder_ + "/refs/" + revision;
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(path.substr(0, path.rfind('/'))));
  return base::WriteFileAtomically(path, commit);
}

std::optional<std::string> HubCache::ReadRef(const std::string& path) const {
  Result<std::string> text = base::ReadSmallFile(path, kMaxRefBytes);
  if (!text.ok()) return std::nullopt;
  while (text->ends_with('\n')) text->pop_back();
  return IsCommitHash(*text) ? CompleteSnapshot(*text) : std::nullopt;
}

std::optional<std::string> HubCache::CompleteSnapshot(const std::string& commit) const {
  std::string folder = SnapshotPath(commit);
  const bool complete =
      IsFile(folder + "/config.json") && HasTokenizer(folder) && HasWeights(folder);
  return complete ? std::optional(std::move(folder)) : std::nullopt;
}

std::optional<std::string> HubCache::FindSnapshot(const std::string& revision) const {
  if (IsCommitHash(revision)) return CompleteSnapshot(revision);
  auto snapshot = ReadRef(folder_ + "/refs/" + (revision.empty() ? "main" : revision));
  if (snapshot.has_value() || !revision.empty()) return snapshot;

  std::vector<std::pair<fs::file_time_type, std::string>> by_time;
  std::error_code error;
  for (fs::directory_iterator entry(folder_ + "/snapshots", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unreadable;
    const auto time = entry->last_write_time(unreadable);
    if (!unreadable) by_time.emplace_back(time, entry->path().filename().string());
  }
  std::sort(by_time.rbegin(), by_time.rend());
  for (const auto& [time, commit] : by_time) {
    if ((snapshot = CompleteSnapshot(commit)).has_value()) return snapshot;
  }
  return std::nullopt;
}

}  // namespace llmembed::hub

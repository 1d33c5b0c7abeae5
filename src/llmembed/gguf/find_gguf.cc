#include "gguf/find_gguf.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "gguf/gguf_parser.h"

namespace llmembed::gguf {
namespace {

namespace fs = std::filesystem;

bool HasGgufName(const fs::path& path) { return path.extension() == ".gguf"; }

bool BeginsWithMagic(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[sizeof(kMagic)] = {};
  file.read(magic, sizeof(magic));
  return file.good() && std::memcmp(magic, kMagic, sizeof(kMagic)) == 0;
}

}  // namespace

std::vector<std::string> GgufFilesIn(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (HasGgufName(entry->path()) && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<std::string> FindGguf(const std::string& path) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    const bool is_gguf = HasGgufName(path) || BeginsWithMagic(path);
    return is_gguf ? std::optional(path) : std::nullopt;
  }
  if (fs::exists(fs::path(path) / "config.json", error)) return std::nullopt;
  std::vector<std::string> files = GgufFilesIn(path);
  return files.size() == 1 ? std::optional(std::move(files.front())) : std::nullopt;
}

}  // namespace llmembed::gguf

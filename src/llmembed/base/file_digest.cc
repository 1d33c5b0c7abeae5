#include "base/file_digest.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "base/file_io.h"
#include "base/json.h"
#include "base/sha256.h"

namespace llmembed::base {
namespace {

Json ReadMemory(const std::string& memory_path) {
  Result<Json> memory = ReadJsonFile(memory_path);
  if (!memory.ok() || !memory->is_object()) return Json::object();
  return *std::move(memory);
}

}  // namespace

Result<Json> FileFingerprint(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return IoError(path, "open", errno);
  const auto nanoseconds = [](const timespec& time) {
    return static_cast<int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return Json::array({static_cast<uint64_t>(info.st_size), nanoseconds(info.st_mtim),
                      nanoseconds(info.st_ctim), static_cast<uint64_t>(info.st_ino),
                      static_cast<uint64_t>(info.st_dev)});
}

Result<std::string> FileDigest(const std::string& path, const std::string& memory_path,
                               bool force) {
  std::error_code ignored;
  const std::string name = std::filesystem::weakly_canonical(path, ignored).string();
  LLMEMBED_ASSIGN_OR_RETURN(const Json before, FileFingerprint(path));
  if (!force) {
    const Json memory = ReadMemory(memory_path);
    const auto entry = memory.find(name);
    if (entry != memory.end() && entry->is_object() && entry->value("file", Json()) == before &&
        entry->value("sha256", Json()).is_string()) {
      return entry->at("sha256").get<std::string>();
    }
  }
  LLMEMBED_ASSIGN_OR_RETURN(std::string digest, Sha256HexOfFile(path));
  LLMEMBED_ASSIGN_OR_RETURN(const Json after, FileFingerprint(path));
  if (before == after) {  // else somebody is writing it: true for now, not worth remembering
    Json memory = ReadMemory(memory_path);
    memory[name] = {{"file", after}, {"sha256", digest}};
    // A memory that cannot be written costs time on the next run, nothing else.
    (void)WriteFileAtomically(memory_path, memory.dump(1) + "\n");
  }
  return digest;
}

}  // namespace llmembed::base

#include "base/temporary_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/file_io.h"

namespace llmembed::base {

namespace fs = std::filesystem;

Result<TemporaryFolder> TemporaryFolder::Create(const std::string& prefix) {
  std::string path = prefix + "XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return IoError(path, "create", errno);
  return TemporaryFolder(std::move(path));
}

Result<TemporaryFolder> TemporaryFolder::CreateForSystem(const std::string& name) {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  if (error) return IoError(parent.string(), "use for temporary files", error.value());
  return Create((parent / name).string());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace llmembed::base

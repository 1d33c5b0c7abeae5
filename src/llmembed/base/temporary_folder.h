// A folder that is there as long as its owner.
#pragma once

#include <string>
#include <utility>

#include "llmembed/status.h"

namespace llmembed::base {

// Private (mode 0700); removed with all that is in it by the destructor.
class TemporaryFolder {
 public:
  // `prefix`, whose folder must be there, and six characters that make the name a new one. kIo.
  static Result<TemporaryFolder> Create(const std::string& prefix);
  // Where the system keeps temporary files; `name` begins the folder's name.
  static Result<TemporaryFolder> CreateForSystem(const std::string& name);

  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;  // "" when moved from
};

}  // namespace llmembed::base

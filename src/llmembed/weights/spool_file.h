// A nameless temporary file: written front to back, then copied once.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "base/file_io.h"
#include "llmembed/status.h"

namespace llmembed::weights {

// The file is taken out of its folder as soon as it is made, so it vanishes with the process,
// however that ends. Movable, not thread-safe.
class SpoolFile {
 public:
  // In the folder of `path`, where there is room for what `path` will be. kIo.
  static Result<SpoolFile> CreateBeside(const std::string& path);

  Status Write(std::span<const std::byte> bytes);  // kIo; at the end

  // Appends all that was written to `destination`. kIo.
  Status CopyTo(base::AtomicFile* destination);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  SpoolFile(std::FILE* file, std::string path) : file_(file), path_(std::move(path)) {}

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;  // the name it had; for messages
};

}  // namespace llmembed::weights

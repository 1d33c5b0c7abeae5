#include "gguf/gguf_file.h"

#include <utility>

namespace llmembed::gguf {

Result<std::unique_ptr<GgufFile>> GgufFile::Open(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(base::MappedFile file, base::MappedFile::Open(path));
  // Moving the file does not move the mapping, into which the contents point.
  LLMEMBED_ASSIGN_OR_RETURN(GgufContents contents, ParseGguf(file.bytes(), path));
  return std::unique_ptr<GgufFile>(new GgufFile(std::move(file), std::move(contents)));
}

GgufFile::GgufFile(base::MappedFile file, GgufContents contents)
    : file_(std::move(file)), contents_(std::move(contents)) {}

}  // namespace llmembed::gguf

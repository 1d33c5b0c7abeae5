// One GGUF file, mapped: its metadata and its tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "gguf/gguf_parser.h"
#include "gguf/metadata.h"
#include "llmembed/status.h"

namespace llmembed::gguf {

// Immutable, so safe to use from many threads. Whatever it hands out (keys, strings, tensors'
// bytes) lies in the mapping: valid as long as the GgufFile lives.
class GgufFile {
 public:
  // kNotFound, kIo; else as ParseGguf. Reads the header alone, not the tensors' bytes.
  static Result<std::unique_ptr<GgufFile>> Open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  uint64_t size() const { return file_.bytes().size(); }
  uint32_t version() const { return contents_.version; }
  const Metadata& metadata() const { return contents_.metadata; }
  const std::vector<GgufTensor>& tensors() const { return contents_.tensors; }

 private:
  GgufFile(base::MappedFile file, GgufContents contents);

  base::MappedFile file_;
  GgufContents contents_;
};

}  // namespace llmembed::gguf

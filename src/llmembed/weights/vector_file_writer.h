// Writes matrices of vectors whose number of rows is known only at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/file_io.h"
#include "llmembed/status.h"
#include "weights/safetensors_header.h"
#include "weights/spool_file.h"

namespace llmembed::weights {

// One matrix of the file: f32 [rows, width].
struct VectorColumn {
  std::string name;    // of the tensor; not used in .npy
  uint64_t width = 0;  // > 0
};

// The suffix of the path decides the format: ".safetensors" (tensors in the order of the columns),
// or ".npy" (NumPy's format 1.0, exactly one column). Memory is constant: rows of the first column
// go straight into the file behind a reserved header, those of the others into temporary files that
// are appended at the end. Nothing stands at `path` before Commit, and nothing is left behind
// without it. Movable, not thread-safe.
class VectorFileWriter {
 public:
  // kUsage: another suffix, no column or (.npy) more than one, a bad name or width. kIo.
  static Result<VectorFileWriter> Create(const std::string& path, std::vector<VectorColumn> columns,
                                         Metadata metadata = {});

  // Appends rows [n, width] to a column; columns may take turns in any way.
  // kIo (disk full, ...), kInternal (a column that is not there, a part of a row).
  Status AppendRows(size_t column, std::span<const float> rows);

  // Puts the file in place. kIo; kInternal when the columns differ in their rows. After an error,
  // here or in AppendRows, the file cannot be committed any more.
  Status Commit();

 private:
  enum class Format { kSafetensors, kNpy };

  VectorFileWriter(base::AtomicFile file, Format format, std::vector<VectorColumn> columns,
                   Metadata metadata);
  Result<std::string> Header(uint64_t rows, uint64_t min_bytes) const;
  Status Append(size_t column, std::span<const float> rows);
  Status Finish();

  base::AtomicFile file_;
  Format format_;
  std::vector<VectorColumn> columns_;
  Metadata metadata_;
  std::vector<uint64_t> rows_;     // of each column
  std::vector<SpoolFile> spools_;  // of each column but the first
  uint64_t header_bytes_ = 0;      // reserved
  Status state_;                   // the first error, or that it is committed
};

}  // namespace llmembed::weights

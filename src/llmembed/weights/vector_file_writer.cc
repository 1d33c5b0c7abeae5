#include "weights/vector_file_writer.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/checked.h"
#include "base/quoted.h"

namespace llmembed::weights {
namespace {

// So many rows have the longest decimal numbers a header can need.
constexpr uint64_t kMostRows = std::numeric_limits<int64_t>::max();
constexpr uint64_t kNpyAlignment = 64;

// NumPy's format 1.0: magic, version, header length (u16), a Python dict, spaces, '\n'.
std::string NpyHeader(uint64_t rows, uint64_t width, uint64_t min_bytes) {
  const std::string dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (" +
                           std::to_string(rows) + ", " + std::to_string(width) + "), }";
  constexpr uint64_t kPrefixBytes = 10;
  uint64_t total = std::max<uint64_t>(kPrefixBytes + dict.size() + 1, min_bytes);
  total = (total + kNpyAlignment - 1) / kNpyAlignment * kNpyAlignment;
  const uint64_t length = total - kPrefixBytes;
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(length & 0xFF);
  header += static_cast<char>(length >> 8);
  header += dict;
  header.resize(total - 1, ' ');
  return header + '\n';
}

}  // namespace

VectorFileWriter::VectorFileWriter(base::AtomicFile file, Format format,
                                   std::vector<VectorColumn> columns, Metadata metadata)
    : file_(std::move(file)),
      format_(format),
      columns_(std::move(columns)),
      metadata_(std::move(metadata)),
      rows_(columns_.size(), 0) {}

Result<VectorFileWriter> VectorFileWriter::Create(const std::string& path,
                                                  std::vector<VectorColumn> columns,
                                                  Metadata metadata) {
  const auto usage = [&](const std::string& why) {
    return Status(StatusCode::kUsage, path + ": " + why);
  };
  const bool is_npy = path.ends_with(".npy");
  if (!is_npy && !path.ends_with(".safetensors")) {
    return usage("vectors are written to .safetensors or .npy, and this name ends in neither");
  }
  if (columns.empty()) return usage("there is nothing to write");
  if (is_npy && columns.size() != 1) {
    return usage("a .npy file holds one matrix, not " + std::to_string(columns.size()) +
                 "; use .safetensors");
  }
  for (const VectorColumn& column : columns) {
    if (column.width == 0 || column.width > std::numeric_limits<uint32_t>::max()) {
      return usage("vectors " + base::Quoted(column.name) + " cannot have width " +
                   std::to_string(column.width));
    }
  }

  LLMEMBED_ASSIGN_OR_RETURN(base::AtomicFile file, base::AtomicFile::Create(path));
  VectorFileWriter writer(std::move(file), is_npy ? Format::kNpy : Format::kSafetensors,
                          std::move(columns), std::move(metadata));
  const Result<std::string> longest = writer.Header(kMostRows, 0);
  if (!longest.ok()) return longest.status().WithContext(path);
  writer.header_bytes_ = longest->size();
  LLMEMBED_RETURN_IF_ERROR(writer.file_.Write(std::string(writer.header_bytes_, ' ')));
  for (size_t column = 1; column < writer.columns_.size(); ++column) {
    LLMEMBED_ASSIGN_OR_RETURN(SpoolFile spool, SpoolFile::CreateBeside(path));
    writer.spools_.push_back(std::move(spool));
  }
  return writer;
}

Result<std::string> VectorFileWriter::Header(uint64_t rows, uint64_t min_bytes) const {
  if (format_ == Format::kNpy) return NpyHeader(rows, columns_[0].width, min_bytes);
  std::vector<TensorEntry> entries;
  uint64_t offset = 0;
  for (const VectorColumn& column : columns_) {
    // Only the placeholder's sizes do not fit 64 bits; it needs numbers that are long, not right.
    const auto elements = base::CheckedMul(rows, column.width);
    const auto bytes = elements ? base::CheckedMul(*elements, sizeof(float)) : std::nullopt;
    const auto end = bytes ? base::CheckedAdd(offset, *bytes) : std::nullopt;
    const uint64_t end_or_longest = end.value_or(std::numeric_limits<uint64_t>::max());
    entries.push_back({column.name,
                       tensor::DType::kF32,
                       {static_cast<int64_t>(rows), static_cast<int64_t>(column.width)},
                       offset,
                       end_or_longest,
                       0});
    offset = end_or_longest;
  }
  return BuildSafetensorsHeader(entries, metadata_, min_bytes);
}

Status VectorFileWriter::AppendRows(size_t column, std::span<const float> rows) {
  LLMEMBED_RETURN_IF_ERROR(state_);
  return state_ = Append(column, rows);
}

Status VectorFileWriter::Append(size_t column, std::span<const float> rows) {
  if (column >= columns_.size() || rows.size() % columns_[column].width != 0) {
    return Status(
        StatusCode::kInternal,
        std::to_string(rows.size()) + " values are no rows of column " + std::to_string(column));
  }
  rows_[column] += rows.size() / columns_[column].width;
  const auto bytes = std::as_bytes(rows);
  return column == 0 ? file_.Write(bytes) : spools_[column - 1].Write(bytes);
}

Status VectorFileWriter::Commit() {
  LLMEMBED_RETURN_IF_ERROR(state_);
  Status finished = Finish();
  state_ =
      finished.ok() ? Status(StatusCode::kInternal, "the file is committed already") : finished;
  return finished;
}

Status VectorFileWriter::Finish() {
  for (size_t column = 1; column < columns_.size(); ++column) {
    if (rows_[column] != rows_[0]) {
      return Status(StatusCode::kInternal, "vectors " + base::Quoted(columns_[column].name) +
                                               " have " + std::to_string(rows_[column]) +
                                               " rows, the first " + std::to_string(rows_[0]));
    }
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string header, Header(rows_[0], header_bytes_));
  if (header.size() != header_bytes_) {
    return Status(StatusCode::kInternal, "the header outgrew the place kept for it");
  }
  for (SpoolFile& spool : spools_) LLMEMBED_RETURN_IF_ERROR(spool.CopyTo(&file_));
  spools_.clear();
  LLMEMBED_RETURN_IF_ERROR(file_.WriteAt(0, std::as_bytes(std::span(header))));
  return file_.Commit();
}

}  // namespace llmembed::weights

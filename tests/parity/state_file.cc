#include "parity/state_file.h"

#include <utility>
#include <vector>

#include "weights/safetensors_header.h"

namespace llmembed::parity {
namespace {

std::string NameOf(const backbone::StatePoint& point) {
  return point.is_before_final_norm ? "before_final_norm" : "layer." + std::to_string(point.layer);
}

}  // namespace

Result<StateFile> StateFile::Create(const std::string& path, const backbone::BackboneConfig& config,
                                    const Sizes& sizes) {
  std::vector<std::pair<std::string, size_t>> tensors;  // names and rows
  for (size_t layer = 0; layer <= config.layers; ++layer) {
    tensors.emplace_back(NameOf({layer}), sizes.tokens);
  }
  if (config.has_final_norm) tensors.emplace_back(NameOf({config.layers, true}), sizes.tokens);
  if (sizes.has_pooler) tensors.emplace_back("pooler", sizes.texts);

  StateFile states;
  states.path_ = path;
  states.row_bytes_ = config.width * sizeof(float);
  std::vector<weights::TensorEntry> entries;
  uint64_t offset = 0;
  for (const auto& [name, rows] : tensors) {
    const tensor::Shape shape = {static_cast<int64_t>(rows), static_cast<int64_t>(config.width)};
    const uint64_t end = offset + rows * states.row_bytes_;
    entries.push_back({name, tensor::DType::kF32, shape, offset, end, 0});
    offset = end;
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string header, weights::BuildSafetensorsHeader(entries, {}));
  for (const auto& entry : entries) states.begin_[entry.name] = header.size() + entry.begin;
  states.file_.open(path, std::ios::binary | std::ios::trunc);
  states.file_ << header;
  return states;
}

Status StateFile::WriteState(const backbone::StatePoint& point, size_t first_token,
                             const compute::Matrix& state) {
  return Write(NameOf(point), first_token, state.data, state.rows * row_bytes_);
}

Status StateFile::WritePooled(std::span<const float> rows) {
  return Write("pooler", 0, rows.data(), rows.size_bytes());
}

Status StateFile::Close() {
  file_.close();
  return file_ ? Status() : Status(StatusCode::kIo, path_ + ": cannot be written");
}

Status StateFile::Write(const std::string& name, size_t first_row, const void* rows, size_t bytes) {
  file_.seekp(static_cast<std::streamoff>(begin_.at(name) + first_row * row_bytes_));
  file_.write(static_cast<const char*>(rows), static_cast<std::streamsize>(bytes));
  return file_ ? Status() : Status(StatusCode::kIo, path_ + ": cannot be written");
}

}  // namespace llmembed::parity

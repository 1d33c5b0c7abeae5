#include "store/embedding_store.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/file_io.h"
#include "base/sha256.h"
#include "store/segment_format.h"

namespace llmembed::store {
namespace {

AppendLimits LimitsOf(const StoreOptions& options) {
  // Eight segments at the least, or making room would throw half of the store away.
  return {options.cap_bytes, std::min(options.segment_bytes, options.cap_bytes / 8)};
}

bool Fits(const Space& space, size_t keys, size_t floats) {
  return keys <= std::numeric_limits<uint32_t>::max() && floats == keys * space.dimension;
}

Status Misuse(const char* what) { return {StatusCode::kInternal, std::string("store: ") + what}; }

}  // namespace

EmbeddingStore::EmbeddingStore(const Layout& layout, const StoreOptions& options, IndexLease lease)
    : layout_(layout),
      lease_(std::move(lease)),
      reader_(layout),
      appender_(layout, LimitsOf(options), &lease_.session(),
                options.file_calls != nullptr ? options.file_calls : &FileCalls::System()),
      process_(::getpid()) {}

Result<std::unique_ptr<EmbeddingStore>> EmbeddingStore::Open(const std::string& folder,
                                                             const StoreOptions& options) {
  const Layout layout(folder);
  LLMEMBED_RETURN_IF_ERROR(PrepareFolders(layout));
  LLMEMBED_ASSIGN_OR_RETURN(IndexLease lease, IndexLease::Take(layout));
  return std::unique_ptr<EmbeddingStore>(new EmbeddingStore(layout, options, std::move(lease)));
}

EmbeddingStore::~EmbeddingStore() {
  [[maybe_unused]] const Status status = Close();  // callers who want to know call it themselves
}

Result<Space> EmbeddingStore::OpenSpace(std::string_view description, uint32_t dimension) {
  if (dimension == 0 || dimension > kMaxDimension) return Misuse("dimension out of range");
  if (description.size() > kMaxDescriptionBytes) return Misuse("description too long");
  const Space space = {base::Sha256Of(description), dimension};
  const std::string path = layout_.SpaceFile(space.id);
  const auto written = base::ReadSmallFile(path, kMaxDescriptionBytes);
  if (!written.ok() || *written != description) {
    LLMEMBED_RETURN_IF_ERROR(base::WriteFileAtomically(path, description));
  }
  return space;
}

Status EmbeddingStore::Read(const Space& space, std::span<const Key> keys, std::span<float> rows,
                            std::span<uint8_t> found) {
  if (!Fits(space, keys.size(), rows.size()) || found.size() != keys.size()) {
    return Misuse("rows and keys do not fit");
  }
  std::ranges::fill(found, uint8_t{0});
  hits_.clear();
  LLMEMBED_RETURN_IF_ERROR(lease_.index().Find(keys, &hits_));
  return reader_.Read({space, keys, rows, found}, hits_);
}

Status EmbeddingStore::Append(const Space& space, std::span<const Key> keys,
                              std::span<const float> rows) {
  if (!Fits(space, keys.size(), rows.size())) return Misuse("rows and keys do not fit");
  return appender_.Append(space, keys, rows);
}

Status EmbeddingStore::Flush() { return appender_.Flush(); }

Status EmbeddingStore::Close() {
  if (!std::exchange(is_open_, false) || process_ != ::getpid()) return {};
  const Status flushed = appender_.Flush();
  const Status released = lease_.Release();
  return flushed.ok() ? released : flushed;
}

}  // namespace llmembed::store

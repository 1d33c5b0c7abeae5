#include "store/clean_mark.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "base/sha256.h"
#include "store/descriptor.h"

namespace llmembed::store {
namespace {

constexpr uint64_t kMaxMarkBytes = 4096;
constexpr size_t kBlockBytes = 1 << 20;
constexpr int kMarkVersion = 1;

}  // namespace

Result<std::string> ComputeCleanMark(const Layout& layout) {
  LLMEMBED_ASSIGN_OR_RETURN(const Descriptor file, OpenFile(layout.IndexData(), O_RDONLY));
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       XXH3_freeState);
  if (state == nullptr) return Status(StatusCode::kOutOfMemory, "no memory for a checksum");
  XXH3_128bits_reset(state.get());
  std::vector<std::byte> block(kBlockBytes);
  uint64_t size = 0;
  for (;;) {
    LLMEMBED_ASSIGN_OR_RETURN(const uint64_t count, ReadAt(file.get(), size, block));
    XXH3_128bits_update(state.get(), block.data(), count);
    size += count;
    if (count < block.size()) break;
  }
  XXH128_canonical_t hash;
  XXH128_canonicalFromHash(&hash, XXH3_128bits_digest(state.get()));
  const base::Json mark = {{"format", "llmembed-store-index"},
                           {"version", kMarkVersion},
                           {"bytes", size},
                           {"xxh3_128", base::Hex(std::as_bytes(std::span(hash.digest)))}};
  return mark.dump() + "\n";
}

std::string VerifiedCleanMark(const Layout& layout) {
  // The mark is what the same program wrote about the same bytes, so texts can be compared.
  const auto mark = base::ReadSmallFile(layout.CleanMark(), kMaxMarkBytes);
  if (!mark.ok()) return "";
  const auto computed = ComputeCleanMark(layout);
  return computed.ok() && *computed == *mark ? *mark : "";
}

Status WriteCleanMark(const Layout& layout, const std::string& mark) {
  return base::WriteFileAtomically(layout.CleanMark(), mark);
}

Status RemoveCleanMark(const Layout& layout) {
  if (::unlink(layout.CleanMark().c_str()) != 0) {
    if (errno == ENOENT) return {};
    return base::IoError(layout.CleanMark(), "remove", errno);
  }
  return base::SyncFolder(layout.IndexFolder());
}

}  // namespace llmembed::store

#include "base/scratch_floats.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/checked.h"
#include "base/file_io.h"

namespace llmembed::base {
namespace {

constexpr uint64_t kLargeBytes = 64ULL << 20;

// An open file of that size with its room on the disk claimed; its name is gone.
Result<int> NamelessFile(const std::string& folder, uint64_t bytes) {
  LLMEMBED_RETURN_IF_ERROR(MakeFolders(folder, /*is_private=*/true));
  std::string name = folder + "/scratch.XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return IoError(folder, "create a working file in it", errno);
  ::unlink(name.c_str());
  const int reason = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
  if (reason == 0) return descriptor;
  ::close(descriptor);
  return IoError(folder, "make a working file of " + std::to_string(bytes) + " bytes in it",
                 reason);
}

}  // namespace

Result<ScratchFloats> ScratchFloats::Create(const std::string& folder, uint64_t size) {
  ScratchFloats scratch;
  if (size == 0) return scratch;
  const auto bytes = CheckedMul(size, sizeof(float));
  if (!bytes || *bytes > (1ULL << 62)) {
    return Status(StatusCode::kOutOfMemory, std::to_string(size) + " values are too many");
  }
  int descriptor = -1;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS;
  if (*bytes >= kLargeBytes) {
    LLMEMBED_ASSIGN_OR_RETURN(descriptor, NamelessFile(folder, *bytes));
    flags = MAP_SHARED;
  }
  void* data = ::mmap(nullptr, *bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (data == MAP_FAILED) return IoError(folder, "map a working file in it", reason);
  scratch.data_ = static_cast<float*>(data);
  scratch.size_ = size;
  return scratch;
}

ScratchFloats::ScratchFloats(ScratchFloats&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

ScratchFloats& ScratchFloats::operator=(ScratchFloats&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

ScratchFloats::~ScratchFloats() {
  if (data_ != nullptr) ::munmap(data_, size_ * sizeof(float));
}

}  // namespace llmembed::base

#include "weights/spool_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

namespace llmembed::weights {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

Result<SpoolFile> SpoolFile::CreateBeside(const std::string& path) {
  std::string name = path + ".spool.XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return base::IoError(path, "create a temporary file beside it", errno);
  ::unlink(name.c_str());
  std::FILE* file = ::fdopen(descriptor, "w+");
  if (file == nullptr) {
    const int reason = errno;
    ::close(descriptor);
    return base::IoError(name, "open", reason);
  }
  std::setvbuf(file, nullptr, _IOFBF, kBufferBytes);
  return SpoolFile(file, std::move(name));
}

Status SpoolFile::Write(std::span<const std::byte> bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size()) return {};
  return base::IoError(path_, "write", errno);
}

Status SpoolFile::CopyTo(base::AtomicFile* destination) {
  if (std::fflush(file_.get()) != 0) return base::IoError(path_, "write", errno);
  if (std::fseek(file_.get(), 0, SEEK_SET) != 0) return base::IoError(path_, "rewind", errno);
  std::string block(kBufferBytes, '\0');
  while (true) {
    const size_t count = std::fread(block.data(), 1, block.size(), file_.get());
    if (count == 0) break;
    LLMEMBED_RETURN_IF_ERROR(destination->Write(std::string_view(block.data(), count)));
  }
  return std::ferror(file_.get()) == 0 ? Status() : base::IoError(path_, "read", errno);
}

}  // namespace llmembed::weights

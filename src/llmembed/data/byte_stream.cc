#include "data/byte_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/file_io.h"
#include "data/decompress.h"

namespace llmembed::data {
namespace {

constexpr size_t kSignatureBytes = 4;

enum class Content { kPlain, kGzip, kZstd, kOtherCompression };

// The first bytes of a kind of file; bits outside the mask are free.
struct Signature {
  std::array<unsigned char, kSignatureBytes> bytes;
  std::array<unsigned char, kSignatureBytes> mask;
  Content content;
  const char* name;
};

constexpr std::array<Signature, 6> kSignatures = {{
    {{0x1F, 0x8B, 0x08, 0}, {0xFF, 0xFF, 0xFF, 0}, Content::kGzip, "gzip"},
    {{0x28, 0xB5, 0x2F, 0xFD}, {0xFF, 0xFF, 0xFF, 0xFF}, Content::kZstd, "Zstandard"},
    // A skippable frame, with which parallel compressors begin their files.
    {{0x50, 0x2A, 0x4D, 0x18}, {0xF0, 0xFF, 0xFF, 0xFF}, Content::kZstd, "Zstandard"},
    {{0xFD, '7', 'z', 'X'}, {0xFF, 0xFF, 0xFF, 0xFF}, Content::kOtherCompression, "xz"},
    {{'B', 'Z', 'h', 0x30}, {0xFF, 0xFF, 0xFF, 0xF0}, Content::kOtherCompression, "bzip2"},
    {{'P', 'K', 3, 4}, {0xFF, 0xFF, 0xFF, 0xFF}, Content::kOtherCompression, "zip"},
}};

size_t Length(const Signature& signature) {
  return signature.mask.back() == 0 ? kSignatureBytes - 1 : kSignatureBytes;
}

// Whether `head` agrees with the signature as far as both reach.
bool Agrees(const Signature& signature, std::string_view head) {
  for (size_t i = 0; i < std::min(head.size(), Length(signature)); ++i) {
    if ((static_cast<unsigned char>(head[i]) & signature.mask[i]) != signature.bytes[i]) {
      return false;
    }
  }
  return true;
}

bool MayBecomeSignature(std::string_view head) {
  return std::any_of(kSignatures.begin(), kSignatures.end(), [head](const Signature& signature) {
    return head.size() < Length(signature) && Agrees(signature, head);
  });
}

const Signature* FindSignature(std::string_view head) {
  for (const Signature& signature : kSignatures) {
    if (head.size() >= Length(signature) && Agrees(signature, head)) return &signature;
  }
  return nullptr;
}

class FileStream : public ByteStream {
 public:
  FileStream(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;
  ~FileStream() override {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
  }

  // The first bytes, without moving. Waits for no more of them than it takes to tell the signatures
  // apart: whoever writes one short line into a pipe may be waiting for the answer.
  Result<std::string_view> PeekHead() {
    while (head_.empty() || (head_.size() < kSignatureBytes && MayBecomeSignature(head_))) {
      std::array<char, kSignatureBytes> bytes{};
      LLMEMBED_ASSIGN_OR_RETURN(const size_t count,
                                ReadFile(std::span(bytes).first(kSignatureBytes - head_.size())));
      if (count == 0) break;
      head_.append(bytes.data(), count);
    }
    return std::string_view(head_);
  }

  Result<size_t> Read(std::span<char> buffer) override {
    if (head_.empty()) return ReadFile(buffer);
    const size_t count = std::min(head_.size(), buffer.size());
    std::copy_n(head_.data(), count, buffer.data());
    head_.erase(0, count);
    return count;
  }

 private:
  Result<size_t> ReadFile(std::span<char> buffer) {
    while (true) {
      const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) return base::IoError(name_, "read", errno);
    }
  }

  int descriptor_;
  std::string name_;
  std::string head_;  // read ahead to recognise the content
};

}  // namespace

std::string SourceName(const std::string& path) { return path == "-" ? "standard input" : path; }

Result<std::unique_ptr<ByteStream>> OpenByteStream(const std::string& path) {
  const std::string name = SourceName(path);
  int descriptor = STDIN_FILENO;
  if (path != "-") {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return base::IoError(name, "open", errno);
  }
  auto file = std::make_unique<FileStream>(descriptor, name);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view head, file->PeekHead());
  const Signature* signature = FindSignature(head);
  if (signature == nullptr) {
    if (path.ends_with(".gz") || path.ends_with(".zst")) {
      return Status(StatusCode::kCorrupt,
                    name +
                        ": the name says compressed, but it holds neither gzip nor Zstandard "
                        "data (damaged, or not compressed at all)");
    }
    return std::unique_ptr<ByteStream>(std::move(file));
  }
  if (signature->content == Content::kOtherCompression) {
    return Status(StatusCode::kUnsupported, name + ": " + signature->name +
                                                " data; only gzip and Zstandard are decompressed");
  }
  return signature->content == Content::kGzip ? MakeGzipStream(std::move(file), name)
                                              : MakeZstdStream(std::move(file), name);
}

}  // namespace llmembed::data

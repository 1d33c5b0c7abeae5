#include "base/sha256.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/file_io.h"

namespace llmembed::base {
namespace {

EVP_MD_CTX* AsContext(void* context) { return static_cast<EVP_MD_CTX*>(context); }

}  // namespace

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(AsContext(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) { Reset(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Reset() {
  // Fetched once: looking an algorithm up by name costs more than hashing a short text.
  static const EVP_MD* const algorithm = EVP_sha256();
  EVP_DigestInit_ex(AsContext(context_.get()), algorithm, nullptr);
}

void Sha256::Update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(AsContext(context_.get()), bytes.data(), bytes.size());
}

void Sha256::Update(std::string_view text) { Update(std::as_bytes(std::span(text))); }

Digest Sha256::Finish() {
  Digest digest;
  EVP_DigestFinal_ex(AsContext(context_.get()), reinterpret_cast<unsigned char*>(digest.data()),
                     nullptr);
  return digest;
}

Digest Sha256Of(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return hash.Finish();
}

std::string Hex(std::span<const std::byte> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
    text.push_back(kDigits[std::to_integer<unsigned>(byte) & 15]);
  }
  return text;
}

Result<std::string> Sha256HexOfFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return IoError(path, "open", errno);
  Sha256 hash;
  std::vector<std::byte> block(1 << 20);
  int reason = 0;
  while (true) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) reason = errno;
    if (count <= 0) break;
    hash.Update(std::span(block).first(static_cast<size_t>(count)));
  }
  ::close(descriptor);
  if (reason != 0) return IoError(path, "read", reason);
  return Hex(hash.Finish());
}

}  // namespace llmembed::base

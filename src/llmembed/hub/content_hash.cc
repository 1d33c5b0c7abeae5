#include "hub/content_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <system_error>

#include "base/file_io.h"
#include "base/sha256.h"

namespace llmembed::hub {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<std::string> GitBlobSha1OfFile(const std::string& path, uint64_t bytes) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return base::IoError(path, "open", errno);
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const std::string header = "blob " + std::to_string(bytes) + '\0';
  EVP_DigestInit_ex(context.get(), EVP_sha1(), nullptr);
  EVP_DigestUpdate(context.get(), header.data(), header.size());
  std::array<char, 1 << 16> block;
  size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file.get())) > 0) {
    EVP_DigestUpdate(context.get(), block.data(), count);
  }
  if (std::ferror(file.get()) != 0) return base::IoError(path, "read", errno);
  std::array<std::byte, 20> digest;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return base::Hex(digest);
}

}  // namespace

std::optional<ContentHash> ParseEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  const bool is_hex = std::all_of(etag.begin(), etag.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!is_hex || (etag.size() != 64 && etag.size() != 40)) return std::nullopt;
  return ContentHash{
      .kind = etag.size() == 64 ? ContentHash::Kind::kSha256 : ContentHash::Kind::kGitBlobSha1,
      .hex = std::string(etag)};
}

Status CheckFile(const std::string& path, uint64_t bytes, const ContentHash& expected) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return base::IoError(path, "open", error.value());
  if (size != bytes) {
    return {StatusCode::kCorrupt,
            path + ": " + std::to_string(size) + " bytes long, expected " + std::to_string(bytes)};
  }
  LLMEMBED_ASSIGN_OR_RETURN(const std::string hex, expected.kind == ContentHash::Kind::kSha256
                                                       ? base::Sha256HexOfFile(path)
                                                       : GitBlobSha1OfFile(path, bytes));
  if (hex == expected.hex) return {};
  return {StatusCode::kCorrupt, path + ": its hash is " + hex + ", expected " + expected.hex};
}

}  // namespace llmembed::hub

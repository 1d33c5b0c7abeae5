// SHA-256 (OpenSSL), of bytes and of files.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::base {

using Digest = std::array<std::byte, 32>;

// Incremental. Not thread-safe. Finish may be called once; Reset starts anew.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text);
  Digest Finish();
  void Reset();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

Digest Sha256Of(std::string_view text);
std::string Hex(std::span<const std::byte> bytes);  // lower case

// Reads the whole file: 1.5-2 GB/s.
Result<std::string> Sha256HexOfFile(const std::string& path);

}  // namespace llmembed::base

// The bytes of a GGUF header, read with an error for everything; private to gguf_parser.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes_reader.h"
#include "llmembed/status.h"

namespace llmembed::gguf {

// Keeps the place it is at ("key", its name) for messages. Borrows bytes and names.
class HeaderReader {
 public:
  HeaderReader(std::span<const std::byte> bytes, const std::string& file)
      : bytes_(bytes), reader_(bytes), file_(file) {}

  uint64_t offset() const { return reader_.offset(); }
  uint64_t remaining() const { return reader_.remaining(); }

  // What is read from here on belongs to the key or tensor of that name.
  void Enter(const char* kind, std::string_view name) {
    kind_ = kind;
    name_ = name;
  }

  // "FILE: at byte OFFSET: KIND NAME: RULE".
  Status Refuse(uint64_t offset, const std::string& rule,
                StatusCode code = StatusCode::kCorrupt) const;

  template <typename T>
  Result<T> Read(const char* what) {
    const auto value = reader_.Read<T>();
    if (!value) return CutShort(what, sizeof(T));
    return *value;
  }

  // A uint64 length of at most `max_bytes`, and as many bytes.
  Result<std::string_view> ReadString(const char* what, uint64_t max_bytes);

  // A string that names something: not empty, UTF-8, at most kMaxNameBytes.
  Result<std::string_view> ReadName(const char* what);

  // A uint64 of at most `max`, and no more than what is left holds if each takes `min_bytes`.
  Result<uint64_t> ReadCount(const char* what, uint64_t max, uint64_t min_bytes);

  Result<std::span<const std::byte>> ReadBytes(const char* what, uint64_t count);

  // What has been read since `begin`, an earlier offset().
  std::span<const std::byte> Since(uint64_t begin) const {
    return bytes_.subspan(begin, offset() - begin);
  }

 private:
  Status CutShort(const char* what, uint64_t bytes) const;

  std::span<const std::byte> bytes_;
  base::BytesReader reader_;
  const std::string& file_;
  const char* kind_ = nullptr;
  std::string_view name_;
};

}  // namespace llmembed::gguf

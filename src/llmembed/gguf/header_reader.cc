#include "gguf/header_reader.h"

#include "base/quoted.h"
#include "base/utf8.h"
#include "gguf/gguf_parser.h"

namespace llmembed::gguf {

Status HeaderReader::Refuse(uint64_t offset, const std::string& rule, StatusCode code) const {
  std::string message = file_ + ": at byte " + std::to_string(offset) + ": ";
  if (kind_ != nullptr) message += std::string(kind_) + " " + base::Quoted(name_) + ": ";
  return {code, message + rule};
}

Status HeaderReader::CutShort(const char* what, uint64_t bytes) const {
  return Refuse(offset(), std::string(what) + " needs " + std::to_string(bytes) + " bytes, " +
                              std::to_string(remaining()) +
                              " are left: the file is cut short, or lies about its lengths");
}

Result<std::string_view> HeaderReader::ReadString(const char* what, uint64_t max_bytes) {
  const uint64_t begin = offset();
  LLMEMBED_ASSIGN_OR_RETURN(const auto length, Read<uint64_t>(what));
  if (length > max_bytes) {
    return Refuse(begin, std::string(what) + " has " + std::to_string(length) + " bytes, at most " +
                             std::to_string(max_bytes) + " are allowed");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto bytes, ReadBytes(what, length));
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Result<std::string_view> HeaderReader::ReadName(const char* what) {
  const uint64_t begin = offset();
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view name, ReadString(what, kMaxNameBytes));
  if (name.empty()) return Refuse(begin, std::string(what) + " is empty");
  if (!base::IsValidUtf8(name)) {
    return Refuse(begin, std::string(what) + " " + base::Quoted(name) + " is not UTF-8");
  }
  return name;
}

Result<uint64_t> HeaderReader::ReadCount(const char* what, uint64_t max, uint64_t min_bytes) {
  const uint64_t begin = offset();
  LLMEMBED_ASSIGN_OR_RETURN(const auto count, Read<uint64_t>(what));
  if (count > max) {
    return Refuse(begin, std::string(what) + " is " + std::to_string(count) + ", at most " +
                             std::to_string(max) + " is allowed");
  }
  if (count > remaining() / min_bytes) {
    return Refuse(begin, std::string(what) + " is " + std::to_string(count) + ", more than the " +
                             std::to_string(remaining()) +
                             " bytes left can hold: the file is cut short, or lies");
  }
  return count;
}

Result<std::span<const std::byte>> HeaderReader::ReadBytes(const char* what, uint64_t count) {
  const auto bytes = reader_.ReadBytes(count);
  if (!bytes) return CutShort(what, count);
  return *bytes;
}

}  // namespace llmembed::gguf

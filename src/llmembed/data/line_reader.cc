#include "data/line_reader.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace llmembed::data {
namespace {

constexpr size_t kFirstBufferBytes = 256 << 10;
constexpr size_t kMaxBufferBytes = kMaxRecordBytes + kFirstBufferBytes;

}  // namespace

LineReader::LineReader(std::unique_ptr<ByteStream> stream, std::string name)
    : stream_(std::move(stream)), name_(std::move(name)), buffer_(kFirstBufferBytes) {}

Result<LineReader> LineReader::Open(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(auto stream, OpenByteStream(path));
  LineReader reader(std::move(stream), SourceName(path));
  LLMEMBED_RETURN_IF_ERROR(reader.SkipByteOrderMark());
  Line first;
  LLMEMBED_ASSIGN_OR_RETURN(const bool any, reader.Peek(&first));
  if (!any) return Status(StatusCode::kBadData, reader.name() + ": the file is empty");
  return reader;
}

Status LineReader::SkipByteOrderMark() {
  constexpr std::string_view kUtf8 = "\xEF\xBB\xBF";
  constexpr std::string_view kUtf16Le = "\xFF\xFE";
  constexpr std::string_view kUtf16Be = "\xFE\xFF";
  const auto head = [this] { return std::string_view(buffer_.data() + begin_, end_ - begin_); };
  while (!at_end_ && head().size() < kUtf8.size()) {
    // Bytes that begin no mark need no waiting for more.
    const bool undecided =
        kUtf8.starts_with(head()) || kUtf16Le.starts_with(head()) || kUtf16Be.starts_with(head());
    if (!undecided) break;
    LLMEMBED_ASSIGN_OR_RETURN(const size_t count, Fill());
    at_end_ = count == 0;
  }
  if (head().starts_with(kUtf16Le) || head().starts_with(kUtf16Be)) {
    return {StatusCode::kBadData, name_ + ": UTF-16 text; write it as UTF-8"};
  }
  if (head().starts_with(kUtf8)) begin_ += kUtf8.size();
  return {};
}

Result<size_t> LineReader::Fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kLinePadding >= buffer_.size()) {
    buffer_.resize(std::min(2 * buffer_.size(), kMaxBufferBytes));
  }
  const size_t room = buffer_.size() - kLinePadding - end_;
  LLMEMBED_ASSIGN_OR_RETURN(const size_t count, stream_->Read({buffer_.data() + end_, room}));
  end_ += count;
  return count;
}

Result<bool> LineReader::Peek(Line* line) {
  size_t searched = 0;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const size_t size = end_ - begin_;
    const auto* found = static_cast<const char*>(
        size > searched ? std::memchr(start + searched, '\n', size - searched) : nullptr);
    if (found != nullptr || at_end_) {
      if (size == 0) return false;
      const std::string_view whole(start, found != nullptr ? found + 1 - start : size);
      const size_t end_size = whole.ends_with("\r\n") ? 2 : (whole.ends_with('\n') ? 1 : 0);
      line->text = whole.substr(0, whole.size() - end_size);
      line->end = whole.substr(line->text.size());
      line->number = lines_ + 1;
      return line->text.size() <= kMaxRecordBytes ? Result<bool>(true) : TooLong();
    }
    if (size > kMaxRecordBytes + 1) return TooLong();  // one more may be the CR of a CRLF
    searched = size;
    LLMEMBED_ASSIGN_OR_RETURN(const size_t count, Fill());
    at_end_ = count == 0;
  }
}

Result<bool> LineReader::Next(Line* line) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool more, Peek(line));
  if (more) {
    begin_ += line->text.size() + line->end.size();
    ++lines_;
  }
  return more;
}

Status LineReader::TooLong() const {
  return ErrorAt(lines_ + 1, "longer than " + std::to_string(kMaxRecordBytes) +
                                 " bytes (4 MiB), the limit of a record");
}

Status LineReader::ErrorAt(uint64_t line_number, std::string_view what) const {
  return {StatusCode::kBadData,
          name_ + ": line " + std::to_string(line_number) + ": " + std::string(what)};
}

}  // namespace llmembed::data

#include "data/decompress.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <string_view>
#include <utility>
#include <vector>

namespace llmembed::data {
namespace {

constexpr size_t kInputBytes = 1 << 16;
constexpr int kMaxWindowLog = 27;  // 128 MiB

// The compressed side of a decompressing stream: a buffer, and how far it has been read.
class CompressedInput {
 public:
  CompressedInput(std::unique_ptr<ByteStream> stream, std::string name)
      : stream_(std::move(stream)), name_(std::move(name)), buffer_(kInputBytes) {}

  // Reads more when nothing is left; afterwards left() is empty only at the end.
  Status Fill() {
    if (!left_.empty() || at_end_) return {};
    LLMEMBED_ASSIGN_OR_RETURN(const size_t count, stream_->Read(buffer_));
    left_ = std::span(buffer_).first(count);
    at_end_ = count == 0;
    return {};
  }

  std::span<char> left() const { return left_; }
  void Consume(size_t count) {
    left_ = left_.subspan(count);
    offset_ += count;
  }

  Status Truncated(std::string_view format) const {
    return Corrupt(format, "it ends before its end (truncated?)");
  }
  Status Corrupt(std::string_view format, std::string_view what) const {
    return {StatusCode::kCorrupt, name_ + ": damaged " + std::string(format) +
                                      " data near compressed byte " + std::to_string(offset_) +
                                      ": " + std::string(what)};
  }
  const std::string& name() const { return name_; }

 private:
  std::unique_ptr<ByteStream> stream_;
  std::string name_;
  std::vector<char> buffer_;
  std::span<char> left_;
  uint64_t offset_ = 0;
  bool at_end_ = false;
};

class GzipStream : public ByteStream {
 public:
  explicit GzipStream(CompressedInput input) : input_(std::move(input)) {}
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override { inflateEnd(&inflater_); }

  bool Initialise() {
    constexpr int kGzipOnly = 16;
    return inflateInit2(&inflater_, MAX_WBITS + kGzipOnly) == Z_OK;
  }

  Result<size_t> Read(std::span<char> buffer) override {
    while (true) {
      LLMEMBED_RETURN_IF_ERROR(input_.Fill());
      const std::span<char> left = input_.left();
      if (left.empty() && !in_member_) return size_t{0};
      if (!in_member_) inflateReset(&inflater_);
      in_member_ = true;
      inflater_.next_in = reinterpret_cast<Bytef*>(left.data());
      inflater_.avail_in = static_cast<uInt>(left.size());
      inflater_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      inflater_.avail_out = static_cast<uInt>(buffer.size());
      const int code = inflate(&inflater_, Z_NO_FLUSH);
      input_.Consume(left.size() - inflater_.avail_in);
      if (code == Z_MEM_ERROR) {
        return Status(StatusCode::kOutOfMemory, input_.name() + ": no memory to decompress");
      }
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return input_.Corrupt("gzip", inflater_.msg != nullptr ? inflater_.msg : "unreadable");
      }
      if (code == Z_STREAM_END) in_member_ = false;
      const size_t produced = buffer.size() - inflater_.avail_out;
      if (produced > 0) return produced;
      if (left.empty() && in_member_) return input_.Truncated("gzip");
    }
  }

 private:
  CompressedInput input_;
  z_stream inflater_{};
  bool in_member_ = false;
};

class ZstdStream : public ByteStream {
 public:
  explicit ZstdStream(CompressedInput input) : input_(std::move(input)) {}
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;
  ~ZstdStream() override { ZSTD_freeDCtx(context_); }

  bool Initialise() {
    context_ = ZSTD_createDCtx();
    return context_ != nullptr &&
           ZSTD_isError(ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxWindowLog)) == 0;
  }

  Result<size_t> Read(std::span<char> buffer) override {
    while (true) {
      LLMEMBED_RETURN_IF_ERROR(input_.Fill());
      const std::span<char> left = input_.left();
      if (left.empty() && !in_frame_) return size_t{0};
      ZSTD_inBuffer in = {left.data(), left.size(), 0};
      ZSTD_outBuffer out = {buffer.data(), buffer.size(), 0};
      const size_t hint = ZSTD_decompressStream(context_, &out, &in);
      input_.Consume(in.pos);
      if (ZSTD_isError(hint) != 0) return Error(hint);
      in_frame_ = hint != 0;
      if (out.pos > 0) return out.pos;
      if (left.empty() && in_frame_) return input_.Truncated("Zstandard");
    }
  }

 private:
  Status Error(size_t code) const {
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
      return {StatusCode::kUnsupported,
              input_.name() + ": Zstandard data with a window of more than 128 MiB"};
    }
    return input_.Corrupt("Zstandard", ZSTD_getErrorName(code));
  }

  CompressedInput input_;
  ZSTD_DCtx* context_ = nullptr;
  bool in_frame_ = false;
};

template <typename Stream>
Result<std::unique_ptr<ByteStream>> MakeStream(std::unique_ptr<ByteStream> compressed,
                                               const std::string& name) {
  auto stream = std::make_unique<Stream>(CompressedInput(std::move(compressed), name));
  if (!stream->Initialise()) {
    return Status(StatusCode::kOutOfMemory, name + ": no memory to decompress");
  }
  return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace

Result<std::unique_ptr<ByteStream>> MakeGzipStream(std::unique_ptr<ByteStream> compressed,
                                                   const std::string& name) {
  return MakeStream<GzipStream>(std::move(compressed), name);
}

Result<std::unique_ptr<ByteStream>> MakeZstdStream(std::unique_ptr<ByteStream> compressed,
                                                   const std::string& name) {
  return MakeStream<ZstdStream>(std::move(compressed), name);
}

}  // namespace llmembed::data

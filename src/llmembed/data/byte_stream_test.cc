#include "data/byte_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/random.h"
#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::HasSubstr;

Result<std::string> ReadBytes(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto stream, OpenByteStream(path));
  std::string bytes;
  std::array<char, 1000> buffer;
  while (true) {
    LLMEMBED_ASSIGN_OR_RETURN(const size_t count, stream->Read(buffer));
    if (count == 0) return bytes;
    bytes.append(buffer.data(), count);
  }
}

// Hardly compressible, and longer than every buffer on the way.
std::string LongText() {
  base::Random random(7);
  std::string text(300000, '\0');
  for (char& c : text) c = static_cast<char>('!' + random.Below(90));
  return text;
}

class ByteStreamTest : public ::testing::Test {
 protected:
  void ExpectError(const std::string& name, std::string_view contents, StatusCode code,
                   const std::string& what) {
    const std::string path = folder_.Write(name, contents);
    const auto bytes = ReadBytes(path);
    ASSERT_FALSE(bytes.ok());
    EXPECT_EQ(bytes.status().code(), code) << bytes.status().message();
    EXPECT_THAT(bytes.status().message(), HasSubstr(path));
    EXPECT_THAT(bytes.status().message(), HasSubstr(what));
  }

  void ExpectBytes(const std::string& name, std::string_view contents, std::string_view expected) {
    const auto bytes = ReadBytes(folder_.Write(name, contents));
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    EXPECT_TRUE(*bytes == expected) << bytes->size() << " bytes against " << expected.size();
  }

  TemporaryFolder folder_;
};

TEST_F(ByteStreamTest, ReadsPlainBytesAsTheyAre) {
  const std::string long_text = LongText();
  ExpectBytes("plain", long_text, long_text);
  ExpectBytes("nul", std::string_view("a\0b", 3), std::string_view("a\0b", 3));
  ExpectBytes("empty", "", "");
  for (const std::string_view start : {"\x1F", "\x1F\x8B", "\x28\xB5\x2F", "B", "BZ", "P", "PK"}) {
    ExpectBytes("start", start, start);  // shorter than the signature it begins
  }
  ExpectBytes("bz", "BZhou says\n", "BZhou says\n");
}

TEST_F(ByteStreamTest, RecognisesCompressionByContent) {
  const std::string long_text = LongText();
  ExpectBytes("a.txt.gz", Gzip(long_text), long_text);
  ExpectBytes("no_suffix", Gzip(long_text), long_text);
  ExpectBytes("a.zst", Zstd(long_text), long_text);
  ExpectBytes("zst.txt", Zstd(long_text), long_text);
  ExpectBytes("wrong.gz", Zstd("x"), "x");
  ExpectBytes("empty.gz", Gzip(""), "");
  ExpectBytes("empty.zst", Zstd(""), "");
}

TEST_F(ByteStreamTest, ReadsEveryMemberAndFrame) {
  const std::string long_text = LongText();
  ExpectBytes("gz", Gzip("one\n") + Gzip("") + Gzip(long_text) + Gzip("three"),
              "one\n" + long_text + "three");
  ExpectBytes("zst", Zstd("one\n") + Zstd("") + Zstd(long_text) + Zstd("three"),
              "one\n" + long_text + "three");
  const std::string skippable("\x5A\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  ExpectBytes("pzst", skippable + Zstd("text") + skippable, "text");
}

TEST_F(ByteStreamTest, EveryTruncationIsCorrupt) {
  const std::string gz = Gzip("some text, some more text, and some more");
  for (size_t size = 0; size < gz.size(); ++size) {
    ExpectError("cut.gz", gz.substr(0, size), StatusCode::kCorrupt, size < 3 ? "neither" : "gzip");
  }
  const std::string zst = Zstd("some text, some more text, and some more");
  for (size_t size = 0; size < zst.size(); ++size) {
    ExpectError("cut.zst", zst.substr(0, size), StatusCode::kCorrupt,
                size < 4 ? "neither" : "truncated");
  }
  ExpectError("second.gz", Gzip("one") + gz.substr(0, 12), StatusCode::kCorrupt, "truncated");
}

TEST_F(ByteStreamTest, DamageIsCorrupt) {
  std::string gz = Gzip("some text");
  gz[gz.size() - 6] ^= 1;  // the checksum
  ExpectError("sum.gz", gz, StatusCode::kCorrupt, "incorrect data check");
  std::string zst = Zstd("some text");
  zst.back() ^= 1;
  ExpectError("sum.zst", zst, StatusCode::kCorrupt, "checksum");
  ExpectError("tail.gz", Gzip("some text") + "rubbish", StatusCode::kCorrupt, "gzip");
  ExpectError("tail.zst", Zstd("some text") + "rubbish", StatusCode::kCorrupt, "Zstandard");
  ExpectError("text.gz", "not compressed\n", StatusCode::kCorrupt, "neither gzip nor Zstandard");
}

TEST_F(ByteStreamTest, OtherCompressionIsNamed) {
  ExpectError("a.xz",
              "\xFD"
              "7zXZ...",
              StatusCode::kUnsupported, "xz");
  ExpectError("a.bz2", "BZh91AY&SY", StatusCode::kUnsupported, "bzip2");
  ExpectError("a.zip", "PK\x03\x04....", StatusCode::kUnsupported, "zip");
}

TEST_F(ByteStreamTest, RefusesAWindowThatIsTooLarge) {
  // A frame header that asks for 256 MiB: exponent 18, mantissa 0.
  const std::string frame("\x28\xB5\x2F\xFD\x00\x90\x01\x00\x00", 9);
  ExpectError("large.zst", frame, StatusCode::kUnsupported, "128 MiB");
}

TEST_F(ByteStreamTest, SaysWhatCannotBeOpened) {
  const auto missing = ReadBytes(folder_.path() + "/missing");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr("missing: cannot open"));
  const auto directory = ReadBytes(folder_.path());
  EXPECT_EQ(directory.status().code(), StatusCode::kIo);
  EXPECT_THAT(directory.status().message(), HasSubstr("directory"));
}

TEST_F(ByteStreamTest, ReadsStandardInput) {
  const ScopedStandardInput input(folder_.Write("in", Gzip("from a pipe")));
  const auto bytes = ReadBytes("-");
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(*bytes, "from a pipe");
}

TEST_F(ByteStreamTest, DoesNotWaitForMoreThanThereIs) {
  std::array<int, 2> ends;
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "a\n", 2), 2);
  auto stream = OpenByteStream("/dev/fd/" + std::to_string(ends[0]));
  ASSERT_TRUE(stream.ok());
  std::array<char, 100> buffer;
  const auto count = (*stream)->Read(buffer);  // would hang if it waited for a full buffer
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 2U);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace llmembed::data

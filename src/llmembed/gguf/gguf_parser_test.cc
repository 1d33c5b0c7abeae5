#include "gguf/gguf_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "support/gguf_builder.h"

namespace llmembed::gguf {
namespace {

using tensor::Shape;
using test::GgufBuilder;
using test::Raw;
using test::RawString;
using testing::HasSubstr;

Result<GgufContents> Parse(const std::string& file) {
  return ParseGguf(std::as_bytes(std::span(file)), "bad.gguf");
}

constexpr uint32_t kF32 = 0;
constexpr uint32_t kQ8_0 = 8;

// --- one bad file for each rule ---------------------------------------------------------------

struct BadFile {
  std::string rule;  // the test's name
  std::string bytes;
  std::string message;  // a part of it
  StatusCode code = StatusCode::kCorrupt;
};
void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.rule; }

std::string Start(uint64_t tensors, uint64_t keys, uint32_t version = 3) {
  return "GGUF" + Raw(version) + Raw(tensors) + Raw(keys);
}

std::vector<BadFile> StartRules() {
  constexpr auto kUnsupported = StatusCode::kUnsupported;
  return {
      {"Empty", "", "at byte 0: the magic needs 4 bytes, 0 are left"},
      {"AnotherMagic", "GGML" + Raw<uint32_t>(3), "at byte 0: not a GGUF file"},
      {"OnlyTheMagic", "GGUF", "at byte 4: the version needs 4 bytes"},
      {"VersionOne", Start(0, 0, 1), "at byte 4: the version is 1", kUnsupported},
      {"VersionFour", Start(0, 0, 4), "at byte 4: the version is 4", kUnsupported},
      {"VersionNought", Start(0, 0, 0), "the version is 0", kUnsupported},
      {"BigEndian", Start(0, 0, 0x03000000), "the byte order is big-endian", kUnsupported},
      {"NoCounts", "GGUF" + Raw<uint32_t>(3), "at byte 8: the number of tensors needs 8 bytes"},
      {"TensorsOverTheLimit", Start(65'537, 0), "is 65537, at most 65536"},
      {"TensorsOf64Bits", Start(~0ULL, 0), "at byte 8: the number of tensors is 1844674407370955"},
      {"TensorsBeyondTheFile", Start(1, 0), "at byte 8: the number of tensors is 1, more than"},
      {"KeysOverTheLimit", Start(0, 65'537), "at byte 16: the number of keys is 65537, at most"},
      {"KeysOf64Bits", Start(0, ~0ULL), "at byte 16: the number of keys is 18446744073709551615"},
      {"KeysBeyondTheFile", Start(0, 65'536), "at byte 16: the number of keys is 65536, more than"},
  };
}

std::vector<BadFile> KeyRules() {
  const auto keys = [](const std::string& bytes, uint64_t count = 1) {
    return Start(0, count) + bytes + std::string(64, '\0');
  };
  const auto value = [&](uint32_t type, const std::string& bytes) {
    return Start(0, 1) + RawString("k") + Raw(type) + bytes;
  };
  const auto array = [](uint32_t type, uint64_t count, const std::string& bytes) {
    return Start(0, 1) + RawString("k") + Raw<uint32_t>(9) + Raw(type) + Raw(count) + bytes;
  };
  const auto twice = GgufBuilder().Uint32("k", 1).Uint32("a", 2).Uint32("k", 1).Build();
  return {
      {"EmptyKey", keys(RawString("")), "at byte 24: a key is empty"},
      {"LongKey", keys(RawString(std::string(1025, 'k'))), "has 1025 bytes, at most 1024"},
      {"KeyOf64Bits", keys(Raw(~0ULL)), "a key has 18446744073709551615 bytes, at most 1024"},
      {"KeyBeyondTheFile", keys(Raw<uint64_t>(1000)), "a key needs 1000 bytes, 64 are left"},
      {"KeyNotUtf8", keys(RawString("\xFF")), "is not UTF-8"},
      {"KeyTwice", twice, "at byte 58: key \"k\": stands twice, first at byte 24"},
      {"TypeUnknown", value(13, "xxxxxxxx"), "key \"k\": the type is 13, which no value has"},
      {"ValueCutShort", value(10, "1234567"), "key \"k\": the value needs 8 bytes, 7 are left"},
      {"BoolOfTwo", value(7, "\2"), "at byte 37: key \"k\": a bool is neither 0 nor 1"},
      {"LongString", value(8, Raw<uint64_t>((1U << 20) + 1)), "has 1048577 bytes, at most 1048576"},
      {"StringOf64Bits", value(8, Raw(~0ULL)), "has 18446744073709551615 bytes"},
      {"StringBeyondTheFile", value(8, Raw<uint64_t>(5) + "1234"), "needs 5 bytes, 4 are left"},
      {"NestedArray", array(9, 1, Raw<uint32_t>(4) + Raw<uint64_t>(0)),
       "at byte 37: key \"k\": arrays of arrays are not read", StatusCode::kUnsupported},
      {"ElementTypeUnknown", array(99, 1, "x"), "the type of elements is 99"},
      {"ArrayOverTheLimit", array(0, 4'000'001, std::string(4'000'001, 'x')),
       "the number of elements is 4000001, at most 4000000"},
      {"ArrayOf64Bits", array(12, ~0ULL, "x"), "the number of elements is 18446744073709551615"},
      {"ArrayThatWrapsWhenMultiplied", array(12, 1ULL << 61, "x"), "at most 4000000"},
      {"ArrayBeyondTheFile", array(4, 2, "1234567"), "is 2, more than the 7 bytes left can hold"},
      {"StringsBeyondTheFile", array(8, 4'000'000, std::string(1000, '\0')),
       "is 4000000, more than the 1000 bytes left"},
      {"StringsCutShort", array(8, 2, RawString("ab") + Raw<uint64_t>(9) + "x"),
       "a string needs 9 bytes, 1 are left"},
      {"BoolsOfTwo", array(7, 3, std::string("\0\1\2", 3)), "a bool is neither 0 nor 1"},
      {"AlignmentOfThree", GgufBuilder().Uint32("general.alignment", 3).Build(),
       "key \"general.alignment\": is 3, expected a power of two from 8 to 65536"},
      {"AlignmentOfNought", GgufBuilder().Uint32("general.alignment", 0).Build(), "is 0, expected"},
      {"AlignmentOfFour", GgufBuilder().Uint32("general.alignment", 4).Build(), "is 4, expected"},
      {"AlignmentOverTheLimit", GgufBuilder().Uint32("general.alignment", 1U << 17).Build(),
       "is 131072, expected"},
      {"AlignmentIsAString", GgufBuilder().String("general.alignment", "32").Build(),
       "\"general.alignment\" is a string, expected an integer"},
      {"AlignmentIsNegative", GgufBuilder().Key("general.alignment", 5, Raw(-32)).Build(),
       "\"general.alignment\" is negative"},
  };
}

std::vector<BadFile> TensorRules() {
  const auto one = [](const std::vector<uint64_t>& shape, uint32_t type, size_t bytes = 64,
                      uint64_t offset = 0) {
    return GgufBuilder().TensorAt("t", shape, type, offset, std::string(bytes, '\0')).Build();
  };
  const auto entry = [](const std::string& bytes) {
    return Start(1, 0) + bytes + std::string(64, '\0');
  };
  constexpr uint64_t kHuge = 1ULL << 62;
  const std::string good = one({2, 4}, kF32, 32);
  return {
      {"EmptyName", entry(RawString("")), "at byte 24: a tensor's name is empty"},
      {"LongName", entry(RawString(std::string(1025, 't'))), "has 1025 bytes, at most 1024"},
      {"NameNotUtf8", entry(RawString("\xC0\xAF")), "is not UTF-8"},
      {"NameTwice", GgufBuilder().Tensor("t", {1}, 0, "1234").Tensor("t", {1}, 0, "1234").Build(),
       "tensor \"t\": stands twice, first at byte 24"},
      {"RankFive", one({1, 1, 1, 1, 1}, kF32, 4), "tensor \"t\": the rank is 5, at most 4"},
      {"RankOf32Bits", entry(RawString("t") + Raw(~0U)), "the rank is 4294967295"},
      {"EntryCutShort", (Start(1, 0) + RawString("tt") + Raw<uint32_t>(1) + std::string(10, '\0')),
       "the type needs 4 bytes, 2 are left"},
      {"ExtentOver63Bits", one({1ULL << 63}, kF32), "does not fit a signed 64-bit integer"},
      {"ElementsThatWrap", one({kHuge, 4}, kF32), "does not fit 64 bits"},
      {"BytesThatWrap", one({kHuge}, kF32), "F32 [4611686018427387904] does not fit 64 bits"},
      {"BlocksThatWrap", one({1ULL << 30, 1ULL << 33, 64}, kQ8_0), "does not fit 64 bits"},
      {"TypeUnknown", one({1}, 42), "the type of elements is 42", StatusCode::kUnsupported},
      {"TypeRemoved", one({32}, 4), "the type of elements is 4", StatusCode::kUnsupported},
      {"TypeOf32Bits", one({1}, ~0U), "is 4294967295", StatusCode::kUnsupported},
      {"RowsNotOfBlocks", one({2, 48}, kQ8_0),
       "Q8_0 [2, 48]: rows must be whole blocks of 32 elements"},
      {"ScalarOfBlocks", one({}, kQ8_0), "rows must be whole blocks of 32"},
      {"OffsetNotAligned", one({1}, kF32, 64, 8),
       "the offset 8 is not a multiple of the alignment"},
      {"OffsetBeyondTheFile", one({1}, kF32, 4, 64), "reach beyond the 32 bytes of data"},
      {"OffsetThatWraps", one({1}, kF32, 4, ~31ULL), "at offset 18446744073709551584 reach beyond"},
      {"DataCutShort", good.substr(0, good.size() - 1),
       "its 32 bytes at offset 0 reach beyond the "
       "31 bytes of data: the file is cut short"},
      {"NoData", one({8}, kF32, 0), "reach beyond the 0 bytes of data"},
      {"Hole", one({1}, kF32, 64, 32), "the offset 32 leaves a hole after byte 0"},
      {"Overlap",
       GgufBuilder()
           .Tensor("a", {16}, 0, std::string(64, 'a'))
           .TensorAt("b", {1}, 0, 32, "")
           .Build(),
       "tensor \"b\": the offset 32 overlaps the data before byte 64"},
      {"SamePlace", GgufBuilder().Tensor("a", {1}, 0, "aaaa").TensorAt("b", {1}, 0, 0, "").Build(),
       "the offset 0 overlaps the data before byte 32"},
  };
}

class BadFileTest : public testing::TestWithParam<BadFile> {};

TEST_P(BadFileTest, IsRefusedByThisRule) {
  const auto parsed = Parse(GetParam().bytes);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.status().code(), GetParam().code);
  EXPECT_THAT(parsed.status().message(), testing::StartsWith("bad.gguf: at byte "));
  EXPECT_THAT(parsed.status().message(), HasSubstr(GetParam().message));
}

std::string RuleName(const testing::TestParamInfo<BadFile>& info) { return info.param.rule; }
INSTANTIATE_TEST_SUITE_P(Start, BadFileTest, testing::ValuesIn(StartRules()), RuleName);
INSTANTIATE_TEST_SUITE_P(Key, BadFileTest, testing::ValuesIn(KeyRules()), RuleName);
INSTANTIATE_TEST_SUITE_P(Tensor, BadFileTest, testing::ValuesIn(TensorRules()), RuleName);

TEST(GgufParserTest, EveryCutShortFileIsRefused) {
  const std::string whole = GgufBuilder()
                                .String("s", "text")
                                .Strings("a", {"one", "two"})
                                .Bool("b", true)
                                .Tensor("t", {1, 32}, kQ8_0, std::string(34, '\1'))
                                .Build();
  const size_t end_of_data = whole.size() - (64 - 34);  // behind it is padding
  for (size_t length = 0; length < end_of_data; ++length) {
    EXPECT_FALSE(Parse(whole.substr(0, length)).ok()) << length;
  }
  EXPECT_TRUE(Parse(whole.substr(0, end_of_data)).ok());
}

TEST(GgufParserTest, DuplicatesOfALargeFileAreFoundWithoutComparingAllPairs) {
  GgufBuilder builder;
  for (uint32_t i = 0; i < 60'000; ++i) builder.Uint32("key" + std::to_string(i), i);
  EXPECT_TRUE(Parse(builder.Build()).ok());
  builder.Uint32("key0", 0);
  EXPECT_THAT(Parse(builder.Build()).status().message(), HasSubstr("key \"key0\": stands twice"));
}

// --- good files -------------------------------------------------------------------------------

TEST(GgufParserTest, ReadsWhatTheFormatAllows) {
  const std::string file = GgufBuilder(64)
                               .String("general.architecture", "any")
                               .Tensor("b", {2, 64}, kQ8_0, std::string(136, 'b'))
                               .Tensor("a", {3, 1, 2}, kF32, std::string(24, 'a'))
                               .Tensor("scalar", {}, kF32, "1234")
                               .Tensor("empty", {0, 5}, kF32, "")
                               .Build();
  const auto parsed = Parse(file);
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->version, 3U);
  EXPECT_TRUE(parsed->metadata.Has("general.architecture"));
  ASSERT_EQ(parsed->tensors.size(), 4U);
  EXPECT_EQ(parsed->tensors[0].name, "b");
  EXPECT_STREQ(parsed->tensors[0].type->name, "Q8_0");
  EXPECT_EQ(parsed->tensors[0].shape, (Shape{2, 64}));
  EXPECT_EQ(parsed->tensors[0].bytes.size(), 136U);
  EXPECT_EQ(parsed->tensors[1].shape, (Shape{3, 1, 2}));
  EXPECT_EQ(parsed->tensors[1].bytes.front(), std::byte{'a'});
  EXPECT_EQ(parsed->tensors[2].shape, Shape());
  EXPECT_EQ(parsed->tensors[3].name, "empty");
}

TEST(GgufParserTest, ReadsVersionTwo) { EXPECT_TRUE(Parse(GgufBuilder().Header(2)).ok()); }

TEST(GgufParserTest, NamesOfAnyOrderOfDataAreFine) {
  const auto parsed = Parse(GgufBuilder()
                                .TensorAt("second", {1}, kF32, 32, "2222")
                                .TensorAt("first", {1}, kF32, 0, "1111")
                                .Build());
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->tensors[0].name, "first");
}

TEST(GgufParserTest, HostileNamesDoNotReachTheMessageAsTheyAre) {
  const auto refused = Parse(GgufBuilder().Key("\x1b[2J", 99, "").Build());
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), HasSubstr("\"\\x1b[2J\""));
}

}  // namespace
}  // namespace llmembed::gguf

#include "weights/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "weights/test_support.h"

namespace llmembed::weights {
namespace {

using tensor::DType;
using tensor::Shape;
using testing::HasSubstr;

Result<SafetensorsHeader> Parse(const std::string& file, const SafetensorsLimits& limits = {}) {
  return ParseSafetensorsHeader(AsBytes(file), "bad.safetensors", limits);
}

// --- one bad file for each rule ---------------------------------------------------------------

struct BadFile {
  std::string rule;  // the test's name
  std::string bytes;
  std::string message;  // a part of it
  StatusCode code = StatusCode::kCorrupt;
};
void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.rule; }

std::string Repeat(const std::string& text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

std::vector<BadFile> LengthRules() {
  const std::string good = FileOf("{" + Entry("a", "[2]", 0, 8) + "}", 8);
  return {
      {"Empty", "", "at byte 0: file ends within the 8 bytes"},
      {"ShorterThanTheLength", std::string(7, '\0'), "at byte 7: file ends within the 8 bytes"},
      {"NoHeader", LengthPrefix(0), "does not begin with '{'"},
      {"LengthOverTheLimit", LengthPrefix(100'000'001) + "{}", "over the limit of 100000000"},
      {"LengthOf64Bits", LengthPrefix(~0ULL) + "{}", "18446744073709551615 is over the limit"},
      {"LengthThatWrapsWhenAdded", LengthPrefix(~0ULL - 7) + "{}", "is over the limit"},
      {"LengthBeyondTheFile", LengthPrefix(3) + "{}", "3 is more than the 2 bytes that follow"},
      {"HeaderCutShort", good.substr(0, 20), "bytes that follow"},
      {"DataCutShort", good.substr(0, good.size() - 1), "the file is cut short"},
      {"SurplusAtTheEnd", good + "x", "the last tensor ends here, but the file has"},
      {"SurplusWithoutTensors", FileOf("{}", 1), "at byte 10: the last tensor ends here"},
  };
}

std::vector<BadFile> TextRules() {
  return {
      {"SpaceBeforeTheBrace", FileOf(" {}", 0), "does not begin with '{'"},
      {"ByteOrderMark", FileOf("\xEF\xBB\xBF{}", 0), "does not begin with '{'"},
      {"AnArray", FileOf("[]", 0), "does not begin with '{'"},
      {"NotUtf8", FileOf("{\"\xFF\":1}", 0), "header is not UTF-8"},
      {"OverlongUtf8", FileOf("{\"\xC0\xAF\":1}", 0), "header is not UTF-8"},
      {"NewlineAtTheEnd", FileOf("{}\n", 0), "does not end in '}' and spaces"},
      {"TextAtTheEnd", FileOf("{} x", 0), "does not end in '}' and spaces"},
      {"TwoObjects", FileOf("{} {}", 0), "at byte 12: header is not valid JSON"},
      {"NulHidesTheRest", FileOf(std::string("{}\0{}", 5), 0), "at byte 10: header holds a NUL"},
      {"NotClosed", FileOf("{\"a\":{}", 0), "dtype is missing"},
      {"OnlyABrace", FileOf("{", 0), "does not end in '}'"},
      {"Comment", FileOf("{/**/}", 0), "not valid JSON"},
      {"TrailingComma", FileOf("{" + Entry("a", "[]", 0, 4) + ",}", 4), "not valid JSON"},
      {"LoneSurrogate", FileOf(R"({"\ud800":{}})", 0), "not valid JSON"},
      {"ControlCharacterInAName", FileOf("{\"a\x1b\":{}}", 0), "not valid JSON"},
      {"DeepNesting", FileOf(Repeat(R"({"a":)", 100'000) + Repeat("}", 100'000), 0),
       "tensor \"a\": unknown field \"a\""},
      {"DeepArrays", FileOf(R"({"a":{"shape":)" + Repeat("[", 100'000) + "}", 0),
       "expected a whole number, an extent of the shape, found an array"},
  };
}

std::vector<BadFile> NameRules() {
  const std::string a = Entry("a", "[1]", 0, 4);
  return {
      {"SameTensorTwice", FileOf("{" + a + "," + Entry("a", "[1]", 4, 8) + "}", 8),
       "tensor \"a\" stands twice"},
      // Both entries describe the whole buffer: a reader that keeps either is content.
      {"SameTensorTwiceAtOnePlace", FileOf("{" + a + "," + Entry("a", "[2]", 0, 4, "F16") + "}", 4),
       "tensor \"a\" stands twice"},
      {"SameTensorTwiceByEscape", FileOf("{" + a + "," + Entry("\\u0061", "[1]", 4, 8) + "}", 8),
       "tensor \"a\" stands twice"},
      {"LongName", FileOf("{" + Entry(std::string(1025, 'n'), "[]", 0, 4) + "}", 4),
       "has 1025 bytes, at most 1024"},
      {"MetadataTwice", FileOf(R"({"__metadata__":{},"__metadata__":{}})", 0),
       "__metadata__ stands twice"},
      {"MetadataKeyTwice", FileOf(R"({"__metadata__":{"k":"1","k":"2"}})", 0),
       "key \"k\" of __metadata__ stands twice"},
      {"MetadataIsAString", FileOf(R"({"__metadata__":"x"})", 0),
       "expected the object of __metadata__, found a string"},
      {"MetadataValueIsANumber", FileOf(R"({"__metadata__":{"k":1}})", 0),
       "expected a string, as every value of __metadata__, found a number"},
      {"MetadataValueIsAnObject", FileOf(R"({"__metadata__":{"k":{}}})", 0), "found an object"},
      {"MetadataValueIsLong",
       FileOf(R"({"__metadata__":{"k":")" + std::string((1 << 20) + 1, 'v') + "\"}}", 0),
       "has 1048577 bytes, at most 1048576"},
  };
}

std::vector<BadFile> EntryRules() {
  const auto entry = [](const std::string& fields, size_t data_bytes = 4) {
    return FileOf("{\"a\":{" + fields + "}}", data_bytes);
  };
  const std::string dtype = R"("dtype":"F32")";
  const std::string offsets = R"("data_offsets":[0,4])";
  return {
      {"EntryIsANumber", FileOf(R"({"a":1})", 0), "expected an object with dtype"},
      {"EntryIsNull", FileOf(R"({"a":null})", 0), "found null"},
      {"NoDType", entry(R"("shape":[1],)" + offsets), "dtype is missing"},
      {"NoShape", entry(dtype + "," + offsets), "shape is missing"},
      {"NoOffsets", entry(dtype + R"(,"shape":[1])"), "data_offsets is missing"},
      {"UnknownField", entry(dtype + R"(,"strides":[1])"), "unknown field \"strides\""},
      {"FieldTwice", entry(dtype + "," + dtype), "dtype stands twice"},
      {"DTypeIsANumber", entry(R"("dtype":32)"), "expected a string, the dtype, found a number"},
      {"DTypeUnknown", FileOf("{" + Entry("a", "[2]", 0, 1, "F4") + "}", 1),
       "dtype \"F4\" is not read", StatusCode::kUnsupported},
      {"DTypeOfGgml", FileOf("{" + Entry("a", "[32]", 0, 34, "Q8_0") + "}", 34),
       "dtype \"Q8_0\" is not read", StatusCode::kUnsupported},
      {"ShapeIsANumber", entry(R"("shape":4)"), "expected an array, the shape"},
      {"NegativeExtent", entry(R"("shape":[-1])"), "found a negative number"},
      {"FractionalExtent", entry(R"("shape":[1.5])"), "no 64-bit integer"},
      {"ExponentExtent", entry(R"("shape":[1e0])"), "no 64-bit integer"},
      {"ExtentOver64Bits", entry(R"("shape":[18446744073709551616])"), "no 64-bit integer"},
      {"ExtentOver63Bits", entry(R"("shape":[9223372036854775808])"), "is too large"},
      {"ExtentIsABoolean", entry(R"("shape":[true])"), "found true"},
      {"RankNine", entry(R"("shape":[1,1,1,1,1,1,1,1,1])"), "more than 8 extents"},
      {"OneOffset", entry(R"("data_offsets":[4])"), "fewer than two numbers"},
      {"ThreeOffsets", entry(R"("data_offsets":[0,4,8])"), "more than two numbers"},
      {"NegativeOffset", entry(R"("data_offsets":[-0,4])"), "found a negative number"},
      {"OffsetsAsAnObject", entry(R"("data_offsets":{})"), "expected an array, data_offsets"},
  };
}

std::vector<BadFile> LayoutRules() {
  const auto file = [](const std::vector<std::string>& entries, size_t data_bytes) {
    std::string header;
    for (const std::string& entry : entries) header += (header.empty() ? "{" : ",") + entry;
    return FileOf(header + "}", data_bytes);
  };
  constexpr uint64_t kMost = ~0ULL;
  return {
      {"EndBeforeBegin", file({Entry("a", "[1]", 4, 0)}, 4), "[4, 0] end before they begin"},
      {"EndBeyondTheFile", file({Entry("a", "[2]", 0, 8)}, 4), "reach beyond the 4 bytes of data"},
      {"EndOf64Bits", file({Entry("a", "[1]", 0, kMost)}, 4), "reach beyond the 4 bytes"},
      {"HoleAtTheStart", file({Entry("a", "[1]", 4, 8)}, 8), "leave a hole after byte 0"},
      {"HoleBetween", file({Entry("a", "[1]", 0, 4), Entry("b", "[1]", 8, 12)}, 12),
       "tensor \"b\": data_offsets [8, 12] leave a hole after byte 4"},
      {"Overlap", file({Entry("a", "[2]", 0, 8), Entry("b", "[2]", 4, 12)}, 12),
       "overlap the data before byte 8"},
      {"SamePlace", file({Entry("a", "[1]", 0, 4), Entry("b", "[1]", 0, 4)}, 4),
       "overlap the data before byte 4"},
      {"EmptyTensorInsideAnother", file({Entry("a", "[2]", 0, 8), Entry("b", "[0]", 4, 4)}, 8),
       "overlap the data before byte 8"},
      {"TooFewBytes", file({Entry("a", "[2]", 0, 4)}, 4), "hold 4 bytes, but F32 [2] needs 8"},
      {"TooManyBytes", file({Entry("a", "[]", 0, 8)}, 8), "hold 8 bytes, but F32 [] needs 4"},
      {"EmptyWithBytes", file({Entry("a", "[0]", 0, 4)}, 4), "but F32 [0] needs 0"},
      {"ProductOverflows", file({Entry("a", "[4294967296,4294967296]", 0, 4)}, 4),
       "does not fit 64 bits"},
      {"BytesOverflow", file({Entry("a", "[4611686018427387904]", 0, 4)}, 4),
       "does not fit 64 bits"},
      // (2^62 + 1) elements of 4 bytes would wrap to 4 bytes.
      {"ProductWrapsToTheRightSize", file({Entry("a", "[4611686018427387905]", 0, 4)}, 4),
       "does not fit 64 bits"},
  };
}

class BadFileTest : public testing::TestWithParam<BadFile> {};

TEST_P(BadFileTest, IsRefused) {
  const BadFile& bad = GetParam();
  const auto header = Parse(bad.bytes);
  ASSERT_FALSE(header.ok());
  EXPECT_EQ(header.status().code(), bad.code);
  EXPECT_THAT(header.status().message(), HasSubstr(bad.message));
  EXPECT_THAT(header.status().message(), testing::StartsWith("bad.safetensors: at byte "));
}

std::string RuleOf(const testing::TestParamInfo<BadFile>& info) { return info.param.rule; }

INSTANTIATE_TEST_SUITE_P(Length, BadFileTest, testing::ValuesIn(LengthRules()), RuleOf);
INSTANTIATE_TEST_SUITE_P(Text, BadFileTest, testing::ValuesIn(TextRules()), RuleOf);
INSTANTIATE_TEST_SUITE_P(Names, BadFileTest, testing::ValuesIn(NameRules()), RuleOf);
INSTANTIATE_TEST_SUITE_P(Entries, BadFileTest, testing::ValuesIn(EntryRules()), RuleOf);
INSTANTIATE_TEST_SUITE_P(Layout, BadFileTest, testing::ValuesIn(LayoutRules()), RuleOf);

TEST(SafetensorsLimitsTest, ASmallerLimitIsKept) {
  const std::string file = FileOf("{" + std::string(2000, ' ') + "}", 0);
  EXPECT_TRUE(Parse(file).ok());
  const auto refused = Parse(file, {.max_header_bytes = 2001});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), HasSubstr("2002 is over the limit of 2001"));
}

TEST(SafetensorsLimitsTest, TooManyTensors) {
  std::string header = "{" + Entry("0", "[0]", 0, 0);
  for (int i = 1; i < 65'536; ++i) header += "," + Entry(std::to_string(i), "[0]", 0, 0);
  const auto most = Parse(FileOf(header + "}", 0));
  ASSERT_TRUE(most.ok()) << most.status().message();
  EXPECT_EQ(most->tensors.size(), 65'536U);
  const auto refused = Parse(FileOf(header + "," + Entry("more", "[0]", 0, 0) + "}", 0));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), HasSubstr("more than 65536 tensors"));
}

// --- what a file may be -----------------------------------------------------------------------

TEST(SafetensorsHeaderTest, ReadsWhatTheFormatAllows) {
  const std::string header =
      "{ \"__metadata__\" : {\"format\":\"pt\", \"\":\"\"},\n" +
      Entry("z", "[2,3]", 0, 12, "BF16") + "," + Entry("scalar", "[]", 12, 20, "I64") + "," +
      Entry("empty", "[3,0]", 20, 20) + "," + Entry("\\u00e4\\n", "[1]", 20, 21, "BOOL") + "}     ";
  const auto parsed = Parse(FileOf(header, 21));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->data_begin, 8 + header.size());
  EXPECT_EQ(parsed->metadata, (Metadata{{"format", "pt"}, {"", ""}}));
  ASSERT_EQ(parsed->tensors.size(), 4U);
  EXPECT_EQ(parsed->tensors[0].name, "z");
  EXPECT_EQ(parsed->tensors[0].dtype, DType::kBF16);
  EXPECT_EQ(parsed->tensors[0].shape, (Shape{2, 3}));
  EXPECT_EQ(parsed->tensors[1].shape, Shape());
  EXPECT_EQ(parsed->tensors[2].shape, (Shape{3, 0}));
  EXPECT_EQ(parsed->tensors[2].begin, 20U);
  EXPECT_EQ(parsed->tensors[3].name, "\u00e4\n");
  EXPECT_EQ(parsed->tensors[3].end, 21U);
}

TEST(SafetensorsHeaderTest, NoTensorsAtAll) {
  const auto parsed = Parse(FileOf("{}", 0));
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->tensors.empty());
}

TEST(SafetensorsHeaderTest, EntriesMayStandInAnyOrder) {
  const auto parsed =
      Parse(FileOf("{" + Entry("b", "[1]", 4, 8) + "," + Entry("a", "[1]", 0, 4) + "}", 8));
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->tensors[0].name, "a");
  EXPECT_EQ(parsed->tensors[1].name, "b");
}

TEST(SafetensorsHeaderTest, HostileNamesDoNotReachTheMessageAsTheyAre) {
  const auto refused = Parse(FileOf("{" + Entry("\\u001b[2J\\u009b", "[2]", 0, 4) + "}", 4));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.status().message(), HasSubstr(R"("\x1b[2J\x9b")"));
}

// --- writing ----------------------------------------------------------------------------------

TEST(BuildSafetensorsHeaderTest, CanBeReadAgain) {
  const std::vector<TensorEntry> entries = {{"quote \" and \u00e4", DType::kF32, {2}, 0, 8, 0},
                                            {"half", DType::kF16, {}, 8, 10, 0}};
  const auto built = BuildSafetensorsHeader(entries, {{"k", "v"}});
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(built->size() % 8, 0U);
  const auto parsed = Parse(*built + std::string(10, '\0'));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->tensors[0].name, "quote \" and \u00e4");
  EXPECT_EQ(parsed->tensors[1].dtype, DType::kF16);
  EXPECT_EQ(parsed->metadata, (Metadata{{"k", "v"}}));
}

TEST(BuildSafetensorsHeaderTest, KeepsRoomWhenAsked) {
  const auto built = BuildSafetensorsHeader({}, {}, 300);
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(built->size(), 304U);
  EXPECT_TRUE(Parse(*built).ok());
}

TEST(BuildSafetensorsHeaderTest, RefusesWhatCouldNotBeRead) {
  const auto code_of = [](const std::vector<TensorEntry>& entries, const Metadata& metadata) {
    return BuildSafetensorsHeader(entries, metadata).status().code();
  };
  const TensorEntry a{"a", DType::kU8, {0}, 0, 0, 0};
  TensorEntry renamed = a;
  EXPECT_EQ(code_of({a, a}, {}), StatusCode::kUsage);
  renamed.name = "__metadata__";
  EXPECT_EQ(code_of({renamed}, {}), StatusCode::kUsage);
  renamed.name = "\xFF";
  EXPECT_EQ(code_of({renamed}, {}), StatusCode::kUsage);
  renamed.name = std::string(1025, 'x');
  EXPECT_EQ(code_of({renamed}, {}), StatusCode::kUsage);
  EXPECT_EQ(code_of({{"a", DType::kQ8_0, {32}, 0, 34, 0}}, {}), StatusCode::kUsage);
  EXPECT_EQ(code_of({a}, {{"k", "\xFF"}}), StatusCode::kUsage);
  EXPECT_EQ(code_of({a}, {{"k", std::string((1 << 20) + 1, 'v')}}), StatusCode::kUsage);
  EXPECT_EQ(code_of({a}, {{"k", "v"}}), StatusCode::kOk);
}

}  // namespace
}  // namespace llmembed::weights

#include "data/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LineReaderTest : public ::testing::Test {
 protected:
  // The lines with their ends; fails the test on an error.
  std::vector<std::string> Lines(std::string_view contents) {
    std::vector<std::string> lines;
    auto reader = LineReader::Open(folder_.Write("lines", contents));
    EXPECT_TRUE(reader.ok()) << reader.status().message();
    Line line;
    while (reader.ok()) {
      const auto more = reader->Next(&line);
      EXPECT_TRUE(more.ok()) << more.status().message();
      if (!more.ok() || !*more) break;
      lines.push_back(std::string(line.text) + "|" + std::string(line.end));
      EXPECT_EQ(line.number, lines.size());
    }
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_F(LineReaderTest, EndsAreLfAndCrlf) {
  EXPECT_THAT(Lines("a\nb\r\nc"), ElementsAre("a|\n", "b|\r\n", "c|"));
  EXPECT_THAT(Lines("a\n"), ElementsAre("a|\n"));
  EXPECT_THAT(Lines("\n\r\n\n"), ElementsAre("|\n", "|\r\n", "|\n"));
  EXPECT_THAT(Lines("a\rb\r\r\nc\r"), ElementsAre("a\rb\r|\r\n", "c\r|"));
}

TEST_F(LineReaderTest, NulIsAByteLikeAnyOther) {
  EXPECT_THAT(Lines(std::string_view("a\0b\n\0", 5)),
              ElementsAre(std::string("a\0b|\n", 5), std::string("\0|", 2)));
}

TEST_F(LineReaderTest, LeavesOutOneByteOrderMark) {
  EXPECT_THAT(Lines("\xEF\xBB\xBF"
                    "a\n"),
              ElementsAre("a|\n"));
  EXPECT_THAT(Lines("\xEF\xBB\xBF\xEF\xBB\xBF"), ElementsAre("\xEF\xBB\xBF|"));
  EXPECT_THAT(Lines("\xEF\xBB"), ElementsAre("\xEF\xBB|"));
  EXPECT_THAT(Lines("a\xEF\xBB\xBF"), ElementsAre("a\xEF\xBB\xBF|"));
}

TEST_F(LineReaderTest, RefusesNothingAndUtf16) {
  for (const std::string_view contents : {std::string_view(), std::string_view("\xEF\xBB\xBF")}) {
    const auto reader = LineReader::Open(folder_.Write("empty", contents));
    EXPECT_EQ(reader.status().code(), StatusCode::kBadData);
    EXPECT_THAT(reader.status().message(), HasSubstr("empty: the file is empty"));
  }
  for (const std::string_view contents :
       {std::string_view("\xFF\xFE"
                         "a\0",
                         4),
        std::string_view("\xFE\xFF\0a", 4), std::string_view("\xFF\xFE", 2)}) {
    const auto reader = LineReader::Open(folder_.Write("wide", contents));
    EXPECT_THAT(reader.status().message(), HasSubstr("UTF-16"));
  }
}

TEST_F(LineReaderTest, PeekDoesNotMove) {
  auto reader = LineReader::Open(folder_.Write("peek", "one\ntwo\n"));
  ASSERT_TRUE(reader.ok());
  Line line;
  ASSERT_TRUE(*reader->Peek(&line));
  EXPECT_EQ(line.text, "one");
  LineReader moved = *std::move(reader);
  EXPECT_EQ(line.text, "one");  // views survive a move
  ASSERT_TRUE(*moved.Next(&line));
  EXPECT_EQ(line.text, "one");
  ASSERT_TRUE(*moved.Peek(&line));
  EXPECT_EQ(line.text, "two");
  EXPECT_EQ(line.number, 2U);
}

TEST_F(LineReaderTest, TheLimitIsExact) {
  const std::string longest(kMaxRecordBytes, 'x');
  for (const std::string end : {"", "\n", "\r\n", "\r\nb", "\nb\n"}) {
    auto reader = LineReader::Open(folder_.Write("longest", "a\n" + longest + end));
    ASSERT_TRUE(reader.ok());
    Line line;
    ASSERT_TRUE(*reader->Next(&line));
    const auto more = reader->Next(&line);
    ASSERT_TRUE(more.ok() && *more) << more.status().message();
    EXPECT_TRUE(line.text == longest);
  }
  for (const std::string end : {"x", "x\n", "x\r\n", "xxxxxxxx\nb\n"}) {
    auto reader = LineReader::Open(folder_.Write("longer", "a\n" + longest + end));
    ASSERT_TRUE(reader.ok());
    Line line;
    ASSERT_TRUE(*reader->Next(&line));
    const auto more = reader->Next(&line);
    ASSERT_FALSE(more.ok()) << "with an end of " << end.size();
    EXPECT_EQ(more.status().code(), StatusCode::kBadData);
    EXPECT_THAT(more.status().message(), HasSubstr("longer: line 2: longer than 4194304 bytes"));
  }
}

TEST_F(LineReaderTest, TenMebibytesInOneLineAreRefused) {
  const auto reader = LineReader::Open(folder_.Write("huge", Gzip(std::string(10 << 20, 'x'))));
  EXPECT_THAT(reader.status().message(), HasSubstr("huge: line 1: longer than"));
}

TEST_F(LineReaderTest, LinesOfEveryLengthSurviveTheBuffer) {
  std::string contents;
  std::vector<std::string> expected;
  for (size_t i = 0; i < 1200; ++i) {
    const std::string text((i * 7919) % 3000, static_cast<char>('a' + i % 26));
    contents += text + "\n";
    expected.push_back(text + "|\n");
  }
  EXPECT_EQ(Lines(contents), expected);
}

}  // namespace
}  // namespace llmembed::data

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/json_escapes.h"
#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class JsonlRowsTest : public ::testing::Test {
 protected:
  ReadOutcome Read(std::string_view contents, LabelNeed need = LabelNeed::kOptional) {
    DataSource source;
    source.path = folder_.Write("a.jsonl", contents);
    return ReadAll(source, need);
  }

  std::string Error(std::string_view contents) {
    const auto outcome = Read(contents);
    EXPECT_EQ(outcome.status.code(), StatusCode::kBadData);
    return outcome.status.message();
  }

  TemporaryFolder folder_;
};

TEST_F(JsonlRowsTest, LabelsMayBeNumbersAndBooleans) {
  const auto outcome = Read(R"({"text":"a","label":1}
{"text":"b","label":-2.5}
{"text":"c","label":true}
{"text":"d","label":" x "}
{"text":"e","label":18446744073709551615}
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.rows, ElementsAre(TextAndLabel("a", "1"), TextAndLabel("b", "-2.5"),
                                        TextAndLabel("c", "true"), TextAndLabel("d", "x"),
                                        TextAndLabel("e", "18446744073709551615")));
  EXPECT_EQ(outcome.description, "JSONL; texts under 'text', labels under 'label'");
}

TEST_F(JsonlRowsTest, EscapesAndOtherKeys) {
  const auto outcome = Read(
      "{\"meta\":{\"text\":[1,{}]},\"text\":\"a\\u00e9\\ud83d\\ude00\\n\\u0000\",\"label\":"
      "\"\xC3\xA9\"}\n"
      "  {\"text\":\"\\\"\", \"label\":\"l\", \"more\":null}  \r\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.rows,
              ElementsAre(TextAndLabel(std::string("a\xC3\xA9\xF0\x9F\x98\x80\n\0", 9), "\xC3\xA9"),
                          TextAndLabel("\"", "l")));
  EXPECT_THAT(outcome.issues, IsEmpty());
}

TEST_F(JsonlRowsTest, NullAndMissing) {
  const auto outcome = Read(R"({"text":null,"label":"x"}

{"text":"b","label":null}
{"text":"c"}
)");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.rows,
              ElementsAre(TextAndLabel("", "x"), TextAndLabel("b", ""), TextAndLabel("c", "")));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("blank_line 1@2", "empty_text 1@1"));
  EXPECT_THAT(Error("{\"text\":\"a\"}\n{\"texts\":\"b\"}\n"),
              HasSubstr("a.jsonl: line 2: no text: the key 'text' is missing"));
}

TEST_F(JsonlRowsTest, MalformedLinesAreNamed) {
  const std::string good = "{\"text\":\"a\"}\n";
  EXPECT_THAT(Error(good + "{\"text\":\"b\""), HasSubstr("line 2: expected one JSON object"));
  EXPECT_THAT(Error(good + "[1]"), HasSubstr("line 2: expected one JSON object a line, and this"));
  EXPECT_THAT(Error(good + "{\"text\":\"b\"}{\"text\":\"c\"}"), HasSubstr("line 2: expected"));
  EXPECT_THAT(Error(good + "{\"text\":\"b\",\"x\":truue}"), HasSubstr("line 2: expected"));
  EXPECT_THAT(Error(good + "{\"text\":\"\\x\"}"), HasSubstr("line 2: expected"));
  EXPECT_THAT(Error(good + "{\"text\":1}"),
              HasSubstr("line 2: the value of 'text' is not a string"));
  EXPECT_THAT(Error(good + "{\"text\":\"b\",\"text\":\"c\"}"),
              HasSubstr("line 2: the key 'text' st"));
  EXPECT_THAT(Error("{\"text\":\"b\",\"label\":[1]}"),
              HasSubstr("line 1: the value of 'label' is no"));
  EXPECT_THAT(Error("[\n{\"text\":\"b\"}\n]"), HasSubstr("line 1: expected one JSON object"));
  EXPECT_THAT(Error("{}\n"), HasSubstr("which column holds the texts"));
  EXPECT_THAT(Error(good + "{\"text\":\"" + std::string(5 << 20, 'x') + "\"}\n"),
              HasSubstr("line 2: longer than 4194304 bytes"));
  EXPECT_THAT(Error("{\"text\":" + std::string(100000, '[')), HasSubstr("line 1: expected"));
}

TEST_F(JsonlRowsTest, WhatNoUtf8CanHoldIsReplacedAndReported) {
  const auto outcome = Read(
      "{\"text\":\"a\xFF\"}\n{\"text\":\"b\\ud83d.\"}\n"
      "{\"text\":\"\\ude00\\ud83d\\ude00\xE9\"}\n{\"text\":\"fine\"}\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_THAT(
      outcome.rows,
      ElementsAre(TextAndLabel("a" + replacement, ""), TextAndLabel("b" + replacement + ".", ""),
                  TextAndLabel(replacement + "\xF0\x9F\x98\x80" + replacement, ""),
                  TextAndLabel("fine", "")));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("invalid_utf8 3@1,2,3"));
}

TEST_F(JsonlRowsTest, KeysAsAskedFor) {
  DataSource source;
  source.path = folder_.Write("a.jsonl", "{\"a\":\"one\",\"b\":\"x\",\"c\":3}\n");
  source.text_column = "b";
  source.label_column = "c";
  EXPECT_THAT(ReadAll(source, LabelNeed::kRequired).rows, ElementsAre(TextAndLabel("x", "3")));
  source.label_column = "d";
  EXPECT_THAT(ReadAll(source, LabelNeed::kRequired).status.message(),
              HasSubstr("no column 'd'; the columns are 1 'a', 2 'b', 3 'c'"));
}

TEST(JsonEscapesTest, OnlyLoneSurrogatesAreReplaced) {
  const auto replaced = ReplaceLoneSurrogateEscapes;
  EXPECT_EQ(replaced(R"("plain \\ \n \u00e9")"), R"("plain \\ \n \u00e9")");
  EXPECT_EQ(replaced(R"(\ud83d\ude00)"), R"(\ud83d\ude00)");
  EXPECT_EQ(replaced(R"(\uD83D)"), R"(\uFFFD)");
  EXPECT_EQ(replaced(R"(\ude00\ud83d)"), R"(\uFFFD\uFFFD)");
  EXPECT_EQ(replaced(R"(\ud83d\ud83d\ude00)"), R"(\uFFFD\ud83d\ude00)");
  EXPECT_EQ(replaced(R"(\\ud83d)"), R"(\\ud83d)");  // an escaped backslash
  EXPECT_EQ(replaced(R"(\ud83)"), R"(\ud83)");
  EXPECT_EQ(replaced("\\"), "\\");
  EXPECT_EQ(replaced(""), "");
}

}  // namespace
}  // namespace llmembed::data

#include "data/row_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RowReaderTest : public ::testing::Test {
 protected:
  ReadOutcome Read(const std::string& name, std::string_view contents,
                   LabelNeed need = LabelNeed::kOptional) {
    DataSource source;
    source.path = folder_.Write(name, contents);
    return ReadAll(source, need);
  }

  ReadOutcome ReadStandardInput(std::string_view contents, LabelNeed need = LabelNeed::kNone) {
    const ScopedStandardInput input(folder_.Write("in", contents));
    DataSource source;
    source.path = "-";
    return ReadAll(source, need);
  }

  void ExpectError(const ReadOutcome& outcome, StatusCode code, const std::string& what) {
    EXPECT_EQ(outcome.status.code(), code);
    EXPECT_THAT(outcome.status.message(), HasSubstr(what));
  }

  TemporaryFolder folder_;
};

TEST_F(RowReaderTest, TsvOfLabelAndTextWithoutAHeader) {
  const auto outcome = Read("a.tsv", "good\ta \"great\" film, really\nbad\tawful\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.rows, ElementsAre(TextAndLabel("a \"great\" film, really", "good"),
                                        TextAndLabel("awful", "bad")));
  EXPECT_EQ(outcome.description, "TSV without a header; texts in column 2, labels in column 1");
  EXPECT_THAT(outcome.issues, IsEmpty());
}

TEST_F(RowReaderTest, CsvWithAHeaderCrlfAndAByteOrderMark) {
  const auto outcome =
      Read("a.csv", "\xEF\xBB\xBFid,text,label\r\n1,\"two\r\nlines\",x\r\n2,\"\", y \r\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.rows, ElementsAre(TextAndLabel("two\r\nlines", "x"), TextAndLabel("", "y")));
  EXPECT_THAT(outcome.lines, ElementsAre(2, 4));
  EXPECT_EQ(outcome.description, "CSV with a header; texts in column 2, labels in column 3");
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("empty_text 1@4"));
}

TEST_F(RowReaderTest, TheSameRowsFromEveryWrapping) {
  const std::string tsv = "good\tone\nbad\ttwo\n";
  const std::vector<TextAndLabel> rows = {{"one", "good"}, {"two", "bad"}};
  EXPECT_EQ(Read("a.tsv", tsv).rows, rows);
  EXPECT_EQ(Read("a.tsv.gz", Gzip("good\tone\nba") + Gzip("d\ttwo\n")).rows, rows);
  EXPECT_EQ(Read("a.tsv.zst", Zstd("good\tone\nba") + Zstd("d\ttwo\n")).rows, rows);
  EXPECT_EQ(Read("a.txt", tsv).rows, rows);
  EXPECT_EQ(Read("a.csv", "good,one\r\nbad,two").rows, rows);
  EXPECT_EQ(Read("b.csv", "text,label\none,good\ntwo,bad\n").rows, rows);
  EXPECT_EQ(Read("a.jsonl",
                 "{\"text\":\"one\",\"label\":\"good\"}\n"
                 "{\"label\":\"bad\",\"text\":\"two\"}")
                .rows,
            rows);
  EXPECT_EQ(ReadStandardInput(tsv, LabelNeed::kOptional).rows, rows);
  EXPECT_EQ(ReadStandardInput(Zstd(tsv), LabelNeed::kRequired).rows, rows);
}

TEST_F(RowReaderTest, PlainLinesFromStandardInputStayWhole) {
  const auto outcome = ReadStandardInput("Well, it was good\ntext,label\n\n{x}\ta\tb\r\n\"last");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.rows, ElementsAre(TextAndLabel("Well, it was good", ""),
                                        TextAndLabel("text,label", ""), TextAndLabel("", ""),
                                        TextAndLabel("{x}\ta\tb", ""), TextAndLabel("\"last", "")));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("empty_text 1@3"));
  EXPECT_EQ(outcome.description, "plain lines without a header; texts in column 1");
}

TEST_F(RowReaderTest, TextsWithoutLabels) {
  EXPECT_THAT(Read("a.csv", "text\none\n\ntwo\n", LabelNeed::kNone).rows, SizeIs(3));
  EXPECT_THAT(Read("a.txt", "one, two\nthree", LabelNeed::kNone).rows,
              ElementsAre(TextAndLabel("one, two", ""), TextAndLabel("three", "")));
  ExpectError(Read("a.txt", "one\n", LabelNeed::kRequired), StatusCode::kBadData,
              "labels are needed");
  ExpectError(Read("a.csv", "text\none\n", LabelNeed::kRequired), StatusCode::kBadData,
              "labels are needed");
}

TEST_F(RowReaderTest, ColumnsByNameAndNumber) {
  DataSource source;
  source.path = folder_.Write("a.csv", "n,what,how\n1,a text,fine\n");
  source.text_column = "what";
  source.label_column = "3";
  EXPECT_THAT(ReadAll(source, LabelNeed::kRequired).rows,
              ElementsAre(TextAndLabel("a text", "fine")));
  source.text_column = "whom";
  ExpectError(ReadAll(source, LabelNeed::kRequired), StatusCode::kNotFound,
              "a.csv: no column 'whom'; the columns are 1 'n', 2 'what', 3 'how'");
}

TEST_F(RowReaderTest, HeaderAsTheCallerSays) {
  DataSource source;
  source.path = folder_.Write("a.tsv", "text\tlabel\none\ttwo\n");
  EXPECT_THAT(ReadAll(source, LabelNeed::kRequired).rows, ElementsAre(TextAndLabel("one", "two")));
  source.header = HeaderMode::kAbsent;
  EXPECT_THAT(ReadAll(source, LabelNeed::kRequired).rows,
              ElementsAre(TextAndLabel("label", "text"), TextAndLabel("two", "one")));
}

TEST_F(RowReaderTest, FormatAsTheCallerSays) {
  DataSource source;
  source.path = folder_.Write("a.csv", "text,label\none,two\n");
  source.format = DataFormat::kLines;
  EXPECT_THAT(ReadAll(source, LabelNeed::kNone).rows,
              ElementsAre(TextAndLabel("text,label", ""), TextAndLabel("one,two", "")));
}

TEST_F(RowReaderTest, AWrongNumberOfFieldsNamesTheLine) {
  ExpectError(Read("a.tsv", "x\tone\ny\ttwo\tmore\n"), StatusCode::kBadData,
              "a.tsv: line 2: 3 columns, where line 1 has 2 (TSV has no quoting");
  ExpectError(Read("a.csv", "text,label\n\"a\nb\",x\nno label\n"), StatusCode::kBadData,
              "a.csv: line 4: 1 columns, where line 1 has 2");
  ExpectError(ReadStandardInput("Hi\tthere\nanother text\n"), StatusCode::kBadData,
              "taken for TSV because of its first line: give the format");
}

TEST_F(RowReaderTest, BlankLinesOfATableAreReported) {
  const auto outcome = Read("a.tsv", "x\tone\n\ny\ttwo\n\n\n");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.rows, SizeIs(2));
  EXPECT_THAT(outcome.lines, ElementsAre(1, 3));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("blank_line 3@2,4,5"));
}

TEST_F(RowReaderTest, IllFormedUtf8IsReplacedAndReported) {
  const auto outcome = Read("a.tsv", "x\tcaf\xE9\ny\tcaf\xC3\xA9\nz\xFF\t\xF0\x9F\n");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.rows,
              ElementsAre(TextAndLabel("caf\xEF\xBF\xBD", "x"), TextAndLabel("caf\xC3\xA9", "y"),
                          TextAndLabel("\xEF\xBF\xBD", "z\xEF\xBF\xBD")));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("invalid_utf8 2@1,3"));
  EXPECT_EQ(outcome.issues.front().path, folder_.path() + "/a.tsv");
  EXPECT_THAT(outcome.issues.front().policy, HasSubstr("U+FFFD"));
}

TEST_F(RowReaderTest, OneRowOutForEachRowIn) {
  const auto outcome = Read("a.txt", "\n \t \n\xE3\x80\x80\nx\n");  // U+3000 is a blank
  EXPECT_THAT(outcome.rows, SizeIs(4));
  EXPECT_THAT(Summaries(outcome.issues), ElementsAre("empty_text 3@1,2,3"));
}

TEST_F(RowReaderTest, NulIsKept) {
  const auto outcome = Read("a.tsv", std::string_view("x\ta\0b\n", 6));
  EXPECT_THAT(outcome.rows, ElementsAre(TextAndLabel(std::string("a\0b", 3), "x")));
}

TEST_F(RowReaderTest, OnlyTheFirstTenLinesAreRemembered) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "\xFF\n";
  const auto outcome = Read("a.txt", lines);
  ASSERT_THAT(outcome.issues, SizeIs(1));
  EXPECT_EQ(outcome.issues.front().count, 1000U);
  EXPECT_THAT(outcome.issues.front().lines, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

TEST_F(RowReaderTest, NothingInItIsAnError) {
  ExpectError(Read("a.tsv", ""), StatusCode::kBadData, "a.tsv: the file is empty");
  ExpectError(Read("a.tsv.gz", Gzip("")), StatusCode::kBadData, "the file is empty");
  ExpectError(Read("a.csv", "text,label\n"), StatusCode::kBadData,
              "a.csv: a header and no row behind it");
  ExpectError(Read("a.csv", "text,label\n\n\n"), StatusCode::kBadData, "no row behind it");
  ExpectError(Read("a.jsonl", "\n\n"), StatusCode::kBadData, "blank lines and nothing else");
  ExpectError(ReadStandardInput(""), StatusCode::kBadData, "standard input: the file is empty");
}

TEST_F(RowReaderTest, DamageInTheMiddleIsAnError) {
  std::string lines;
  for (int i = 0; i < 200000; ++i) lines += "label\tthe text of line " + std::to_string(i) + "\n";
  const std::string whole = Gzip(lines);
  const auto outcome = Read("cut.tsv.gz", whole.substr(0, whole.size() / 2));
  ExpectError(outcome, StatusCode::kCorrupt, "truncated");
  EXPECT_THAT(outcome.rows, SizeIs(::testing::Gt(1000U)));
}

}  // namespace
}  // namespace llmembed::data

#include "data/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace llmembed::data {
namespace {

using ::testing::HasSubstr;
using Cells = std::vector<std::string_view>;

DataSource Source(const std::string& text_column = "", const std::string& label_column = "") {
  DataSource source;
  source.path = "table";
  source.text_column = text_column;
  source.label_column = label_column;
  return source;
}

// "text 1, label 2", counted from 1, or the error's message.
std::string Resolve(const Cells& cells, RowMeaning meaning, const DataSource& source,
                    LabelNeed need) {
  const auto columns = ResolveColumns(cells, meaning, source, need);
  if (!columns.ok()) return columns.status().message();
  return "text " + std::to_string(columns->text + 1) +
         (columns->label ? ", label " + std::to_string(*columns->label + 1) : "");
}

bool IsCsvHeader(const Cells& cells) { return IsHeader(cells, DataFormat::kCsv, Source()); }

TEST(IsHeaderTest, AKnownTextAndAKnownLabel) {
  EXPECT_TRUE(IsCsvHeader({"text", "label"}));
  EXPECT_TRUE(IsCsvHeader({"Label", "REVIEW"}));
  EXPECT_TRUE(IsCsvHeader({"", "sentence", "any thing at all", "sentiment"}));
}

TEST(IsHeaderTest, OneKnownNameAmongNames) {
  EXPECT_TRUE(IsCsvHeader({"id", "review"}));
  EXPECT_TRUE(IsCsvHeader({"label", "blurb"}));
  EXPECT_TRUE(IsCsvHeader({"text"}));
  EXPECT_FALSE(IsCsvHeader({"review", "a fine film"}));  // a class called "review"
  EXPECT_FALSE(IsCsvHeader({"review", ""}));
  EXPECT_FALSE(IsCsvHeader({"17", "title"}));
}

TEST(IsHeaderTest, DataIsNoHeader) {
  EXPECT_FALSE(IsCsvHeader({"positive", "great"}));
  EXPECT_FALSE(IsCsvHeader({"label"}));  // a text of one word
  EXPECT_FALSE(IsCsvHeader({"the text is fine", "a label"}));
  EXPECT_FALSE(IsCsvHeader({""}));
}

TEST(IsHeaderTest, TheCallerDecides) {
  DataSource source = Source();
  source.header = HeaderMode::kAbsent;
  EXPECT_FALSE(IsHeader(Cells{"text", "label"}, DataFormat::kCsv, source));
  source.header = HeaderMode::kPresent;
  EXPECT_TRUE(IsHeader(Cells{"a b", "c d"}, DataFormat::kLines, source));
  EXPECT_TRUE(IsHeader(Cells{"a b", "c d"}, DataFormat::kCsv, Source("a b")));
  EXPECT_FALSE(IsHeader(Cells{"a b", "c d"}, DataFormat::kCsv, Source("1", "2")));
  EXPECT_FALSE(IsHeader(Cells{"text"}, DataFormat::kLines, Source()));
}

TEST(ResolveColumnsTest, ByKnownName) {
  const auto resolve = [](const Cells& cells) {
    return Resolve(cells, RowMeaning::kHeader, Source(), LabelNeed::kRequired);
  };
  EXPECT_EQ(resolve({"text", "label"}), "text 1, label 2");
  EXPECT_EQ(resolve({"id", "Category", "x", "Tweet"}), "text 4, label 2");
  EXPECT_EQ(resolve({"title", "text", "label", "topic"}),
            "text 2, label 3");  // the first names win
  EXPECT_EQ(resolve({"blurb", "label"}), "text 1, label 2");
  EXPECT_EQ(resolve({"sms", "spam"}), "text 1, label 2");
  EXPECT_EQ(resolve({"foo", "bar"}), "text 2, label 1");
  EXPECT_THAT(resolve({"title", "description", "label"}),
              HasSubstr("table: no telling which column holds the texts; name it (--text); "
                        "the columns are 1 'title', 2 'description', 3 'label'"));
  EXPECT_THAT(resolve({"text", "rating", "topic"}), HasSubstr("which column holds the labels"));
  EXPECT_THAT(resolve({"text", "label", "text"}), HasSubstr("which column holds the texts"));
  EXPECT_THAT(resolve({"text", "a", "b"}), HasSubstr("labels are needed"));
}

TEST(ResolveColumnsTest, ByPosition) {
  const auto resolve = [](const Cells& cells, LabelNeed need) {
    return Resolve(cells, RowMeaning::kData, Source(), need);
  };
  EXPECT_EQ(resolve({"positive", "great"}, LabelNeed::kRequired), "text 2, label 1");
  EXPECT_EQ(resolve({"positive", "great"}, LabelNeed::kOptional), "text 2, label 1");
  EXPECT_EQ(resolve({"positive", "great"}, LabelNeed::kNone), "text 2");
  EXPECT_EQ(resolve({"great"}, LabelNeed::kOptional), "text 1");
  EXPECT_EQ(resolve({"text"}, LabelNeed::kNone), "text 1");
  EXPECT_THAT(resolve({"great"}, LabelNeed::kRequired), HasSubstr("labels are needed"));
  EXPECT_THAT(resolve({"good;great"}, LabelNeed::kRequired), HasSubstr("separated by commas"));
  EXPECT_THAT(resolve({"1", "text", "c"}, LabelNeed::kNone),
              HasSubstr("the first row is 1 '1', 2 'text', 3 'c'"));
}

TEST(ResolveColumnsTest, AsAskedFor) {
  const Cells header = {"id", "a", "b", "label"};
  const auto resolve = [&header](const std::string& text, const std::string& label,
                                 RowMeaning meaning = RowMeaning::kHeader) {
    return Resolve(header, meaning, Source(text, label), LabelNeed::kRequired);
  };
  EXPECT_EQ(resolve("b", "a"), "text 3, label 2");
  EXPECT_EQ(resolve("2", ""), "text 2, label 4");
  EXPECT_EQ(resolve("4", "1", RowMeaning::kData), "text 4, label 1");
  EXPECT_THAT(resolve("c", ""), HasSubstr("no column 'c'; the columns are 1 'id', 2 'a'"));
  EXPECT_THAT(resolve("5", ""), HasSubstr("no column '5'"));
  EXPECT_THAT(resolve("0", ""), HasSubstr("no column '0'"));
  EXPECT_THAT(resolve("99999999999999999999999", ""), HasSubstr("no column '999"));
  EXPECT_THAT(resolve("b", "3"), HasSubstr("the same column"));
  EXPECT_EQ(
      ResolveColumns(header, RowMeaning::kHeader, Source("c"), LabelNeed::kNone).status().code(),
      StatusCode::kNotFound);
}

TEST(ResolveColumnsTest, ANameOfDigitsIsANameFirst) {
  EXPECT_EQ(Resolve({"2", "1", "label"}, RowMeaning::kHeader, Source("1"), LabelNeed::kRequired),
            "text 2, label 3");
}

TEST(ResolveColumnsTest, AskedForTwice) {
  EXPECT_THAT(Resolve({"a", "a", "label"}, RowMeaning::kHeader, Source("a"), LabelNeed::kNone),
              HasSubstr("two columns are named 'a'"));
}

TEST(ResolveColumnsTest, TheOtherOfTwo) {
  EXPECT_EQ(Resolve({"x", "y"}, RowMeaning::kData, Source("1"), LabelNeed::kRequired),
            "text 1, label 2");
  EXPECT_EQ(Resolve({"x", "y"}, RowMeaning::kData, Source("", "2"), LabelNeed::kNone), "text 1");
}

TEST(MessagesTest, StayShortAndPrintable) {
  EXPECT_EQ(QuoteForMessage("a\tb\xFF"), "'a?b\xEF\xBF\xBD'");
  EXPECT_EQ(QuoteForMessage(std::string(100, 'x')), "'" + std::string(40, 'x') + "...'");
  const std::vector<std::string_view> many(5000, "c");
  EXPECT_LT(ListColumns(many).size(), 200U);
  EXPECT_THAT(ListColumns(many), HasSubstr("20 'c' and 4980 more"));
}

}  // namespace
}  // namespace llmembed::data

#include "data/format_detection.h"

#include <gtest/gtest.h>

namespace llmembed::data {
namespace {

DataFormat Sniff(std::string_view line, LabelNeed need = LabelNeed::kNone) {
  return SniffFormat(line, DataSource{}, need);
}

TEST(FormatOfNameTest, LooksBehindCompression) {
  EXPECT_EQ(FormatOfName("a.csv"), DataFormat::kCsv);
  EXPECT_EQ(FormatOfName("dir.csv/a.TSV"), DataFormat::kTsv);
  EXPECT_EQ(FormatOfName("a.tsv.gz"), DataFormat::kTsv);
  EXPECT_EQ(FormatOfName("a.jsonl.zst"), DataFormat::kJsonl);
  EXPECT_EQ(FormatOfName("a.ndjson"), DataFormat::kJsonl);
  EXPECT_EQ(FormatOfName("a.json"), DataFormat::kJsonl);
  for (const char* name : {"-", "", "a.txt", "a.txt.gz", "a", "csv", "a.csv.bak", "/dev/fd/3"}) {
    EXPECT_EQ(FormatOfName(name), DataFormat::kAuto) << name;
  }
}

TEST(SniffFormatTest, PlainTextsStayWholeLines) {
  for (const char* line :
       {"", "a text", "Well, it was good, and cheap", "\"Quoted\", he said", "{sic} a text", "{",
        "text", "review, comment", "[\"a\"]", "\ttext", "one\ttwo\tthree", " \tblank label"}) {
    EXPECT_EQ(Sniff(line), DataFormat::kLines) << line;
  }
  EXPECT_EQ(Sniff(std::string(65, 'x') + "\ttoo long for a label"), DataFormat::kLines);
}

TEST(SniffFormatTest, RecognisesTables) {
  EXPECT_EQ(Sniff("positive\ta great film, really"), DataFormat::kTsv);
  EXPECT_EQ(Sniff("id\ttext\tlabel"), DataFormat::kTsv);
  EXPECT_EQ(Sniff("text,label"), DataFormat::kCsv);
  EXPECT_EQ(Sniff("\"id\",\"review\""), DataFormat::kCsv);
  EXPECT_EQ(Sniff("{\"text\": \"a\"}"), DataFormat::kJsonl);
  EXPECT_EQ(Sniff(" { \"text\": broken"), DataFormat::kJsonl);
  EXPECT_EQ(Sniff("{}"), DataFormat::kJsonl);
}

TEST(SniffFormatTest, WhereATableIsAskedForSeparatorsDecide) {
  EXPECT_EQ(Sniff("good, great", LabelNeed::kRequired), DataFormat::kCsv);
  EXPECT_EQ(Sniff("a\tb\tc", LabelNeed::kRequired), DataFormat::kTsv);
  EXPECT_EQ(Sniff("a text", LabelNeed::kRequired), DataFormat::kLines);
  DataSource source;
  source.text_column = "2";
  EXPECT_EQ(SniffFormat("1,a text", source, LabelNeed::kNone), DataFormat::kCsv);
  source = DataSource{};
  source.header = HeaderMode::kPresent;
  EXPECT_EQ(SniffFormat("foo,bar", source, LabelNeed::kNone), DataFormat::kCsv);
  source.header = HeaderMode::kAbsent;
  EXPECT_EQ(SniffFormat("text,label", source, LabelNeed::kNone), DataFormat::kLines);
}

}  // namespace
}  // namespace llmembed::data

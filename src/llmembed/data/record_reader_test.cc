#include "data/record_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/test_support.h"

namespace llmembed::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Fields = std::vector<std::string>;

struct Outcome {
  std::vector<Fields> records;
  std::vector<uint64_t> lines;
  Status status;
};

class RecordReaderTest : public ::testing::Test {
 protected:
  Outcome Read(DataFormat format, std::string_view contents) {
    Outcome outcome;
    auto lines = LineReader::Open(folder_.Write("table", contents));
    EXPECT_TRUE(lines.ok());
    const auto reader = MakeRecordReader(format, *std::move(lines));
    Record record;
    while (true) {
      const auto more = reader->Next(&record);
      outcome.status = more.status();
      if (!more.ok() || !*more) return outcome;
      outcome.records.emplace_back(record.fields.begin(), record.fields.end());
      outcome.lines.push_back(record.line);
    }
  }

  std::vector<Fields> Csv(std::string_view contents) {
    const Outcome outcome = Read(DataFormat::kCsv, contents);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    return outcome.records;
  }

  std::string CsvError(std::string_view contents) {
    const Outcome outcome = Read(DataFormat::kCsv, contents);
    EXPECT_EQ(outcome.status.code(), StatusCode::kBadData);
    return outcome.status.message();
  }

  TemporaryFolder folder_;
};

TEST_F(RecordReaderTest, CsvFields) {
  EXPECT_THAT(Csv("a,b\n1,2\r\n"), ElementsAre(Fields{"a", "b"}, Fields{"1", "2"}));
  EXPECT_THAT(Csv(",\n,,x"), ElementsAre(Fields{"", ""}, Fields{"", "", "x"}));
  EXPECT_THAT(Csv("\n"), ElementsAre(Fields{""}));
  EXPECT_THAT(Csv(R"("a","b")"), ElementsAre(Fields{"a", "b"}));
  EXPECT_THAT(Csv(R"("","",)"), ElementsAre(Fields{"", "", ""}));
  EXPECT_THAT(Csv(R"("a,b",c)"), ElementsAre(Fields{"a,b", "c"}));
  EXPECT_THAT(Csv(R"("say ""hi""",")"
                  R"(""""",x)"),
              ElementsAre(Fields{"say \"hi\"", "\"\"", "x"}));
  EXPECT_THAT(Csv(" a , b"), ElementsAre(Fields{" a ", " b"}));
  EXPECT_THAT(Csv("a\tb,c"), ElementsAre(Fields{"a\tb", "c"}));
}

TEST_F(RecordReaderTest, CsvQuotesCarryEndsOfLines) {
  const Outcome outcome =
      Read(DataFormat::kCsv, "a,\"one\ntwo\r\n\nfour\"\r\nb,c\n\"x\ny\",\"z\n\"\nlast,1");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_THAT(outcome.records, ElementsAre(Fields{"a", "one\ntwo\r\n\nfour"}, Fields{"b", "c"},
                                           Fields{"x\ny", "z\n"}, Fields{"last", "1"}));
  EXPECT_THAT(outcome.lines, ElementsAre(1, 5, 6, 9));
}

TEST_F(RecordReaderTest, CsvMalformedQuotesNameTheLine) {
  EXPECT_THAT(CsvError("a,b\nhe said \"hi\",1\n"),
              HasSubstr("table: line 2: a quote inside a field that does not begin with one"));
  EXPECT_THAT(CsvError("a,b\n5\" disk,1\n"), HasSubstr("line 2: a quote inside a field"));
  EXPECT_THAT(CsvError("a,b\n \"x\",1\n"), HasSubstr("line 2: a quote inside a field"));
  EXPECT_THAT(CsvError("a,b\n\"x\" ,1\n"), HasSubstr("line 2: text after the closing quote"));
  EXPECT_THAT(CsvError("a,b\n\"x\ny\"z,1\n"), HasSubstr("line 2: text after the closing quote"));
  EXPECT_THAT(CsvError("a,b\nx,\"never\nclosed\n"),
              HasSubstr("line 2: the quote that opens a field here is not closed by the end"));
  EXPECT_THAT(CsvError("\""), HasSubstr("line 1: the quote"));
  EXPECT_THAT(CsvError("\"a\"\"\n"), HasSubstr("line 1: the quote"));
}

TEST_F(RecordReaderTest, CsvRecordsAreBounded) {
  std::string endless = "a,b\nx,\"";
  for (int i = 0; i < 80000; ++i)
    endless += "sixty-four bytes of text that stand inside of an open quote ....\n";
  EXPECT_THAT(CsvError(endless), HasSubstr("line 2: the quote that opens a field here is not "
                                           "closed by 4 MiB, the limit of a record"));
  std::string many_fields = "\"";
  for (int i = 0; i < 5; ++i) many_fields += "\n\"" + std::string(1 << 20, ',') + "\"";
  EXPECT_THAT(CsvError(many_fields), HasSubstr("4 MiB"));
}

TEST_F(RecordReaderTest, TsvHasNoQuoting) {
  const Outcome outcome = Read(DataFormat::kTsv, "\"a\tb\"\n\t\n\"\n");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.records, ElementsAre(Fields{"\"a", "b\""}, Fields{"", ""}, Fields{"\""}));
}

TEST_F(RecordReaderTest, LinesAreWhole) {
  const Outcome outcome = Read(DataFormat::kLines, "a,b\t\"c\n\nd");
  ASSERT_TRUE(outcome.status.ok());
  EXPECT_THAT(outcome.records, ElementsAre(Fields{"a,b\t\"c"}, Fields{""}, Fields{"d"}));
}

// Writes a field in quotes where it needs them, and sometimes where it does not.
std::string Quote(const std::string& field, base::Random* random) {
  if (field.find_first_of(",\"\r\n") == std::string::npos && random->Below(3) != 0) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

TEST_F(RecordReaderTest, RandomCsvComesBackAsItWas) {
  const std::string alphabet("ab ,,\"\"\n\r\t;'\0\xC3\xA9", 15);
  for (uint64_t seed = 0; seed < 300; ++seed) {
    base::Random random(seed);
    const size_t columns = 1 + random.Below(4);
    std::vector<Fields> records(1 + random.Below(20));
    std::string contents;
    const std::string end = random.Below(2) == 0 ? "\n" : "\r\n";
    for (Fields& fields : records) {
      for (size_t i = 0; i < columns; ++i) {
        std::string field(random.Below(12), '\0');
        for (char& c : field) c = alphabet[random.Below(static_cast<uint32_t>(alphabet.size()))];
        contents += (i == 0 ? "" : ",") + Quote(field, &random);
        fields.push_back(field);
      }
      contents += end;
    }
    EXPECT_EQ(Csv(contents), records) << "seed " << seed;
  }
}

}  // namespace
}  // namespace llmembed::data

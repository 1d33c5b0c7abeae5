#include "eval/text_table.h"

#include <gtest/gtest.h>

namespace llmembed::eval {
namespace {

TEST(TextTableTest, AlignsByCodePoints) {
  TextTable table;
  table.AddRow({"é", "1"});
  table.AddRow({"abc", "100"});
  table.AddRow({"x"});
  EXPECT_EQ(table.Format(),
            "é      1\n"
            "abc  100\n"
            "x\n");
}

TEST(TextTableTest, IsEmptyWithoutRows) { EXPECT_EQ(TextTable().Format(), ""); }

TEST(CellTextTest, CutsLongTextsBetweenCodePoints) {
  EXPECT_EQ(CellText("äöüß", 4), "äöüß");
  EXPECT_EQ(CellText("äöüßx", 4), "äöü…");
  EXPECT_EQ(CellText("", 4), "");
}

TEST(CellTextTest, ReplacesWhatATerminalWouldActOn) {
  EXPECT_EQ(CellText("a\tb\x7F", 9),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(CellText("\xE2\x80\xAE"
                     "abc",
                     9),
            "\xEF\xBF\xBD"
            "abc");
  EXPECT_EQ(CellText("\xC3", 9), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace llmembed::eval

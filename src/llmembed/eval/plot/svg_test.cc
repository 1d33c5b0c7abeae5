#include "eval/plot/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::eval {
namespace {

using testing::HasSubstr;

TEST(SvgWriterTest, WritesElementsInOrder) {
  SvgWriter svg(640, 480.5, "A & B");
  svg.OpenGroup({{"fill", "#222"}});
  svg.Element("circle", {{"cx", 1.0 / 3.0}, {"cy", -0.001}, {"r", 4}});
  svg.CloseGroup();
  svg.Text("label", {{"x", 10.10}});
  const std::string file = svg.Finish();
  EXPECT_THAT(file, HasSubstr("viewBox=\"0 0 640 480.5\""));
  EXPECT_THAT(file, HasSubstr("<title>A &amp; B</title>\n"
                              "<g fill=\"#222\">\n"
                              "<circle cx=\"0.33\" cy=\"0\" r=\"4\"/>\n"
                              "</g>\n"
                              "<text x=\"10.1\">label</text>\n"
                              "</svg>\n"));
}

TEST(SvgWriterTest, EscapesWhatXmlWouldRead) {
  SvgWriter svg(1, 1, "");
  svg.Text("</text><script>\"1&2\"</script>", {{"class", "a\"b<"}});
  EXPECT_THAT(svg.Finish(), HasSubstr("<text class=\"a&quot;b&lt;\">&lt;/text&gt;&lt;script&gt;"
                                      "&quot;1&amp;2&quot;&lt;/script&gt;</text>"));
}

TEST(SvgWriterTest, ReplacesWhatXmlCannotHold) {
  const std::string replacement = "\xEF\xBF\xBD";
  SvgWriter svg(1, 1, "");
  svg.Text(std::string("\0\x1b\x7f", 3) + "\xC2\x85\xEF\xBF\xBE\xEF\xBF\xBF\xFF\xED\xA0\x80\tok",
           {});
  std::string expected;
  for (int i = 0; i < 7 + 3; ++i) expected += replacement;  // half a surrogate pair: three bytes
  EXPECT_THAT(svg.Finish(), HasSubstr("<text>" + expected + "\tok</text>"));
}

TEST(SvgTest, PointsAndWidths) {
  const Pixel points[] = {{1, 2}, {3.456, -4}};
  EXPECT_EQ(SvgPoints(points), "1,2 3.46,-4");
  EXPECT_EQ(SvgPoints({}), "");
  EXPECT_EQ(TextWidth("", 13), 0.0);
  EXPECT_GT(TextWidth("WWWW", 13), TextWidth("iiii", 13));
  EXPECT_EQ(TextWidth("\xE4\xB8\xAD\xE6\x96\x87", 10), 20.0);
}

}  // namespace
}  // namespace llmembed::eval

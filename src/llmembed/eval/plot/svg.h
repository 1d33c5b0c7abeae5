// SVG, written element by element: no scripts, no links, nothing that depends on the day.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace llmembed::eval {

// A place in the view box, from its upper left corner.
struct Pixel {
  double x = 0.0;
  double y = 0.0;
};

// A number is written with at most two digits behind the point.
struct SvgAttribute {
  SvgAttribute(std::string_view key, std::string_view text) : name(key), value(text) {}
  SvgAttribute(std::string_view key, double number);
  std::string_view name;
  std::string value;
};

// Texts and values are escaped; what XML cannot hold becomes U+FFFD.
class SvgWriter {
 public:
  using Attributes = std::initializer_list<SvgAttribute>;

  // `title` is what screen readers call the picture.
  SvgWriter(double width, double height, std::string_view title);

  void Element(std::string_view name, Attributes attributes);
  void Text(std::string_view text, Attributes attributes);
  void OpenGroup(Attributes attributes);  // its elements share the attributes
  void CloseGroup();
  std::string Finish();  // the whole file; the writer is empty then

 private:
  void OpenTag(std::string_view name, Attributes attributes);
  void Escape(std::string_view text);

  std::string text_;
};

// "1,2 3,4", as the attributes `points` have it.
std::string SvgPoints(std::span<const Pixel> points);

// About how wide a text is, rather too wide: no font is at hand to be asked.
double TextWidth(std::string_view text, double font_size);

}  // namespace llmembed::eval

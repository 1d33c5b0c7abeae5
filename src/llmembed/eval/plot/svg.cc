#include "eval/plot/svg.h"

#include <utility>

#include "base/utf8.h"
#include "eval/decimal.h"

namespace llmembed::eval {
namespace {

constexpr std::string_view kFonts = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif";

std::string ShortNumber(double number) {
  std::string text = FixedDecimal(number, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// Outside XML 1.0's Char, or a C1 control. Surrogates never come out of DecodeUtf8.
bool IsForbidden(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0) ||
         c == 0xFFFE || c == 0xFFFF;
}

// In units of the font size: DejaVu Sans's, the widest of the faces asked for.
double CharacterWidth(char32_t c) {
  constexpr std::string_view kNarrow = "fijlrtIJ.,:;!|'()[]/ -";
  constexpr std::string_view kWide = "mwMW%@";
  if (c >= 0x1100) return 1.0;
  if (c >= 0x80) return 0.64;
  if (kNarrow.find(static_cast<char>(c)) != std::string_view::npos) return 0.36;
  if (kWide.find(static_cast<char>(c)) != std::string_view::npos) return 0.95;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.61;
}

}  // namespace

SvgAttribute::SvgAttribute(std::string_view key, double number)
    : name(key), value(ShortNumber(number)) {}

SvgWriter::SvgWriter(double width, double height, std::string_view title) {
  text_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  OpenTag("svg", {{"xmlns", "http://www.w3.org/2000/svg"},
                  {"viewBox", "0 0 " + ShortNumber(width) + " " + ShortNumber(height)},
                  {"role", "img"},
                  {"font-family", kFonts}});
  text_ += ">\n<title>";
  Escape(title);
  text_ += "</title>\n";
}

void SvgWriter::OpenTag(std::string_view name, Attributes attributes) {
  text_ += "<" + std::string(name);
  for (const SvgAttribute& attribute : attributes) {
    text_ += " " + std::string(attribute.name) + "=\"";
    Escape(attribute.value);
    text_ += "\"";
  }
}

void SvgWriter::Escape(std::string_view text) {
  for (size_t position = 0; position < text.size();) {
    const char32_t c = base::DecodeUtf8(text, &position);
    if (c == '&') {
      text_ += "&amp;";
    } else if (c == '<') {
      text_ += "&lt;";
    } else if (c == '>') {
      text_ += "&gt;";
    } else if (c == '"') {
      text_ += "&quot;";
    } else {
      base::AppendUtf8(IsForbidden(c) ? char32_t{0xFFFD} : c, &text_);
    }
  }
}

void SvgWriter::Element(std::string_view name, Attributes attributes) {
  OpenTag(name, attributes);
  text_ += "/>\n";
}

void SvgWriter::Text(std::string_view text, Attributes attributes) {
  OpenTag("text", attributes);
  text_ += ">";
  Escape(text);
  text_ += "</text>\n";
}

void SvgWriter::OpenGroup(Attributes attributes) {
  OpenTag("g", attributes);
  text_ += ">\n";
}

void SvgWriter::CloseGroup() { text_ += "</g>\n"; }

std::string SvgWriter::Finish() {
  text_ += "</svg>\n";
  return std::exchange(text_, {});
}

std::string SvgPoints(std::span<const Pixel> points) {
  std::string text;
  for (const Pixel& point : points) {
    text += (text.empty() ? "" : " ") + ShortNumber(point.x) + "," + ShortNumber(point.y);
  }
  return text;
}

double TextWidth(std::string_view text, double font_size) {
  double width = 0.0;
  for (size_t position = 0; position < text.size();) {
    width += CharacterWidth(base::DecodeUtf8(text, &position));
  }
  return width * font_size;
}

}  // namespace llmembed::eval

// One hash over what a function of texts does with every code point.
#pragma once

#include <algorithm>
#include <functional>
#include <string>

#include "base/sha256.h"
#include "base/utf8.h"

namespace llmembed::test {

// SHA-256 over what `map` makes of the context, and a line feed, for every code point in place of
// each "{0}".
inline std::string Fingerprint(const std::function<std::string(const std::string&)>& map,
                               const std::string& context = "a{0}b") {
  base::Sha256 digest;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    for (size_t begin = 0; begin < context.size();) {
      const size_t place = std::min(context.find("{0}", begin), context.size());
      text.append(context, begin, place - begin);
      if (place < context.size()) base::AppendUtf8(c, &text);
      begin = place + 3;
    }
    digest.Update(map(text) + "\n");
  }
  return base::Hex(digest.Finish());
}

}  // namespace llmembed::test

// One hash over what a function of texts does with every code point.
#pragma once

#include <functional>
#include <string>

#include "base/sha256.h"
#include "base/utf8.h"

namespace llmembed::test {

// SHA-256 over what `map` makes of "a" + c + "b", and a line feed, for every code point c.
inline std::string Fingerprint(const std::function<std::string(const std::string&)>& map) {
  base::Sha256 digest;
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "a";
    base::AppendUtf8(c, &text);
    digest.Update(map(text + "b") + "\n");
  }
  return base::Hex(digest.Finish());
}

}  // namespace llmembed::test

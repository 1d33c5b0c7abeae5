// GPT-2's alphabet: a visible character for each byte, so that any text is made of known
// characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace llmembed::text {

// The bytes 0x21-0x7E, 0xA1-0xAC and 0xAE-0xFF stand for themselves as code points; the others are
// U+0100, U+0101, ... in their order, so that a space is U+0120.

// How many bytes WriteByteAlphabet writes: one or two for each byte.
size_t ByteAlphabetSize(std::string_view bytes);

// Writes the characters of the bytes as UTF-8 to `out`; returns the end of what was written.
char* WriteByteAlphabet(std::string_view bytes, char* out);

}  // namespace llmembed::text

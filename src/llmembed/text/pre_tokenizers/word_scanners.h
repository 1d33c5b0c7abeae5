// The regular expressions that tokenizers of GPT-2's kind cut a text with, written out by hand.
#pragma once

#include <cstddef>
#include <string_view>

namespace llmembed::text {

// The end of the word that begins at `begin`: what the expression matches there. Every one of them
// matches at every character, so the words cover the text.
// Precondition: begin < text.size(), at a character of well-formed UTF-8.
using WordScanner = size_t (*)(std::string_view text, size_t begin);

size_t ScanGpt2Word(std::string_view text, size_t begin);  // ByteLevel uses it as well
size_t ScanLlama3Word(std::string_view text, size_t begin);
size_t ScanQwen2Word(std::string_view text, size_t begin);

// The scanner equal to the expression as files spell it, nullptr when it is not one that is known.
WordScanner FindWordScanner(std::string_view expression);

}  // namespace llmembed::text

#include "text/byte_alphabet.h"

#include <array>

namespace llmembed::text {
namespace {

struct AlphabetCharacter {
  char utf8[2];
  uint8_t size;
};

constexpr bool StandsForItself(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

constexpr std::array<AlphabetCharacter, 256> MakeAlphabet() {
  std::array<AlphabetCharacter, 256> alphabet{};
  unsigned next = 0x100;
  for (unsigned byte = 0; byte < alphabet.size(); ++byte) {
    const unsigned code_point = StandsForItself(byte) ? byte : next++;
    if (code_point < 0x80) {
      alphabet[byte] = {{static_cast<char>(code_point), 0}, 1};
    } else {
      alphabet[byte] = {{static_cast<char>(0xC0U | code_point >> 6U),
                         static_cast<char>(0x80U | (code_point & 0x3FU))},
                        2};
    }
  }
  return alphabet;
}

constexpr std::array<AlphabetCharacter, 256> kAlphabet = MakeAlphabet();

const AlphabetCharacter& CharacterOf(char byte) {
  return kAlphabet[static_cast<unsigned char>(byte)];
}

}  // namespace

size_t ByteAlphabetSize(std::string_view bytes) {
  size_t size = 0;
  for (const char byte : bytes) size += CharacterOf(byte).size;
  return size;
}

char* WriteByteAlphabet(std::string_view bytes, char* out) {
  for (const char byte : bytes) {
    const AlphabetCharacter& character = CharacterOf(byte);
    *out++ = character.utf8[0];
    if (character.size == 2) *out++ = character.utf8[1];
  }
  return out;
}

}  // namespace llmembed::text

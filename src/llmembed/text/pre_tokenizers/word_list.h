// The words that pre-tokenizers make of a text, and the bytes that they rewrote.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace llmembed::text {

struct Word {
  std::string_view text;
  bool starts_text = false;  // stands at the very start of the text that is encoded

  // The word's bytes [begin, end).
  Word Part(size_t begin, size_t end) const {
    return {text.substr(begin, end - begin), starts_text && begin == 0};
  }
};

// Words in order. Not thread-safe.
class WordList {
 public:
  // Precondition: the bytes live as long as the list's words, in the text or from Allocate.
  void Add(const Word& word) { words_.push_back(word); }

  // Room for bytes that live until Clear.
  char* Allocate(size_t size) { return static_cast<char*>(memory_.allocate(size, 1)); }

  // Takes the words from `begin` on out of the list; their bytes stay alive.
  std::vector<Word> TakeFrom(size_t begin) {
    std::vector<Word> taken(words_.begin() + static_cast<ptrdiff_t>(begin), words_.end());
    words_.resize(begin);
    return taken;
  }

  void Clear() {
    words_.clear();
    memory_.release();
  }

  size_t size() const { return words_.size(); }
  std::vector<Word>::const_iterator begin() const { return words_.begin(); }
  std::vector<Word>::const_iterator end() const { return words_.end(); }

 private:
  std::vector<Word> words_;
  std::array<std::byte, 1024> first_bytes_;
  std::pmr::monotonic_buffer_resource memory_{first_bytes_.data(), first_bytes_.size()};
};

}  // namespace llmembed::text

// A text's words, as scikit-learn's text vectorizers see them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace llmembed::lexical {

// The text in lower case, and of that every longest run of two or more word characters: what
// TfidfVectorizer finds with lowercase=True and its token pattern (?u)\b\w\w+\b. Word characters
// are Unicode's letters and numbers (\p{L}, \p{N}) and '_', the same code points as Python 3.11's
// \w. Marks are none, so a word ends at a combining accent. A capital sigma at the end of a word
// becomes the final sigma; unlike Python's, the rule looks at the two neighbours only. Ill-formed
// UTF-8 separates words. Keeps its buffers from text to text; not thread-safe.
class WordScanner {
 public:
  // In the order of the text; valid until the next call.
  std::span<const std::string_view> Scan(std::string_view text);

 private:
  // A run of word characters inside lowered_; `length` in code points.
  struct Run {
    size_t begin = 0;
    size_t length = 0;
  };

  void Add(char32_t lower_case);
  void EndWord();

  std::string lowered_;  // the word characters of the text, word after word
  Run run_;
  std::vector<std::pair<size_t, size_t>> found_;  // begin and end inside lowered_
  std::vector<std::string_view> words_;
};

}  // namespace llmembed::lexical

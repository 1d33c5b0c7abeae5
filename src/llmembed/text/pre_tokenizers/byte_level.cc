#include "text/pre_tokenizers/byte_level.h"

#include <algorithm>
#include <string_view>

#include "text/byte_alphabet.h"
#include "text/pre_tokenizers/word_scanners.h"

namespace llmembed::text {

void ByteLevel::Split(const Word& text, WordList* words) const {
  if (text.text.empty()) return;
  std::string_view bytes = text.text;
  if (options_.add_prefix_space && !bytes.starts_with(' ')) {
    char* const prefixed = words->Allocate(bytes.size() + 1);
    prefixed[0] = ' ';
    std::copy(bytes.begin(), bytes.end(), prefixed + 1);
    bytes = {prefixed, bytes.size() + 1};
  }
  char* written = words->Allocate(ByteAlphabetSize(bytes));
  for (size_t begin = 0; begin < bytes.size();) {
    const size_t end = options_.use_regex ? ScanGpt2Word(bytes, begin) : bytes.size();
    char* const word = written;
    written = WriteByteAlphabet(bytes.substr(begin, end - begin), word);
    words->Add({{word, static_cast<size_t>(written - word)}, text.starts_text && begin == 0});
    begin = end;
  }
}

Result<std::unique_ptr<PreTokenizer>> ByteLevel::FromJson(JsonFields fields) {
  ByteLevelOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(options.add_prefix_space, fields.Boolean("add_prefix_space"));
  if (fields.Optional("use_regex") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.use_regex, fields.Boolean("use_regex"));
  }
  fields.Ignore("trim_offsets");
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<ByteLevel>(options));
}

}  // namespace llmembed::text

#include "text/pre_tokenizers/metaspace.h"

#include <algorithm>

#include "base/quoted.h"
#include "base/utf8.h"

namespace llmembed::text {
namespace {

using Prepend = MetaspaceOptions::Prepend;

Result<Prepend> ReadPrepend(JsonFields* fields) {
  Prepend prepend = Prepend::kAlways;
  if (fields->Optional("prepend_scheme") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string scheme, fields->String("prepend_scheme"));
    if (scheme == "first") {
      prepend = Prepend::kFirst;
    } else if (scheme == "never") {
      prepend = Prepend::kNever;
    } else if (scheme != "always") {
      return fields->Corrupt("prepend_scheme " + base::Quoted(scheme) +
                             ", expected always, first or never");
    }
  }
  if (fields->Optional("add_prefix_space") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const bool adds, fields->Boolean("add_prefix_space"));
    if (!adds && prepend != Prepend::kNever) {
      return fields->Corrupt("add_prefix_space false does not match prepend_scheme");
    }
  }
  return prepend;
}

}  // namespace

// The text with its spaces replaced, itself where that changes nothing.
std::string_view Metaspace::Rewrite(const Word& text, WordList* words) const {
  const std::string& replacement = options_.replacement;
  const auto spaces = static_cast<size_t>(std::count(text.text.begin(), text.text.end(), ' '));
  const bool wants_prefix = options_.prepend == Prepend::kAlways ||
                            (options_.prepend == Prepend::kFirst && text.starts_text);
  const bool adds_prefix =
      wants_prefix && !text.text.starts_with(' ') && !text.text.starts_with(replacement);
  if (spaces == 0 && !adds_prefix) return text.text;
  const size_t size =
      text.text.size() - spaces + (spaces + (adds_prefix ? 1 : 0)) * replacement.size();
  char* const bytes = words->Allocate(size);
  char* end = bytes;
  if (adds_prefix) end = std::copy(replacement.begin(), replacement.end(), end);
  for (const char byte : text.text) {
    if (byte == ' ') {
      end = std::copy(replacement.begin(), replacement.end(), end);
    } else {
      *end++ = byte;
    }
  }
  return {bytes, size};
}

void Metaspace::Split(const Word& text, WordList* words) const {
  if (text.text.empty()) return;
  const Word rewritten = {Rewrite(text, words), text.starts_text};
  size_t word_begin = 0;
  while (options_.split) {
    const size_t next = rewritten.text.find(options_.replacement, word_begin + 1);
    if (next == std::string_view::npos) break;
    words->Add(rewritten.Part(word_begin, next));
    word_begin = next;
  }
  words->Add(rewritten.Part(word_begin, rewritten.text.size()));
}

bool Metaspace::DependsOnStart() const { return options_.prepend == Prepend::kFirst; }

Result<std::unique_ptr<PreTokenizer>> Metaspace::FromJson(JsonFields fields) {
  MetaspaceOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(options.replacement, fields.String("replacement"));
  size_t first_end = 0;
  if (!options.replacement.empty()) base::DecodeUtf8(options.replacement, &first_end);
  if (options.replacement.empty() || first_end != options.replacement.size()) {
    return fields.Corrupt("expected \"replacement\" to be one character");
  }
  LLMEMBED_ASSIGN_OR_RETURN(options.prepend, ReadPrepend(&fields));
  if (fields.Optional("split") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.split, fields.Boolean("split"));
  }
  fields.Ignore("str_rep");
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<PreTokenizer>(std::make_unique<Metaspace>(options));
}

}  // namespace llmembed::text

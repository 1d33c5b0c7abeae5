#include "text/models/word_piece.h"

#include <algorithm>
#include <utility>

#include "text/loading/vocabulary_fields.h"

namespace llmembed::text {
namespace {

bool HasMoreCharacters(std::string_view word, uint64_t limit) {
  if (word.size() <= limit) return false;
  const auto starts_character = [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  };
  const auto characters = std::count_if(word.begin(), word.end(), starts_character);
  return static_cast<uint64_t>(characters) > limit;
}

}  // namespace

WordPiece::WordPiece(Vocabulary vocabulary, int32_t unknown_id, const WordPieceOptions& options)
    : vocabulary_(std::move(vocabulary)),
      unknown_id_(unknown_id),
      continuing_node_(vocabulary_.trie().Find(options.continuing_prefix)),
      max_characters_per_word_(options.max_characters_per_word) {}

Result<std::unique_ptr<Model>> WordPiece::Create(Vocabulary vocabulary,
                                                 const WordPieceOptions& options) {
  const std::optional<int32_t> unknown_id = vocabulary.IdOf(options.unknown_token);
  if (!unknown_id) {
    return Status(StatusCode::kCorrupt,
                  "the unknown token \"" + options.unknown_token + "\" is not in the vocabulary");
  }
  return std::unique_ptr<Model>(new WordPiece(std::move(vocabulary), *unknown_id, options));
}

void WordPiece::Tokenize(std::string_view word, std::vector<int32_t>* ids) const {
  if (HasMoreCharacters(word, max_characters_per_word_)) {
    ids->push_back(unknown_id_);
    return;
  }
  const size_t size_before = ids->size();
  uint32_t from = Trie::kRoot;
  while (!word.empty()) {
    Trie::Match match;
    if (from != Trie::kNoNode) match = vocabulary_.trie().LongestPrefix(word, from);
    if (match.length == 0) {
      ids->resize(size_before);
      ids->push_back(unknown_id_);
      return;
    }
    ids->push_back(match.value);
    word.remove_prefix(match.length);
    from = continuing_node_;
  }
}

std::optional<int32_t> WordPiece::IdOf(std::string_view piece) const {
  return vocabulary_.IdOf(piece);
}

Result<std::unique_ptr<Model>> WordPiece::FromJson(JsonFields fields) {
  WordPieceOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(options.unknown_token, fields.String("unk_token"));
  LLMEMBED_ASSIGN_OR_RETURN(options.continuing_prefix, fields.String("continuing_subword_prefix"));
  LLMEMBED_ASSIGN_OR_RETURN(options.max_characters_per_word,
                            fields.Integer("max_input_chars_per_word"));
  LLMEMBED_ASSIGN_OR_RETURN(const JsonFields entries, fields.Object("vocab"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  LLMEMBED_ASSIGN_OR_RETURN(const auto pieces, ReadVocabularyPieces(entries));
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Create(pieces, entries.where()));
  Result<std::unique_ptr<Model>> model = Create(std::move(vocabulary), options);
  return model.ok() ? std::move(model) : model.status().WithContext(fields.where());
}

}  // namespace llmembed::text

// WordPiece: a word is cut greedily into the longest pieces of the vocabulary.
#pragma once

#include <memory>
#include <string>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/models/model.h"
#include "text/models/vocabulary.h"

namespace llmembed::text {

struct WordPieceOptions {
  std::string unknown_token = "[UNK]";
  std::string continuing_prefix = "##";    // of every piece but a word's first
  uint64_t max_characters_per_word = 100;  // a longer word is the unknown token
};

// Equal to Hugging Face's WordPiece. Time is linear in the text for one vocabulary.
class WordPiece : public Model {
 public:
  // kCorrupt: the unknown token is not in the vocabulary.
  static Result<std::unique_ptr<Model>> Create(Vocabulary vocabulary,
                                               const WordPieceOptions& options);

  // From the "model" of a tokenizer.json.
  static Result<std::unique_ptr<Model>> FromJson(JsonFields fields);

  void Tokenize(std::string_view word, std::vector<int32_t>* ids) const override;
  std::optional<int32_t> IdOf(std::string_view piece) const override;
  std::optional<int32_t> unknown_id() const override { return unknown_id_; }
  uint32_t piece_count() const override { return vocabulary_.piece_count(); }
  uint32_t id_limit() const override { return vocabulary_.id_limit(); }

 private:
  WordPiece(Vocabulary vocabulary, int32_t unknown_id, const WordPieceOptions& options);

  Vocabulary vocabulary_;
  int32_t unknown_id_;
  uint32_t continuing_node_;  // of the trie, behind the continuing prefix; kNoNode: no such piece
  uint64_t max_characters_per_word_;
};

}  // namespace llmembed::text

// Byte-pair encoding: a word's characters merge, pair by pair, into pieces of the vocabulary.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/models/character_pairs.h"
#include "text/models/merge_table.h"
#include "text/models/model.h"
#include "text/models/vocabulary.h"
#include "text/models/word_cache.h"

namespace llmembed::text {

struct BpeOptions {
  std::optional<std::string> unknown_token;  // none: an unknown character is left out
  bool fuse_unknown = false;                 // a run of unknown characters is one unknown token
  bool byte_fallback = false;     // an unknown character becomes the pieces <0x00> to <0xFF>
  bool ignore_merges = false;     // a word that is a piece is that piece
  std::string continuing_prefix;  // of every character but a word's first
  std::string word_suffix;        // of a word's last character
};

struct BpeMerge {
  std::string_view left;
  std::string_view right;
};

// Equal to Hugging Face's BPE without dropout. O(n log n) in the length of a word.
class Bpe : public Model {
 public:
  static constexpr size_t kMaxMerges = 4'000'000;

  // The merges in the order of their priority. Nothing that is given is needed afterwards; `where`
  // names its source in messages. kCorrupt: what Vocabulary::Create says; too many merges; the
  // unknown token, a part of a merge or its result is not in the vocabulary.
  static Result<std::unique_ptr<Model>> Create(const std::vector<VocabularyPiece>& pieces,
                                               const std::vector<BpeMerge>& merges,
                                               const BpeOptions& options, const std::string& where);

  // From the "model" of a tokenizer.json. kUnsupported: dropout.
  static Result<std::unique_ptr<Model>> FromJson(JsonFields fields);

  void Tokenize(std::string_view word, std::vector<int32_t>* ids) const override;
  std::optional<int32_t> IdOf(std::string_view piece) const override;
  std::optional<int32_t> unknown_id() const override {
    return options_.unknown_token ? IdOf(*options_.unknown_token) : std::nullopt;
  }
  uint32_t piece_count() const override { return vocabulary_.piece_count(); }
  uint32_t id_limit() const override { return vocabulary_.id_limit(); }

 private:
  // A piece's place in the order of the ids: merging needs arrays over all pieces, and files may
  // choose ids far apart.
  using Symbol = uint32_t;
  static constexpr Symbol kNoSymbol = UINT32_MAX;
  static constexpr size_t kNarrowCharacters = 0x800;  // UTF-8 of one or two bytes

  Bpe(Vocabulary vocabulary, std::vector<int32_t> ids, MergeTable merges, CharacterPairs joined,
      const BpeOptions& options);

  Symbol SymbolOfPiece(std::string_view piece) const;
  Symbol SymbolOfCharacter(std::string_view character, bool is_first, bool is_last) const;
  bool AppendBytes(std::string_view bytes, std::pmr::vector<Symbol>* symbols) const;
  void AppendSymbols(std::string_view word, std::pmr::vector<Symbol>* symbols) const;
  void MergeWord(std::string_view word, std::vector<int32_t>* ids) const;
  void MergeThroughCache(std::string_view word, std::vector<int32_t>* ids) const;
  void MergeInParts(std::string_view word, std::vector<int32_t>* ids) const;

  BpeOptions options_;
  Vocabulary vocabulary_;
  std::vector<int32_t> ids_;  // symbol -> id, ascending
  MergeTable merges_;
  CharacterPairs joined_;  // the characters on both sides of where a merge joins
  bool has_affixes_;       // a prefix or a suffix
  Symbol unknown_;         // kNoSymbol: there is none
  std::array<Symbol, 256> bytes_;
  std::array<Symbol, kNarrowCharacters> narrow_characters_;
  mutable WordCache cache_;
};

}  // namespace llmembed::text

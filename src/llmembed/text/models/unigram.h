// Unigram: of all ways to cut a word into pieces, the one with the greatest sum of scores.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/models/model.h"
#include "text/models/vocabulary.h"

namespace llmembed::text {

struct ScoredPiece {
  std::string_view text;
  double score;
};

struct UnigramOptions {
  uint32_t unknown_id = 0;
  bool byte_fallback = false;  // an unknown character becomes the pieces <0x00> to <0xFF>
};

// Equal to Hugging Face's Unigram: a run of unknown characters is one unknown token, and of equal
// sums the one found first counts. Time is linear in the word for one vocabulary; memory is 16
// bytes for each of the word's.
class Unigram : public Model {
 public:
  // The pieces in the order of their ids. They are not needed afterwards. kCorrupt: what
  // Vocabulary::Create says; the unknown id is no piece's; a score is not finite.
  static Result<std::unique_ptr<Model>> Create(std::span<const ScoredPiece> pieces,
                                               const UnigramOptions& options,
                                               const std::string& where);

  // From the "model" of a tokenizer.json. kUnsupported: no unk_id.
  static Result<std::unique_ptr<Model>> FromJson(JsonFields fields);

  void Tokenize(std::string_view word, std::vector<int32_t>* ids) const override;
  std::optional<int32_t> IdOf(std::string_view piece) const override;
  std::optional<int32_t> unknown_id() const override { return unknown_id_; }
  uint32_t piece_count() const override { return vocabulary_.piece_count(); }
  uint32_t id_limit() const override { return vocabulary_.id_limit(); }

 private:
  // The best way to cut a word's first bytes, by its last piece.
  struct Path {
    double score = 0;
    int32_t id = kNoPath;
    uint32_t length = 0;
  };
  static constexpr int32_t kNoPath = -1;
  static constexpr int32_t kNoPiece = -1;

  Unigram(Vocabulary vocabulary, std::vector<double> scores, const UnigramOptions& options);

  void FindPaths(std::string_view word, std::span<Path> paths) const;
  void AppendUnknown(std::string_view text, std::vector<int32_t>* ids) const;

  Vocabulary vocabulary_;
  std::vector<double> scores_;  // by id
  double unknown_score_;
  int32_t unknown_id_;
  bool byte_fallback_;
  std::array<int32_t, 256> byte_ids_;  // kNoPiece where the byte has none
};

}  // namespace llmembed::text

#include "text/models/unigram.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text/models/byte_pieces.h"

namespace llmembed::text {
namespace {

constexpr double kUnknownPenalty = 10.0;  // below the least score, as in SentencePiece
constexpr size_t kShortWordBytes = 128;   // up to here the paths take no memory from the heap

size_t CharacterLength(char first_byte) {
  const auto byte = static_cast<unsigned char>(first_byte);
  if (byte < 0xC0) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

}  // namespace

Result<std::unique_ptr<Model>> Unigram::Create(std::span<const ScoredPiece> pieces,
                                               const UnigramOptions& options,
                                               const std::string& where) {
  const auto corrupt = [&where](const std::string& what) {
    return Status(StatusCode::kCorrupt, where + ": " + what);
  };
  std::vector<VocabularyPiece> texts;
  std::vector<double> scores;
  texts.reserve(pieces.size());
  scores.reserve(pieces.size());
  for (const ScoredPiece& piece : pieces) {
    if (!std::isfinite(piece.score)) return corrupt("a score is not finite");
    texts.push_back({piece.text, static_cast<int64_t>(texts.size())});
    scores.push_back(piece.score);
  }
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Create(texts, where));
  if (options.unknown_id >= vocabulary.piece_count()) {
    return corrupt("the unknown token has the id " + std::to_string(options.unknown_id) +
                   ", expected one below the number of pieces, " +
                   std::to_string(vocabulary.piece_count()));
  }
  return std::unique_ptr<Model>(new Unigram(std::move(vocabulary), std::move(scores), options));
}

Unigram::Unigram(Vocabulary vocabulary, std::vector<double> scores, const UnigramOptions& options)
    : vocabulary_(std::move(vocabulary)),
      scores_(std::move(scores)),
      unknown_score_(*std::min_element(scores_.begin(), scores_.end()) - kUnknownPenalty),
      unknown_id_(static_cast<int32_t>(options.unknown_id)),
      byte_fallback_(options.byte_fallback) {
  for (unsigned byte = 0; byte < byte_ids_.size(); ++byte) {
    byte_ids_[byte] = vocabulary_.IdOf(BytePiece(byte)).value_or(kNoPiece);
  }
}

std::optional<int32_t> Unigram::IdOf(std::string_view piece) const {
  return vocabulary_.IdOf(piece);
}

// paths[end] becomes the best path to word[0, end). A character without a piece of its own is
// unknown there, so that every character's end has a path.
void Unigram::FindPaths(std::string_view word, std::span<Path> paths) const {
  const Trie& trie = vocabulary_.trie();
  for (size_t begin = 0, next = 0; begin < word.size(); begin = next) {
    const double score = paths[begin].score;
    const auto offer = [&](size_t end, double piece_score, int32_t id) {
      Path& path = paths[end];
      if (path.id != kNoPath && piece_score + score <= path.score) return;
      path = {piece_score + score, id, static_cast<uint32_t>(end - begin)};
    };
    next = begin + CharacterLength(word[begin]);
    bool is_known = false;
    uint32_t node = Trie::kRoot;
    for (size_t end = begin; end < word.size();) {
      node = trie.Child(node, static_cast<unsigned char>(word[end++]));
      if (node == Trie::kNoNode) break;
      const int32_t id = trie.ValueAt(node);
      if (id == Trie::kNoValue) continue;
      offer(end, scores_[static_cast<size_t>(id)], id);
      is_known |= end == next;
    }
    if (!is_known) offer(next, unknown_score_, unknown_id_);
  }
}

void Unigram::AppendUnknown(std::string_view text, std::vector<int32_t>* ids) const {
  if (const std::optional<int32_t> id = IdOf(text)) return ids->push_back(*id);
  const auto id_of = [this](char byte) { return byte_ids_[static_cast<unsigned char>(byte)]; };
  const auto has_piece = [&id_of](char byte) { return id_of(byte) != kNoPiece; };
  if (!byte_fallback_ || !std::all_of(text.begin(), text.end(), has_piece)) {
    return ids->push_back(unknown_id_);
  }
  for (const char byte : text) ids->push_back(id_of(byte));
}

void Unigram::Tokenize(std::string_view word, std::vector<int32_t>* ids) const {
  alignas(Path) std::array<std::byte, (kShortWordBytes + 1) * sizeof(Path)> buffer;
  std::pmr::monotonic_buffer_resource memory(buffer.data(), buffer.size());
  std::pmr::vector<Path> paths(word.size() + 1, &memory);
  FindPaths(word, paths);
  // The best path is known from its end: turned around, it is read from the start.
  size_t end = word.size();
  uint32_t length = paths[end].length;
  while (length != 0) {
    end -= length;
    std::swap(length, paths[end].length);
  }
  for (size_t begin = 0, unknown_begin = 0; begin < word.size(); begin = end) {
    end = begin + paths[begin].length;
    const bool is_unknown = paths[end].id == unknown_id_;
    if (!is_unknown) ids->push_back(paths[end].id);
    const bool is_last_unknown =
        is_unknown && (end == word.size() || paths[end + paths[end].length].id != unknown_id_);
    if (is_last_unknown) AppendUnknown(word.substr(unknown_begin, end - unknown_begin), ids);
    if (!is_unknown || is_last_unknown) unknown_begin = end;
  }
}

Result<std::unique_ptr<Model>> Unigram::FromJson(JsonFields fields) {
  UnigramOptions options;
  if (fields.Optional("unk_id") == nullptr) return fields.Unsupported("unk_id null");
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t unknown_id, fields.Integer("unk_id"));
  options.unknown_id = static_cast<uint32_t>(std::min<uint64_t>(unknown_id, UINT32_MAX));
  if (fields.Optional("byte_fallback") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.byte_fallback, fields.Boolean("byte_fallback"));
  }
  LLMEMBED_ASSIGN_OR_RETURN(const base::Json* entries, fields.Array("vocab"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  std::vector<ScoredPiece> pieces;
  pieces.reserve(entries->size());
  for (const base::Json& entry : *entries) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number()) {
      return fields.Corrupt("vocab: expected pieces and their scores");
    }
    pieces.push_back({entry[0].get_ref<const std::string&>(), entry[1].get<double>()});
  }
  return Create(pieces, options, fields.where());
}

}  // namespace llmembed::text

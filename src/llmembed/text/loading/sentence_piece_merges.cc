#include "text/loading/sentence_piece_merges.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "text/trie.h"

namespace llmembed::text {
namespace {

struct RankedMerge {
  BpeMerge merge;
  double score;
  size_t left_characters;
  size_t right_characters;
  int32_t left_id;
  int32_t right_id;
};

bool GoesFirst(const RankedMerge& a, const RankedMerge& b) {
  return std::tuple(a.score, a.left_characters, a.right_characters) >
         std::tuple(b.score, b.left_characters, b.right_characters);
}

bool StartsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

// ids[i]: the piece that is the first i bytes of `text`.
void FindPrefixes(const Trie& trie, std::string_view text, std::vector<int32_t>* ids) {
  ids->assign(text.size() + 1, Trie::kNoValue);
  uint32_t node = Trie::kRoot;
  for (size_t length = 1; length <= text.size(); ++length) {
    node = trie.Child(node, static_cast<unsigned char>(text[length - 1]));
    if (node == Trie::kNoNode) return;
    (*ids)[length] = trie.ValueAt(node);
  }
}

// The pieces and the pieces turned around, so that all prefixes and all suffixes of a piece that
// are pieces are found in one walk each.
class PieceParts {
 public:
  explicit PieceParts(std::span<const ScoredPiece> pieces)
      : forward_(EntriesOf(pieces)), backward_(EntriesOf(Reversed(pieces))) {}

  // Appends the merges that make `piece`, by the ids of their parts.
  void AppendMerges(const ScoredPiece& piece, std::vector<RankedMerge>* merges) {
    const std::string_view text = piece.text;
    FindPrefixes(forward_, text, &prefixes_);
    reversed_.assign(text.rbegin(), text.rend());
    FindPrefixes(backward_, reversed_, &suffixes_);
    const auto characters =
        static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCharacter));
    const size_t first_merge = merges->size();
    size_t left_characters = 0;
    for (size_t split = 1; split < text.size(); ++split) {
      left_characters += StartsCharacter(text[split - 1]) ? 1 : 0;
      const int32_t left = prefixes_[split];
      const int32_t right = suffixes_[text.size() - split];
      if (left == Trie::kNoValue || right == Trie::kNoValue) continue;
      merges->push_back({{text.substr(0, split), text.substr(split)},
                         piece.score,
                         left_characters,
                         characters - left_characters,
                         left,
                         right});
    }
    std::sort(merges->begin() + static_cast<ptrdiff_t>(first_merge), merges->end(),
              [](const RankedMerge& a, const RankedMerge& b) {
                return std::tuple(a.left_id, a.right_id) < std::tuple(b.left_id, b.right_id);
              });
  }

 private:
  std::vector<ScoredPiece> Reversed(std::span<const ScoredPiece> pieces) {
    std::vector<ScoredPiece> reversed;
    reversed_texts_.reserve(pieces.size());
    for (const ScoredPiece& piece : pieces) {
      reversed_texts_.emplace_back(piece.text.rbegin(), piece.text.rend());
      reversed.push_back({reversed_texts_.back(), piece.score});
    }
    return reversed;
  }

  static std::vector<Trie::Entry> EntriesOf(const auto& pieces) {
    std::vector<Trie::Entry> entries;
    entries.reserve(pieces.size());
    for (const ScoredPiece& piece : pieces) {
      entries.push_back({piece.text, static_cast<int32_t>(entries.size())});
    }
    return entries;
  }

  std::vector<std::string> reversed_texts_;  // of the pieces, as long as backward_ is built
  Trie forward_;
  Trie backward_;
  std::vector<int32_t> prefixes_;
  std::vector<int32_t> suffixes_;
  std::string reversed_;
};

}  // namespace

Result<std::vector<BpeMerge>> MergesByScore(std::span<const ScoredPiece> pieces,
                                            const std::string& where) {
  PieceParts parts(pieces);
  std::vector<RankedMerge> ranked;
  for (const ScoredPiece& piece : pieces) {
    parts.AppendMerges(piece, &ranked);
    if (ranked.size() > Bpe::kMaxMerges) {
      return Status(StatusCode::kCorrupt, where + ": the pieces make more than " +
                                              std::to_string(Bpe::kMaxMerges) + " merges");
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), GoesFirst);
  std::vector<BpeMerge> merges;
  merges.reserve(ranked.size());
  for (const RankedMerge& entry : ranked) merges.push_back(entry.merge);
  return merges;
}

Result<std::unique_ptr<Model>> MakeBpeByScore(std::span<const ScoredPiece> pieces,
                                              std::string_view unknown_token,
                                              const std::string& where) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto merges, MergesByScore(pieces, where));
  std::vector<VocabularyPiece> vocabulary;
  vocabulary.reserve(pieces.size());
  for (const ScoredPiece& piece : pieces) {
    vocabulary.push_back({piece.text, static_cast<int64_t>(vocabulary.size())});
  }
  BpeOptions options;
  options.unknown_token = std::string(unknown_token);
  options.fuse_unknown = true;
  options.byte_fallback = true;
  return Bpe::Create(vocabulary, merges, options, where);
}

}  // namespace llmembed::text

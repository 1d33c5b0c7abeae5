#include "text/models/bpe.h"

#include <algorithm>
#include <utility>

#include "base/quoted.h"
#include "base/utf8.h"
#include "text/models/byte_pieces.h"
#include "text/models/merge_symbols.h"

namespace llmembed::text {
namespace {

// Words up to here merge without memory from the heap.
constexpr size_t kShortWordBytes = 64;

size_t CharacterEnd(std::string_view text, size_t begin) {
  base::DecodeUtf8(text, &begin);
  return begin;
}

char32_t FirstCharacter(std::string_view text) {
  size_t position = 0;
  return base::DecodeUtf8(text, &position);
}

char32_t LastCharacter(std::string_view text) {
  size_t begin = text.size() - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) --begin;
  return base::DecodeUtf8(text, &begin);
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t position = 0; position < text.size(); ++count)
    position = CharacterEnd(text, position);
  return count;
}

// The merges as symbols of the vocabulary: ids, as places among all ids in ascending order.
class MergeResolver {
 public:
  MergeResolver(const Vocabulary& vocabulary, const std::vector<int32_t>& ids,
                const std::string& continuing_prefix, const std::string& where)
      : vocabulary_(vocabulary),
        ids_(ids),
        // The reference takes as many bytes off the right part as the prefix has characters.
        prefix_size_(CountCharacters(continuing_prefix)),
        where_(where) {}

  Result<SymbolMerge> Resolve(const BpeMerge& merge) {
    if (merge.right.size() < prefix_size_) {
      return Status(StatusCode::kCorrupt, where_ + ": the merge of " + base::Quoted(merge.left) +
                                              " and " + base::Quoted(merge.right) +
                                              " lacks the prefix");
    }
    joined_.assign(merge.left).append(merge.right.substr(prefix_size_));
    SymbolMerge symbols{};
    for (const auto& [piece, symbol] :
         {std::pair<std::string_view, uint32_t*>(merge.left, &symbols.left),
          std::pair<std::string_view, uint32_t*>(merge.right, &symbols.right),
          std::pair<std::string_view, uint32_t*>(joined_, &symbols.result)}) {
      const std::optional<int32_t> id = vocabulary_.IdOf(piece);
      if (!id) {
        return Status(StatusCode::kCorrupt, where_ + ": the merge of " + base::Quoted(merge.left) +
                                                " and " + base::Quoted(merge.right) + ": " +
                                                base::Quoted(piece) + " is not in the vocabulary");
      }
      *symbol =
          static_cast<uint32_t>(std::lower_bound(ids_.begin(), ids_.end(), *id) - ids_.begin());
    }
    return symbols;
  }

 private:
  const Vocabulary& vocabulary_;
  const std::vector<int32_t>& ids_;
  size_t prefix_size_;
  const std::string& where_;
  std::string joined_;
};

}  // namespace

Result<std::unique_ptr<Model>> Bpe::Create(const std::vector<VocabularyPiece>& pieces,
                                           const std::vector<BpeMerge>& merges,
                                           const BpeOptions& options, const std::string& where) {
  if (merges.size() > kMaxMerges) {
    return Status(StatusCode::kCorrupt, where + ": " + std::to_string(merges.size()) +
                                            " merges, expected at most " +
                                            std::to_string(kMaxMerges));
  }
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Create(pieces, where));
  if (options.unknown_token && !vocabulary.IdOf(*options.unknown_token)) {
    return Status(StatusCode::kCorrupt, where + ": the unknown token " +
                                            base::Quoted(*options.unknown_token) +
                                            " is not in the vocabulary");
  }
  std::vector<int32_t> ids;
  ids.reserve(pieces.size());
  for (const VocabularyPiece& piece : pieces) ids.push_back(static_cast<int32_t>(piece.id));
  std::sort(ids.begin(), ids.end());

  MergeResolver resolver(vocabulary, ids, options.continuing_prefix, where);
  std::vector<SymbolMerge> symbols;
  std::vector<CharacterPairs::Pair> joined;
  symbols.reserve(merges.size());
  joined.reserve(merges.size());
  for (const BpeMerge& merge : merges) {
    LLMEMBED_ASSIGN_OR_RETURN(const SymbolMerge resolved, resolver.Resolve(merge));
    symbols.push_back(resolved);
    joined.emplace_back(LastCharacter(merge.left), FirstCharacter(merge.right));
  }
  return std::unique_ptr<Model>(new Bpe(std::move(vocabulary), std::move(ids),
                                        MergeTable(symbols, static_cast<uint32_t>(pieces.size())),
                                        CharacterPairs(joined), options));
}

Bpe::Bpe(Vocabulary vocabulary, std::vector<int32_t> ids, MergeTable merges, CharacterPairs joined,
         const BpeOptions& options)
    : options_(options),
      vocabulary_(std::move(vocabulary)),
      ids_(std::move(ids)),
      merges_(std::move(merges)),
      joined_(std::move(joined)),
      has_affixes_(!options.continuing_prefix.empty() || !options.word_suffix.empty()),
      unknown_(options.unknown_token ? SymbolOfPiece(*options.unknown_token) : kNoSymbol) {
  for (unsigned byte = 0; byte < bytes_.size(); ++byte)
    bytes_[byte] = SymbolOfPiece(BytePiece(byte));
  std::string character;
  for (char32_t code_point = 0; code_point < narrow_characters_.size(); ++code_point) {
    character.clear();
    base::AppendUtf8(code_point, &character);
    narrow_characters_[code_point] = SymbolOfPiece(character);
  }
}

std::optional<int32_t> Bpe::IdOf(std::string_view piece) const { return vocabulary_.IdOf(piece); }

Bpe::Symbol Bpe::SymbolOfPiece(std::string_view piece) const {
  const std::optional<int32_t> id = vocabulary_.IdOf(piece);
  if (!id) return kNoSymbol;
  return static_cast<Symbol>(std::lower_bound(ids_.begin(), ids_.end(), *id) - ids_.begin());
}

Bpe::Symbol Bpe::SymbolOfCharacter(std::string_view character, bool is_first, bool is_last) const {
  if (has_affixes_) {
    return SymbolOfPiece((is_first ? "" : options_.continuing_prefix) + std::string(character) +
                         (is_last ? options_.word_suffix : ""));
  }
  const char32_t code_point = FirstCharacter(character);
  if (code_point < narrow_characters_.size()) return narrow_characters_[code_point];
  return SymbolOfPiece(character);
}

// False, and nothing is appended, when a byte has no piece.
bool Bpe::AppendBytes(std::string_view bytes, std::pmr::vector<Symbol>* symbols) const {
  const auto symbol_of = [this](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
  for (const char byte : bytes) {
    if (symbol_of(byte) == kNoSymbol) return false;
  }
  for (const char byte : bytes) symbols->push_back(symbol_of(byte));
  return true;
}

// An unknown token waits for the next known character, and byte pieces go before it, as in the
// reference.
void Bpe::AppendSymbols(std::string_view word, std::pmr::vector<Symbol>* symbols) const {
  bool unknown_waits = false;
  for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
    end = CharacterEnd(word, begin);
    const std::string_view character = word.substr(begin, end - begin);
    const Symbol symbol = SymbolOfCharacter(character, begin == 0, end == word.size());
    if (symbol != kNoSymbol) {
      if (unknown_waits) symbols->push_back(unknown_);
      unknown_waits = false;
      symbols->push_back(symbol);
      continue;
    }
    if (options_.byte_fallback && AppendBytes(character, symbols)) continue;
    if (unknown_ == kNoSymbol) continue;
    if (unknown_waits && !options_.fuse_unknown) symbols->push_back(unknown_);
    unknown_waits = true;
  }
  if (unknown_waits) symbols->push_back(unknown_);
}

void Bpe::MergeWord(std::string_view word, std::vector<int32_t>* ids) const {
  std::array<std::byte, kShortWordBytes * 48> buffer;
  std::pmr::monotonic_buffer_resource stack(buffer.data(), buffer.size());
  std::pmr::memory_resource* memory = &stack;
  if (word.size() > kShortWordBytes) memory = std::pmr::new_delete_resource();
  std::pmr::vector<Symbol> symbols(memory);
  symbols.reserve(word.size());
  AppendSymbols(word, &symbols);
  MergeSymbols(merges_, &symbols);
  for (const Symbol symbol : symbols) ids->push_back(ids_[symbol]);
}

void Bpe::MergeThroughCache(std::string_view word, std::vector<int32_t>* ids) const {
  if (cache_.Find(word, ids)) return;
  const size_t size_before = ids->size();
  MergeWord(word, ids);
  cache_.Insert(word, std::span(*ids).subspan(size_before));
}

// Cuts the word between known characters that no merge joins: what stands on one side of them does
// not change the other. Long words, above all texts that are one word, are then mostly known ones.
void Bpe::MergeInParts(std::string_view word, std::vector<int32_t>* ids) const {
  size_t part_begin = 0;
  char32_t previous = 0;
  bool previous_is_known = false;
  for (size_t begin = 0, end = 0; begin < word.size(); begin = end) {
    end = begin;
    const char32_t code_point = base::DecodeUtf8(word, &end);
    const bool is_known =
        SymbolOfCharacter(word.substr(begin, end - begin), false, false) != kNoSymbol;
    if (is_known && previous_is_known && !joined_.MayContain(previous, code_point)) {
      MergeThroughCache(word.substr(part_begin, begin - part_begin), ids);
      part_begin = begin;
    }
    previous = code_point;
    previous_is_known = is_known;
  }
  MergeThroughCache(word.substr(part_begin), ids);
}

void Bpe::Tokenize(std::string_view word, std::vector<int32_t>* ids) const {
  if (options_.ignore_merges) {
    // The cache holds what merging gives.
    if (const std::optional<int32_t> id = IdOf(word)) return ids->push_back(*id);
  }
  if (word.size() <= WordCache::kMaxWordBytes || has_affixes_) return MergeThroughCache(word, ids);
  MergeInParts(word, ids);
}

}  // namespace llmembed::text

#include "text/loading/gguf_tokenizer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/quoted.h"
#include "gguf/gguf_file.h"
#include "text/loading/byte_level_kinds.h"
#include "text/loading/gguf_llama.h"
#include "text/loading/gguf_pieces.h"
#include "text/loading/gguf_word_piece.h"
#include "text/models/bpe.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {
namespace {

using gguf::Metadata;

constexpr const char* kWords = "tokenizer.ggml.pre";

// What tokenizer.ggml.pre stands for. What llama.cpp calls "default" stands in files from before
// the key was written; their models have GPT-2's words.
struct WordKind {
  const char* name;
  ByteLevelKind steps;
  bool ignores_merges = false;
  bool adds_bos = false;
};

constexpr WordKind kWordKinds[] = {
    {"default", ByteLevelKind::kGpt2},  {"gpt-2", ByteLevelKind::kGpt2},
    {"smollm", ByteLevelKind::kSmolLm}, {"llama-bpe", ByteLevelKind::kLlama3, true, true},
    {"qwen2", ByteLevelKind::kQwen2},
};

Result<const WordKind*> FindWordKind(const Metadata& metadata) {
  std::string_view name = "default";
  if (metadata.Has(kWords)) {
    LLMEMBED_ASSIGN_OR_RETURN(name, metadata.String(kWords));
  }
  std::string known;
  for (const WordKind& kind : kWordKinds) {
    if (name == kind.name) return &kind;
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
  }
  return Status(StatusCode::kUnsupported, std::string(kWords) + " " + base::Quoted(name) +
                                              " is not supported (supported: " + known + ")");
}

// "a b" each.
Result<std::vector<BpeMerge>> ReadMerges(const Metadata& metadata) {
  constexpr const char* kMerges = "tokenizer.ggml.merges";
  LLMEMBED_ASSIGN_OR_RETURN(const auto texts, metadata.StringArray(kMerges));
  std::vector<BpeMerge> merges;
  merges.reserve(texts.size());
  for (const std::string_view both : texts) {
    const size_t space = both.find(' ');
    if (space == std::string_view::npos || both.find(' ', space + 1) != std::string_view::npos) {
      return Status(StatusCode::kCorrupt, std::string(kMerges) + "[" +
                                              std::to_string(merges.size()) +
                                              "]: expected two pieces with one space between them");
    }
    merges.push_back({both.substr(0, space), both.substr(space + 1)});
  }
  return merges;
}

Result<TokenizerParts> ReadByteLevel(const Metadata& metadata) {
  LLMEMBED_ASSIGN_OR_RETURN(const GgufPieces pieces, ReadGgufPieces(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(const WordKind* words, FindWordKind(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(const auto merges, ReadMerges(metadata));
  std::vector<VocabularyPiece> vocabulary;
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    if (pieces.texts[id].empty()) continue;  // a place that no text leads to
    vocabulary.push_back({pieces.texts[id], static_cast<int64_t>(id)});
  }
  TokenizerParts parts;
  LLMEMBED_ASSIGN_OR_RETURN(
      parts.model,
      Bpe::Create(vocabulary, merges, {.ignore_merges = words->ignores_merges}, "tokenizer.ggml"));
  AddByteLevelSteps(words->steps, /*add_prefix_space=*/false, &parts);
  parts.added_tokens = AddedTokensOf(pieces);
  LLMEMBED_ASSIGN_OR_RETURN(parts.special_tokens,
                            ReadEdgeTokens(metadata, {.adds_bos = words->adds_bos}));
  return parts;
}

struct TokenizerKind {
  const char* name;  // tokenizer.ggml.model
  Result<TokenizerParts> (*read)(const Metadata& metadata);
};
constexpr TokenizerKind kKinds[] = {
    {"gpt2", &ReadByteLevel}, {"bert", &ReadGgufWordPiece}, {"llama", &ReadGgufLlama}};

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadGgufTokenizer(const std::string& path,
                                                     const TokenizerOptions& options) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto file, gguf::GgufFile::Open(path));
  return ReadGgufTokenizer(file->metadata(), path, options);
}

Result<std::unique_ptr<Tokenizer>> ReadGgufTokenizer(const Metadata& metadata,
                                                     const std::string& path,
                                                     const TokenizerOptions& options) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view name, metadata.String("tokenizer.ggml.model"));
  std::string known;
  for (const TokenizerKind& kind : kKinds) {
    known += (known.empty() ? "" : ", ") + std::string(kind.name);
    if (name != kind.name) continue;
    Result<TokenizerParts> parts = kind.read(metadata);
    if (!parts.ok()) return parts.status().WithContext(path);
    parts->special_text = options.special_text;
    Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(*std::move(parts));
    return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(path);
  }
  return Status(StatusCode::kUnsupported, path + ": tokenizer.ggml.model " + base::Quoted(name) +
                                              " is not supported (supported: " + known + ")");
}

}  // namespace llmembed::text

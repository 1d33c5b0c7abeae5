#include "text/loading/gguf_tokenizer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json.h"
#include "gguf/gguf_file.h"
#include "text/loading/components.h"
#include "text/loading/gguf_llama.h"
#include "text/loading/gguf_pieces.h"
#include "text/models/bpe.h"
#include "text/models/word_piece.h"
#include "text/normalizers/bert_normalizer.h"
#include "text/pipeline_tokenizer.h"
#include "text/pre_tokenizers/bert_pre_tokenizer.h"

namespace llmembed::text {
namespace {

using base::Json;
using gguf::Metadata;

constexpr const char* kWords = "tokenizer.ggml.pre";

// How a byte-level tokenizer cuts words, by tokenizer.ggml.pre: the parts of the tokenizer.json
// that the models of that name have. What llama.cpp calls "default" stands in files from before the
// key was written; their models have GPT-2's words.
struct WordKind {
  const char* name;
  const char* normalizer;
  const char* pre_tokenizer;
  bool ignores_merges;
  bool adds_bos;
};

constexpr const char* kGpt2Words =
    R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true})";
constexpr const char* kSmolLmWords =
    R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},)"
    R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]})";
// A regular expression, then the alphabet of bytes.
#define LLMEMBED_SPLIT_WORDS(digits)                                           \
  R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)" \
  R"("(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|)" digits     \
  R"(| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},)"       \
  R"("behavior":"Isolated","invert":false},)"                                  \
  R"({"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]})"
constexpr const char* kLlama3Words = LLMEMBED_SPLIT_WORDS(R"(\\p{N}{1,3})");
constexpr const char* kQwen2Words = LLMEMBED_SPLIT_WORDS(R"(\\p{N})");
#undef LLMEMBED_SPLIT_WORDS

constexpr WordKind kWordKinds[] = {
    {"default", "null", kGpt2Words, false, false},
    {"gpt-2", "null", kGpt2Words, false, false},
    {"smollm", "null", kSmolLmWords, false, false},
    {"llama-bpe", "null", kLlama3Words, true, true},
    {"qwen2", R"({"type":"NFC"})", kQwen2Words, false, false},
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
  return Status(StatusCode::kUnsupported, std::string(kWords) + " " +
                                              Json(std::string(name.substr(0, 64))).dump() +
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

Result<TokenizerParts> ReadByteLevel(const Metadata& metadata, const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const GgufPieces pieces, ReadGgufPieces(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(const WordKind* words, FindWordKind(metadata));
  LLMEMBED_ASSIGN_OR_RETURN(const auto merges, ReadMerges(metadata));
  std::vector<VocabularyPiece> vocabulary;
  for (size_t id = 0; id < pieces.texts.size(); ++id) {
    vocabulary.push_back({pieces.texts[id], static_cast<int64_t>(id)});
  }
  TokenizerParts parts;
  LLMEMBED_ASSIGN_OR_RETURN(
      parts.model, Bpe::Create(vocabulary, merges, {.ignore_merges = words->ignores_merges}, path));
  const Json normalizer = Json::parse(words->normalizer);
  LLMEMBED_ASSIGN_OR_RETURN(parts.normalizer, ReadNormalizer(&normalizer, path));
  const Json pre_tokenizer = Json::parse(words->pre_tokenizer);
  LLMEMBED_ASSIGN_OR_RETURN(parts.pre_tokenizer, ReadPreTokenizer(&pre_tokenizer, path));
  parts.added_tokens = AddedTokensOf(pieces);
  LLMEMBED_ASSIGN_OR_RETURN(parts.special_tokens,
                            ReadEdgeTokens(metadata, {.adds_bos = words->adds_bos}));
  return parts;
}

// convert_hf_to_gguf.py marks the pieces that begin a word with U+2581, takes "##" from the others
// and leaves those in brackets alone.
std::string BertPiece(std::string_view stored) {
  constexpr std::string_view kWordStart = "\u2581";
  if (stored.starts_with(kWordStart)) return std::string(stored.substr(kWordStart.size()));
  if (stored.starts_with('[') && stored.ends_with(']')) return std::string(stored);
  return "##" + std::string(stored);
}

Result<TokenizerParts> ReadWordPiece(const Metadata& metadata, const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const GgufPieces pieces, ReadGgufPieces(metadata));
  std::vector<std::string> texts;
  texts.reserve(pieces.texts.size());
  for (const std::string_view stored : pieces.texts) texts.push_back(BertPiece(stored));
  std::vector<VocabularyPiece> vocabulary;
  for (size_t id = 0; id < texts.size(); ++id) {
    vocabulary.push_back({texts[id], static_cast<int64_t>(id)});
  }
  TokenizerParts parts;
  parts.normalizer = std::make_unique<BertNormalizer>(BertNormalizerOptions());
  parts.pre_tokenizer = std::make_unique<BertPreTokenizer>();
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary created, Vocabulary::Create(vocabulary, path));
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, WordPiece::Create(std::move(created), {}));
  for (const auto& [text, ids] : {std::pair("[CLS]", &parts.special_tokens.before),
                                  std::pair("[SEP]", &parts.special_tokens.behind)}) {
    const std::optional<int32_t> id = parts.model->IdOf(text);
    if (!id) {
      return Status(StatusCode::kCorrupt, std::string("the tokens have no ") + text);
    }
    ids->push_back(*id);
  }
  for (const char* text : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
    const std::optional<int32_t> id = parts.model->IdOf(text);
    if (!id) continue;
    AddedToken token;
    token.content = text;
    token.id = static_cast<uint64_t>(*id);
    token.is_special = true;
    parts.added_tokens.push_back(std::move(token));
  }
  return parts;
}

struct TokenizerKind {
  const char* name;  // tokenizer.ggml.model
  Result<TokenizerParts> (*read)(const Metadata& metadata, const std::string& path);
};
constexpr TokenizerKind kKinds[] = {
    {"gpt2", &ReadByteLevel}, {"bert", &ReadWordPiece}, {"llama", &ReadGgufLlama}};

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
    Result<TokenizerParts> parts = kind.read(metadata, path);
    if (!parts.ok()) return parts.status().WithContext(path);
    parts->special_text = options.special_text;
    Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(*std::move(parts));
    return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(path);
  }
  return Status(StatusCode::kUnsupported, path + ": tokenizer.ggml.model " +
                                              Json(std::string(name.substr(0, 64))).dump() +
                                              " is not supported (supported: " + known + ")");
}

}  // namespace llmembed::text

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "base/quoted.h"
#include "base/utf8.h"
#include "text/loading/json_fields.h"
#include "text/loading/loaders.h"
#include "text/loading/tokenizer_config.h"
#include "text/models/word_piece.h"
#include "text/normalizers/bert_normalizer.h"
#include "text/pipeline_tokenizer.h"
#include "text/pre_tokenizers/bert_pre_tokenizer.h"

namespace llmembed::text {
namespace {

using base::Json;

constexpr uint64_t kMaxVocabularyBytes = 64ULL << 20;

// The tokenizer classes that read a vocab.txt as BERT does.
constexpr const char* kTokenizerClasses[] = {
    "BertTokenizer",    "BertTokenizerFast",    "DistilBertTokenizer", "DistilBertTokenizerFast",
    "ElectraTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "MobileBertTokenizerFast"};

// The special tokens that BERT's tokenizer always has.
constexpr NamedToken kNamedTokens[] = {{"unk_token", "[UNK]"},
                                       {"sep_token", "[SEP]"},
                                       {"pad_token", "[PAD]"},
                                       {"cls_token", "[CLS]"},
                                       {"mask_token", "[MASK]"}};
constexpr size_t kUnknown = 0, kSeparator = 1, kClassifier = 3;  // in kNamedTokens

// One piece a line; its id is the line's number, from 0.
Result<Vocabulary> ReadVocabulary(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string contents,
                            base::ReadSmallFile(path, kMaxVocabularyBytes));
  if (!base::IsValidUtf8(contents)) {
    return Status(StatusCode::kCorrupt, path + ": not UTF-8");
  }
  std::vector<VocabularyPiece> pieces;
  for (std::string_view rest = contents; !rest.empty();) {
    const size_t line_end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, line_end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    pieces.push_back({line, static_cast<int64_t>(pieces.size())});
    rest.remove_prefix(std::min(line_end + 1, rest.size()));
  }
  return Vocabulary::Create(pieces, path);
}

// Refuses what would change the ids and is not done here.
Status CheckIsPlainBert(JsonFields* config) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string name, ReadTokenizerClass(config));
  if (!name.empty() && std::find(std::begin(kTokenizerClasses), std::end(kTokenizerClasses),
                                 name) == std::end(kTokenizerClasses)) {
    return config->Unsupported("the tokenizer_class " + base::Quoted(name) +
                               " with a vocab.txt is not supported");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const bool is_basic, BooleanOr(true, config, "do_basic_tokenize"));
  if (!is_basic) return config->Unsupported("do_basic_tokenize false is not supported");
  const Json* never_split = config->Optional("never_split");
  if (never_split != nullptr && !never_split->empty()) {
    return config->Unsupported("\"never_split\" is not supported");
  }
  return {};
}

Result<BertNormalizerOptions> ReadNormalizerOptions(JsonFields* config) {
  BertNormalizerOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(options.lowercase, BooleanOr(true, config, "do_lower_case"));
  LLMEMBED_ASSIGN_OR_RETURN(options.handle_chinese_chars,
                            BooleanOr(true, config, "tokenize_chinese_chars"));
  LLMEMBED_ASSIGN_OR_RETURN(options.strip_accents,
                            BooleanOr(options.lowercase, config, "strip_accents"));
  return options;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadVocabTxt(const std::string& folder,
                                                const TokenizerOptions& options) {
  const std::string where = folder + "/tokenizer_config.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, ReadTokenizerConfig(folder));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config, JsonFields::Of(root, where));
  LLMEMBED_RETURN_IF_ERROR(CheckIsPlainBert(&config));
  LLMEMBED_ASSIGN_OR_RETURN(const BertNormalizerOptions normalizer, ReadNormalizerOptions(&config));

  TokenizerParts parts;
  parts.special_text = options.special_text;
  LLMEMBED_RETURN_IF_ERROR(ReadCommonOptions(&config, &parts.special_text));
  parts.normalizer = std::make_unique<BertNormalizer>(normalizer);
  parts.pre_tokenizer = std::make_unique<BertPreTokenizer>();
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(folder + "/vocab.txt"));
  WordPieceOptions word_piece;
  LLMEMBED_ASSIGN_OR_RETURN(word_piece.unknown_token, ContentOf(&config, kNamedTokens[kUnknown]));
  Result<std::unique_ptr<Model>> model = WordPiece::Create(std::move(vocabulary), word_piece);
  if (!model.ok()) return model.status().WithContext(folder + "/vocab.txt");
  parts.model = *std::move(model);
  LLMEMBED_ASSIGN_OR_RETURN(parts.added_tokens, ReadAddedTokens(&config, kNamedTokens));
  for (const auto& [index, ids] : {std::pair(kClassifier, &parts.special_tokens.before),
                                   std::pair(kSeparator, &parts.special_tokens.behind)}) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string content, ContentOf(&config, kNamedTokens[index]));
    LLMEMBED_ASSIGN_OR_RETURN(const int32_t id, IdOfSpecialToken(content, *parts.model, where));
    ids->push_back(id);
  }
  Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(std::move(parts));
  return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(folder);
}

}  // namespace llmembed::text

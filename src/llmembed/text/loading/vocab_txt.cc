#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "base/utf8.h"
#include "text/loading/json_fields.h"
#include "text/loading/loaders.h"
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

// The special tokens that BERT's tokenizer always has, and what they are called in the
// configuration.
struct NamedToken {
  const char* key;
  const char* default_content;
};
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

// The JSON object in the file; an empty one where there is no file.
Result<Json> ReadOptionalJson(const std::string& path) {
  Result<Json> root = base::ReadJsonFile(path);
  if (!root.ok() && root.status().code() == StatusCode::kNotFound) return Json::object();
  return root;
}

Result<bool> BooleanOr(bool otherwise, JsonFields* config, const char* name) {
  if (config->Optional(name) == nullptr) return otherwise;
  return config->Boolean(name);
}

// Refuses what would change the ids and is not done here.
Status CheckIsPlainBert(JsonFields* config) {
  if (config->Optional("tokenizer_class") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string name, config->String("tokenizer_class"));
    if (std::find(std::begin(kTokenizerClasses), std::end(kTokenizerClasses), name) ==
        std::end(kTokenizerClasses)) {
      return config->Unsupported("the tokenizer_class \"" + name.substr(0, 64) +
                                 "\" with a vocab.txt is not supported");
    }
  }
  LLMEMBED_ASSIGN_OR_RETURN(const bool is_basic, BooleanOr(true, config, "do_basic_tokenize"));
  if (!is_basic) return config->Unsupported("do_basic_tokenize false is not supported");
  LLMEMBED_ASSIGN_OR_RETURN(const bool splits, BooleanOr(false, config, "split_special_tokens"));
  if (splits) return config->Unsupported("split_special_tokens true is not supported");
  for (const char* name : {"never_split", "extra_special_tokens"}) {
    const Json* value = config->Optional(name);
    if (value != nullptr && !value->empty()) {
      return config->Unsupported("\"" + std::string(name) + "\" is not supported");
    }
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

// A token of the configuration: its content alone, or an object with the flags as well.
Result<AddedToken> ReadToken(const Json& value, const std::string& where) {
  AddedToken token;
  if (value.is_string()) {
    token.content = value.get<std::string>();
    token.is_special = true;
    return token;
  }
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Of(value, where));
  LLMEMBED_ASSIGN_OR_RETURN(token.content, fields.String("content"));
  LLMEMBED_ASSIGN_OR_RETURN(token.is_special, BooleanOr(true, &fields, "special"));
  LLMEMBED_ASSIGN_OR_RETURN(token.single_word, BooleanOr(false, &fields, "single_word"));
  LLMEMBED_ASSIGN_OR_RETURN(token.lstrip, BooleanOr(false, &fields, "lstrip"));
  LLMEMBED_ASSIGN_OR_RETURN(token.rstrip, BooleanOr(false, &fields, "rstrip"));
  LLMEMBED_ASSIGN_OR_RETURN(token.normalized, BooleanOr(!token.is_special, &fields, "normalized"));
  fields.Ignore("__type");
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return token;
}

// "added_tokens_decoder": objects by id, in the order of their ids.
Result<std::vector<AddedToken>> ReadTokensById(JsonFields* config) {
  std::vector<AddedToken> tokens;
  if (config->Optional("added_tokens_decoder") == nullptr) return tokens;
  LLMEMBED_ASSIGN_OR_RETURN(const JsonFields by_id, config->Object("added_tokens_decoder"));
  for (const auto& entry : by_id.json().items()) {
    const std::string& key = entry.key();
    LLMEMBED_ASSIGN_OR_RETURN(AddedToken token, ReadToken(entry.value(), by_id.where()));
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token.id);
    if (error != std::errc() || end != key.data() + key.size()) {
      return by_id.Corrupt("expected ids as keys");
    }
    tokens.push_back(std::move(token));
  }
  std::sort(tokens.begin(), tokens.end(),
            [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
  return tokens;
}

// The named tokens in kNamedTokens' order, then the additional ones.
Result<std::vector<AddedToken>> ReadSpecialTokens(JsonFields* config) {
  std::vector<AddedToken> tokens;
  for (const NamedToken& named : kNamedTokens) {
    const Json default_content = named.default_content;
    const Json* value = config->Optional(named.key);
    LLMEMBED_ASSIGN_OR_RETURN(
        AddedToken token, ReadToken(value == nullptr ? default_content : *value, config->where()));
    tokens.push_back(std::move(token));
  }
  if (config->Optional("additional_special_tokens") == nullptr) return tokens;
  LLMEMBED_ASSIGN_OR_RETURN(const Json* more, config->Array("additional_special_tokens"));
  for (const Json& value : *more) {
    LLMEMBED_ASSIGN_OR_RETURN(AddedToken token, ReadToken(value, config->where()));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Adds the special tokens that are not added tokens yet, and finds the two around every text.
Status AddSpecialTokens(const std::vector<AddedToken>& special_tokens, const std::string& where,
                        TokenizerParts* parts) {
  for (AddedToken token : special_tokens) {
    const auto is_same = [&token](const AddedToken& other) {
      return other.content == token.content;
    };
    if (std::any_of(parts->added_tokens.begin(), parts->added_tokens.end(), is_same)) continue;
    const std::optional<int32_t> id = parts->model->IdOf(token.content);
    if (!id) {
      return {StatusCode::kUnsupported,
              where + ": the special token \"" + token.content + "\" is not in vocab.txt"};
    }
    token.id = static_cast<uint64_t>(*id);
    parts->added_tokens.push_back(std::move(token));
  }
  for (const auto& [index, ids] : {std::pair(kClassifier, &parts->special_tokens.before),
                                   std::pair(kSeparator, &parts->special_tokens.behind)}) {
    const std::optional<int32_t> id = parts->model->IdOf(special_tokens[index].content);
    if (!id) {
      return {StatusCode::kUnsupported, where + ": the special token \"" +
                                            special_tokens[index].content +
                                            "\" is not in vocab.txt"};
    }
    ids->push_back(*id);
  }
  return {};
}

// tokenizer_config.json, and over it special_tokens_map.json where the former does not list the
// added tokens itself (files from before it did).
Result<Json> ReadConfiguration(const std::string& folder) {
  const std::string path = folder + "/tokenizer_config.json";
  LLMEMBED_ASSIGN_OR_RETURN(Json config, ReadOptionalJson(path));
  if (!config.is_object()) return Status(StatusCode::kCorrupt, path + ": expected a JSON object");
  if (config.contains("added_tokens_decoder")) return config;
  const std::string map_path = folder + "/special_tokens_map.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json map, ReadOptionalJson(map_path));
  if (!map.is_object()) return Status(StatusCode::kCorrupt, map_path + ": expected a JSON object");
  config.update(map);
  const std::string added_path = folder + "/added_tokens.json";
  std::error_code error;
  if (std::filesystem::exists(added_path, error)) {
    return Status(StatusCode::kUnsupported, added_path + ": not supported beside a vocab.txt");
  }
  return config;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadVocabTxt(const std::string& folder) {
  const std::string where = folder + "/tokenizer_config.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, ReadConfiguration(folder));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config, JsonFields::Of(root, where));
  LLMEMBED_RETURN_IF_ERROR(CheckIsPlainBert(&config));
  LLMEMBED_ASSIGN_OR_RETURN(const BertNormalizerOptions options, ReadNormalizerOptions(&config));
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<AddedToken> special_tokens,
                            ReadSpecialTokens(&config));

  TokenizerParts parts;
  parts.normalizer = std::make_unique<BertNormalizer>(options);
  parts.pre_tokenizer = std::make_unique<BertPreTokenizer>();
  LLMEMBED_ASSIGN_OR_RETURN(Vocabulary vocabulary, ReadVocabulary(folder + "/vocab.txt"));
  WordPieceOptions word_piece;
  word_piece.unknown_token = special_tokens[kUnknown].content;
  Result<std::unique_ptr<Model>> model = WordPiece::Create(std::move(vocabulary), word_piece);
  if (!model.ok()) return model.status().WithContext(folder + "/vocab.txt");
  parts.model = *std::move(model);
  LLMEMBED_ASSIGN_OR_RETURN(parts.added_tokens, ReadTokensById(&config));
  LLMEMBED_RETURN_IF_ERROR(AddSpecialTokens(special_tokens, where, &parts));
  Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(std::move(parts));
  return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(folder);
}

}  // namespace llmembed::text

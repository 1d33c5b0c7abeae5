// vocab.json with merges.txt: byte-level BPE as GPT-2 and those after it come in, converted as
// Hugging Face converts its own slow tokenizers.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/json.h"
#include "base/quoted.h"
#include "text/loading/byte_level_kinds.h"
#include "text/loading/json_fields.h"
#include "text/loading/loaders.h"
#include "text/loading/merges_txt.h"
#include "text/loading/tokenizer_config.h"
#include "text/loading/vocabulary_fields.h"
#include "text/models/bpe.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {
namespace {

using base::Json;

constexpr uint64_t kMaxMergesBytes = 64ULL << 20;

constexpr NamedToken kRobertaTokens[] = {
    {"bos_token", "<s>", false, true},    {"eos_token", "</s>", false, true},
    {"unk_token", "<unk>", false, true},  {"sep_token", "</s>", false, true},
    {"pad_token", "<pad>", false, true},  {"cls_token", "<s>", false, true},
    {"mask_token", "<mask>", true, false}};
constexpr NamedToken kGpt2Tokens[] = {{"bos_token", "<|endoftext|>", false, true},
                                      {"eos_token", "<|endoftext|>", false, true},
                                      {"unk_token", "<|endoftext|>", false, true},
                                      {"sep_token", nullptr},
                                      {"pad_token", nullptr, false, true},
                                      {"cls_token", nullptr},
                                      {"mask_token", nullptr}};
constexpr NamedToken kQwen2Tokens[] = {
    {"bos_token", nullptr}, {"eos_token", "<|endoftext|>"}, {"unk_token", "<|endoftext|>"},
    {"sep_token", nullptr}, {"pad_token", "<|endoftext|>"}, {"cls_token", nullptr},
    {"mask_token", nullptr}};

enum class BpeFamily { kRoberta, kGpt2, kQwen2 };

struct FamilyEntry {
  BpeFamily family;
  std::array<const char*, 2> tokenizer_classes;
  const char* model_type;  // in config.json
  std::span<const NamedToken> named_tokens;
};
constexpr FamilyEntry kBpeFamilies[] = {
    {BpeFamily::kRoberta, {"RobertaTokenizer", "RobertaTokenizerFast"}, "roberta", kRobertaTokens},
    {BpeFamily::kGpt2, {"GPT2Tokenizer", "GPT2TokenizerFast"}, "gpt2", kGpt2Tokens},
    {BpeFamily::kQwen2, {"Qwen2Tokenizer", "Qwen2TokenizerFast"}, "qwen2", kQwen2Tokens},
};

// The family of the "tokenizer_class", nullptr where there is no such field.
Result<const FamilyEntry*> FamilyOfClass(JsonFields* config) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string wanted, ReadTokenizerClass(config));
  if (wanted.empty()) return nullptr;
  for (const FamilyEntry& entry : kBpeFamilies) {
    for (const char* name : entry.tokenizer_classes) {
      if (wanted == name) return &entry;
    }
  }
  return config->Unsupported("the tokenizer_class " + base::Quoted(wanted) +
                             " with a vocab.json is not supported");
}

// By what config.json says; nullptr where there is none, or it says nothing.
Result<const FamilyEntry*> FamilyOfModel(const std::string& folder) {
  const std::string path = folder + "/config.json";
  const Result<Json> root = base::ReadJsonFile(path);
  if (!root.ok() && root.status().code() == StatusCode::kNotFound) return nullptr;
  if (!root.ok()) return root.status();
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config, JsonFields::Of(*root, path));
  LLMEMBED_ASSIGN_OR_RETURN(const FamilyEntry* family, FamilyOfClass(&config));
  if (family != nullptr || config.Optional("model_type") == nullptr) return family;
  LLMEMBED_ASSIGN_OR_RETURN(const std::string model_type, config.String("model_type"));
  for (const FamilyEntry& entry : kBpeFamilies) {
    if (model_type == entry.model_type) return &entry;
  }
  return config.Unsupported("the model_type " + base::Quoted(model_type) +
                            " with a vocab.json and no tokenizer_class is not supported");
}

// RoBERTa's vocabulary begins with <s> <pad> </s> and has a <mask>; all others count as GPT-2's.
const FamilyEntry* FamilyOfVocabulary(const Json& vocabulary) {
  const auto has_id = [&vocabulary](const char* piece, int id) {
    const auto found = vocabulary.find(piece);
    return found != vocabulary.end() && *found == id;
  };
  const bool is_roberta =
      has_id("<s>", 0) && has_id("<pad>", 1) && has_id("</s>", 2) && vocabulary.contains("<mask>");
  return is_roberta ? &kBpeFamilies[0] : &kBpeFamilies[1];
}

Result<const FamilyEntry*> FindBpeFamily(const std::string& folder, JsonFields* config,
                                         const Json& vocabulary) {
  LLMEMBED_ASSIGN_OR_RETURN(const FamilyEntry* family, FamilyOfClass(config));
  if (family == nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(family, FamilyOfModel(folder));
  }
  return family == nullptr ? FamilyOfVocabulary(vocabulary) : family;
}

Status AddSpecialToken(const char* key, const FamilyEntry& family, JsonFields* config,
                       const Model& model, std::vector<int32_t>* ids) {
  const auto name =
      std::find_if(family.named_tokens.begin(), family.named_tokens.end(),
                   [key](const NamedToken& token) { return std::string_view(token.key) == key; });
  LLMEMBED_ASSIGN_OR_RETURN(const std::string content, ContentOf(config, *name));
  LLMEMBED_ASSIGN_OR_RETURN(const int32_t id, IdOfSpecialToken(content, model, config->where()));
  ids->push_back(id);
  return {};
}

// The normalizer, the pre-tokenizer and the special tokens around a text.
Status AddSteps(const FamilyEntry& family, JsonFields* config, TokenizerParts* parts) {
  if (family.family == BpeFamily::kQwen2) {
    AddByteLevelSteps(ByteLevelKind::kQwen2, /*add_prefix_space=*/false, parts);
    return {};
  }
  LLMEMBED_ASSIGN_OR_RETURN(const bool adds_space, BooleanOr(false, config, "add_prefix_space"));
  AddByteLevelSteps(ByteLevelKind::kGpt2, adds_space, parts);
  SpecialTokens& special = parts->special_tokens;
  if (family.family == BpeFamily::kRoberta) {
    LLMEMBED_RETURN_IF_ERROR(
        AddSpecialToken("cls_token", family, config, *parts->model, &special.before));
    return AddSpecialToken("sep_token", family, config, *parts->model, &special.behind);
  }
  LLMEMBED_ASSIGN_OR_RETURN(const bool adds_bos, BooleanOr(false, config, "add_bos_token"));
  if (!adds_bos) return {};
  return AddSpecialToken("bos_token", family, config, *parts->model, &special.before);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadVocabJson(const std::string& folder,
                                                 const TokenizerOptions& options) {
  const std::string vocabulary_path = folder + "/vocab.json";
  const std::string merges_path = folder + "/merges.txt";
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, ReadTokenizerConfig(folder));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config,
                            JsonFields::Of(root, folder + "/tokenizer_config.json"));
  LLMEMBED_ASSIGN_OR_RETURN(const Json vocabulary, base::ReadJsonFile(vocabulary_path));
  LLMEMBED_ASSIGN_OR_RETURN(const JsonFields entries, JsonFields::Of(vocabulary, vocabulary_path));
  LLMEMBED_ASSIGN_OR_RETURN(const auto pieces, ReadVocabularyPieces(entries));
  LLMEMBED_ASSIGN_OR_RETURN(const FamilyEntry* family, FindBpeFamily(folder, &config, vocabulary));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string contents,
                            base::ReadSmallFile(merges_path, kMaxMergesBytes));
  const bool is_qwen2 = family->family == BpeFamily::kQwen2;
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto merges,
      ParseMerges(contents, is_qwen2 ? MergesDialect::kQwen2 : MergesDialect::kGpt2, merges_path));

  TokenizerParts parts;
  parts.special_text = options.special_text;
  LLMEMBED_RETURN_IF_ERROR(ReadCommonOptions(&config, &parts.special_text));
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, Bpe::Create(pieces, merges, {}, folder));
  LLMEMBED_RETURN_IF_ERROR(AddSteps(*family, &config, &parts));
  LLMEMBED_ASSIGN_OR_RETURN(parts.added_tokens, ReadAddedTokens(&config, family->named_tokens));
  Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(std::move(parts));
  return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(folder);
}

}  // namespace llmembed::text

#include "text/loading/sentence_piece_families.h"

#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "text/loading/sentence_piece_merges.h"
#include "text/loading/tokenizer_config.h"
#include "text/models/unigram.h"
#include "text/normalizers/character_map.h"
#include "text/normalizers/edge_normalizers.h"
#include "text/normalizers/normalizer_sequence.h"
#include "text/normalizers/precompiled.h"
#include "text/normalizers/replace.h"
#include "text/pre_tokenizers/metaspace.h"

namespace llmembed::text {
namespace {

using Algorithm = SentencePieceModel::Algorithm;
using Type = SentencePiece::Type;

constexpr const char* kVisibleSpace = "\u2581";
constexpr size_t kMetaPieces = 3;  // both families name a file's first three pieces themselves

constexpr NamedToken kLlamaTokens[] = {
    {"bos_token", "<s>"},   {"eos_token", "</s>"},  {"unk_token", "<unk>"}, {"sep_token", nullptr},
    {"pad_token", nullptr}, {"cls_token", nullptr}, {"mask_token", nullptr}};
constexpr size_t kBeginning = 0, kEnd = 1;  // in kLlamaTokens
constexpr NamedToken kXlmRobertaTokens[] = {{"bos_token", "<s>"},          {"eos_token", "</s>"},
                                            {"unk_token", "<unk>"},        {"sep_token", "</s>"},
                                            {"pad_token", "<pad>"},        {"cls_token", "<s>"},
                                            {"mask_token", "<mask>", true}};

std::unique_ptr<Normalizer> SequenceOf(std::vector<std::unique_ptr<Normalizer>> steps) {
  return std::make_unique<NormalizerSequence>(std::move(steps));
}

// The file's control and user-defined pieces are found in texts before what the configuration
// lists; of tokens in both the file's flags count.
std::vector<AddedToken> WithFilesTokens(const SentencePieceModel& model,
                                        const std::vector<AddedToken>& listed) {
  std::map<std::string_view, bool> is_listed_special;
  for (const AddedToken& token : listed) is_listed_special[token.content] |= token.is_special;
  std::vector<AddedToken> tokens;
  std::set<std::string_view> in_file;
  for (const SentencePiece& piece : model.pieces) {
    if (piece.type != Type::kControl && piece.type != Type::kUserDefined) continue;
    AddedToken& token = tokens.emplace_back();
    token.content = piece.text;
    const auto found = is_listed_special.find(piece.text);
    token.is_special =
        piece.type == Type::kControl || (found != is_listed_special.end() && found->second);
    in_file.insert(piece.text);
  }
  for (const AddedToken& token : listed) {
    if (in_file.count(token.content) == 0) tokens.push_back(token);
  }
  return tokens;
}

// Hugging Face gives the first pieces the names that the configuration has for their ids.
Status CheckNamesOfMetaPieces(const SentencePieceModel& model, const JsonFields& config) {
  const auto by_id = config.json().find("added_tokens_decoder");
  if (by_id == config.json().end() || !by_id->is_object()) return {};
  for (size_t id = 0; id < kMetaPieces; ++id) {
    const auto token = by_id->find(std::to_string(id));
    if (token == by_id->end() || !token->is_object() || !token->contains("content")) continue;
    if ((*token)["content"] != std::string(model.pieces[id].text)) {
      return config.Unsupported("added_tokens_decoder has another name for the piece " +
                                std::to_string(id));
    }
  }
  return {};
}

Status CheckCommon(const SentencePieceModel& model, JsonFields* config, const std::string& where) {
  if (model.pieces.size() <= kMetaPieces) {
    return {StatusCode::kCorrupt, where + ": " + std::to_string(model.pieces.size()) +
                                      " pieces, expected more than " + std::to_string(kMetaPieces)};
  }
  if (model.space_is_suffix || !model.escapes_spaces) {
    return {StatusCode::kUnsupported,
            where + ": a model whose spaces do not become U+2581 before a word"};
  }
  const base::Json* sampling = config->Optional("sp_model_kwargs");
  if (sampling != nullptr && !sampling->empty()) {
    return config->Unsupported("\"sp_model_kwargs\" is not supported");
  }
  return {};
}

Result<std::unique_ptr<Model>> MakeLlamaModel(const SentencePieceModel& model,
                                              const std::string& where) {
  std::vector<ScoredPiece> pieces;
  for (const SentencePiece& piece : model.pieces) pieces.push_back({piece.text, piece.score});
  for (size_t id = 0; id < kMetaPieces; ++id) pieces[id].score = 0;
  if (model.algorithm == Algorithm::kUnigram) return Unigram::Create(pieces, {0, true}, where);
  if (model.algorithm != Algorithm::kBpe) {
    return Status(StatusCode::kUnsupported, where + ": expected a BPE or a Unigram model");
  }
  return MakeBpeByScore(pieces, model.unknown_piece, where);
}

// How spaces are written. In the old ("legacy") way every part of a text between special tokens
// gets a space before it, in the new way only the text's start does.
Status AddLlamaSpaces(const SentencePieceModel& model, JsonFields* config, const std::string& where,
                      TokenizerParts* parts) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool is_legacy, BooleanOr(true, config, "legacy"));
  LLMEMBED_ASSIGN_OR_RETURN(const bool adds_prefix, BooleanOr(true, config, "add_prefix_space"));
  const bool prefix_differs = is_legacy && model.adds_prefix_space != adds_prefix;
  if (!model.character_map.empty() || model.removes_extra_spaces || prefix_differs) {
    return {StatusCode::kUnsupported,
            where +
                ": a model that normalises texts (other than by U+2581 for spaces and, unless "
                "add_prefix_space is false, one before the text) is not supported for Llama"};
  }
  if (!is_legacy) {
    MetaspaceOptions metaspace;
    metaspace.prepend =
        adds_prefix ? MetaspaceOptions::Prepend::kFirst : MetaspaceOptions::Prepend::kNever;
    metaspace.split = false;
    parts->pre_tokenizer = std::make_unique<Metaspace>(metaspace);
    return {};
  }
  std::vector<std::unique_ptr<Normalizer>> steps;
  if (adds_prefix) steps.push_back(std::make_unique<Prepend>(kVisibleSpace));
  steps.push_back(std::make_unique<Replace>(" ", kVisibleSpace));
  parts->normalizer = SequenceOf(std::move(steps));
  return {};
}

Status AddNamedToken(const char* option, bool is_default, const NamedToken& name,
                     JsonFields* config, const Model& model, std::vector<int32_t>* ids) {
  LLMEMBED_ASSIGN_OR_RETURN(const bool is_wanted, BooleanOr(is_default, config, option));
  if (!is_wanted) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const std::string content, ContentOf(config, name));
  LLMEMBED_ASSIGN_OR_RETURN(const int32_t id, IdOfSpecialToken(content, model, config->where()));
  ids->push_back(id);
  return {};
}

}  // namespace

Result<TokenizerParts> MakeLlamaTokenizer(const SentencePieceModel& model, JsonFields* config,
                                          const std::string& where) {
  LLMEMBED_RETURN_IF_ERROR(CheckCommon(model, config, where));
  TokenizerParts parts;
  LLMEMBED_RETURN_IF_ERROR(AddLlamaSpaces(model, config, where, &parts));
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, MakeLlamaModel(model, where));
  LLMEMBED_RETURN_IF_ERROR(CheckNamesOfMetaPieces(model, *config));
  LLMEMBED_ASSIGN_OR_RETURN(const auto listed, ReadAddedTokens(config, kLlamaTokens));
  parts.added_tokens = WithFilesTokens(model, listed);
  LLMEMBED_RETURN_IF_ERROR(AddNamedToken("add_bos_token", true, kLlamaTokens[kBeginning], config,
                                         *parts.model, &parts.special_tokens.before));
  LLMEMBED_RETURN_IF_ERROR(AddNamedToken("add_eos_token", false, kLlamaTokens[kEnd], config,
                                         *parts.model, &parts.special_tokens.behind));
  return parts;
}

Result<TokenizerParts> MakeXlmRobertaTokenizer(const SentencePieceModel& model, JsonFields* config,
                                               const std::string& where) {
  LLMEMBED_RETURN_IF_ERROR(CheckCommon(model, config, where));
  if (model.algorithm != Algorithm::kUnigram) {
    return Status(StatusCode::kUnsupported, where + ": expected a Unigram model");
  }
  std::vector<ScoredPiece> pieces = {{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}};
  for (size_t id = kMetaPieces; id < model.pieces.size(); ++id) {
    pieces.push_back({model.pieces[id].text, model.pieces[id].score});
  }
  pieces.push_back({"<mask>", 0});
  TokenizerParts parts;
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, Unigram::Create(pieces, {3, false}, where));

  std::vector<std::unique_ptr<Normalizer>> steps;
  if (!model.character_map.empty()) {
    LLMEMBED_ASSIGN_OR_RETURN(CharacterMap map, CharacterMap::Read(model.character_map, where));
    steps.push_back(std::make_unique<Precompiled>(std::move(map)));
  }
  steps.push_back(std::make_unique<Strip>(false, true));
  steps.push_back(std::make_unique<Replace>(Replace::Run{" ", 2}, kVisibleSpace));
  parts.normalizer = SequenceOf(std::move(steps));
  parts.pre_tokenizer = std::make_unique<Metaspace>(MetaspaceOptions{});
  LLMEMBED_ASSIGN_OR_RETURN(const auto listed, ReadAddedTokens(config, kXlmRobertaTokens));
  parts.added_tokens = WithFilesTokens(model, listed);
  parts.special_tokens = {{0}, {2}};
  return parts;
}

}  // namespace llmembed::text

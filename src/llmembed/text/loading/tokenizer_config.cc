#include "text/loading/tokenizer_config.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <utility>

namespace llmembed::text {
namespace {

using base::Json;

// The JSON object in the file; an empty one where there is no file.
Result<Json> ReadOptionalObject(const std::string& path) {
  Result<Json> root = base::ReadJsonFile(path);
  if (!root.ok() && root.status().code() == StatusCode::kNotFound) return Json::object();
  if (root.ok() && !root->is_object()) {
    return Status(StatusCode::kCorrupt, path + ": expected a JSON object");
  }
  return root;
}

// A token of the configuration: an object with its flags, or its content alone, with those of
// `bare`.
Result<AddedToken> ReadToken(const Json& value, const std::string& where, const AddedToken& bare) {
  AddedToken token = bare;
  if (value.is_string()) {
    token.content = value.get<std::string>();
    return token;
  }
  token = {};
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
    LLMEMBED_ASSIGN_OR_RETURN(AddedToken token, ReadToken(entry.value(), by_id.where(), {}));
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

AddedToken BareToken(const NamedToken& name) {
  AddedToken token;
  token.is_special = true;
  token.lstrip = name.lstrip;
  token.normalized = name.normalized;
  return token;
}

// The named token's entry in the configuration, its default, or none: null in the file is none.
Json ValueOf(JsonFields* config, const NamedToken& name) {
  if (const Json* value = config->Optional(name.key)) return *value;
  if (config->json().contains(name.key) || name.content == nullptr) return nullptr;
  return name.content;
}

// Tokens in order, each content once.
class TokenList {
 public:
  void Append(AddedToken token) {
    const auto [place, is_new] = places_.try_emplace(token.content, tokens_.size());
    if (is_new) {
      tokens_.push_back(std::move(token));
    } else {
      tokens_[place->second].is_special |= token.is_special;
    }
  }

  std::vector<AddedToken> Take() { return std::move(tokens_); }

 private:
  std::vector<AddedToken> tokens_;
  std::map<std::string, size_t, std::less<>> places_;
};

}  // namespace

Result<Json> ReadTokenizerConfig(const std::string& folder) {
  LLMEMBED_ASSIGN_OR_RETURN(Json config, ReadOptionalObject(folder + "/tokenizer_config.json"));
  if (config.contains("added_tokens_decoder")) return config;
  LLMEMBED_ASSIGN_OR_RETURN(const Json map,
                            ReadOptionalObject(folder + "/special_tokens_map.json"));
  config.update(map);
  const std::string added_path = folder + "/added_tokens.json";
  std::error_code error;
  if (std::filesystem::exists(added_path, error)) {
    return Status(StatusCode::kUnsupported,
                  added_path + ": not supported without a tokenizer.json");
  }
  return config;
}

Result<std::string> ReadTokenizerClass(JsonFields* config) {
  if (config->Optional("tokenizer_class") == nullptr) return std::string();
  return config->String("tokenizer_class");
}

Result<bool> BooleanOr(bool otherwise, JsonFields* fields, const char* name) {
  if (fields->Optional(name) == nullptr) return otherwise;
  return fields->Boolean(name);
}

Status ReadCommonOptions(JsonFields* config, SpecialText* special_text) {
  const Json* extra = config->Optional("extra_special_tokens");
  if (extra != nullptr && !extra->empty()) {
    return config->Unsupported("\"extra_special_tokens\" is not supported");
  }
  LLMEMBED_ASSIGN_OR_RETURN(const bool splits, BooleanOr(false, config, "split_special_tokens"));
  if (splits) *special_text = SpecialText::kPlain;
  return {};
}

Result<std::vector<AddedToken>> ReadAddedTokens(JsonFields* config,
                                                std::span<const NamedToken> names) {
  TokenList list;
  LLMEMBED_ASSIGN_OR_RETURN(std::vector<AddedToken> by_id, ReadTokensById(config));
  for (AddedToken& token : by_id) list.Append(std::move(token));
  for (const NamedToken& name : names) {
    const Json value = ValueOf(config, name);
    if (value.is_null()) continue;
    LLMEMBED_ASSIGN_OR_RETURN(AddedToken token, ReadToken(value, config->where(), BareToken(name)));
    token.is_special = true;
    list.Append(std::move(token));
  }
  if (config->Optional("additional_special_tokens") == nullptr) return list.Take();
  LLMEMBED_ASSIGN_OR_RETURN(const Json* more, config->Array("additional_special_tokens"));
  for (const Json& value : *more) {
    LLMEMBED_ASSIGN_OR_RETURN(AddedToken token,
                              ReadToken(value, config->where(), BareToken({"", nullptr})));
    list.Append(std::move(token));
  }
  return list.Take();
}

Result<std::string> ContentOf(JsonFields* config, const NamedToken& name) {
  const Json value = ValueOf(config, name);
  if (value.is_null()) return config->Corrupt("expected \"" + std::string(name.key) + "\"");
  LLMEMBED_ASSIGN_OR_RETURN(const AddedToken token, ReadToken(value, config->where(), {}));
  return token.content;
}

Result<int32_t> IdOfSpecialToken(const std::string& content, const Model& model,
                                 const std::string& where) {
  const std::optional<int32_t> id = model.IdOf(content);
  if (id) return *id;
  return Status(StatusCode::kUnsupported,
                where + ": the special token \"" + content + "\" is not in the vocabulary");
}

}  // namespace llmembed::text

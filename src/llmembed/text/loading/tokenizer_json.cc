#include <utility>
#include <vector>

#include "base/json.h"
#include "base/quoted.h"
#include "text/loading/components.h"
#include "text/loading/json_fields.h"
#include "text/loading/loaders.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {
namespace {

using base::Json;

Result<AddedToken> ReadAddedToken(const Json& value, const std::string& where) {
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Of(value, where));
  AddedToken token;
  LLMEMBED_ASSIGN_OR_RETURN(token.content, fields.String("content"));
  LLMEMBED_ASSIGN_OR_RETURN(token.id, fields.Integer("id"));
  LLMEMBED_ASSIGN_OR_RETURN(token.is_special, fields.Boolean("special"));
  LLMEMBED_ASSIGN_OR_RETURN(token.single_word, fields.Boolean("single_word"));
  LLMEMBED_ASSIGN_OR_RETURN(token.lstrip, fields.Boolean("lstrip"));
  LLMEMBED_ASSIGN_OR_RETURN(token.rstrip, fields.Boolean("rstrip"));
  LLMEMBED_ASSIGN_OR_RETURN(token.normalized, fields.Boolean("normalized"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return token;
}

Result<std::vector<AddedToken>> ReadAddedTokens(const Json* values, const std::string& where) {
  std::vector<AddedToken> tokens;
  if (values == nullptr) return tokens;
  if (!values->is_array()) {
    return Status(StatusCode::kCorrupt, where + ": expected an array");
  }
  for (const Json& value : *values) {
    LLMEMBED_ASSIGN_OR_RETURN(
        AddedToken token, ReadAddedToken(value, where + "[" + std::to_string(tokens.size()) + "]"));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadTokenizerJson(const std::string& folder,
                                                     const TokenizerOptions& options) {
  const std::string path = folder + "/tokenizer.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, base::ReadJsonFile(path));
  return ReadTokenizerJson(root, path, options);
}

Result<std::unique_ptr<Tokenizer>> ReadTokenizerJson(const Json& root, const std::string& path,
                                                     const TokenizerOptions& options) {
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Of(root, path));
  if (fields.Optional("version") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string version, fields.String("version"));
    if (version != "1.0") {
      return fields.Unsupported("the version " + base::Quoted(version) + ", expected 1.0");
    }
  }
  for (const char* name : {"padding", "truncation", "decoder"}) fields.Ignore(name);
  const auto where = [&path](const char* name) { return path + ": " + name; };
  TokenizerParts parts;
  parts.special_text = options.special_text;
  LLMEMBED_ASSIGN_OR_RETURN(
      parts.added_tokens, ReadAddedTokens(fields.Optional("added_tokens"), where("added_tokens")));
  LLMEMBED_ASSIGN_OR_RETURN(parts.normalizer,
                            ReadNormalizer(fields.Optional("normalizer"), where("normalizer")));
  LLMEMBED_ASSIGN_OR_RETURN(parts.pre_tokenizer, ReadPreTokenizer(fields.Optional("pre_tokenizer"),
                                                                  where("pre_tokenizer")));
  LLMEMBED_ASSIGN_OR_RETURN(
      parts.special_tokens,
      ReadPostProcessor(fields.Optional("post_processor"), where("post_processor")));
  LLMEMBED_ASSIGN_OR_RETURN(const JsonFields model, fields.Object("model"));
  LLMEMBED_ASSIGN_OR_RETURN(parts.model, ReadModel(model.json(), where("model")));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(std::move(parts));
  return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(path);
}

}  // namespace llmembed::text

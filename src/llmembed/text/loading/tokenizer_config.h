// tokenizer_config.json and special_tokens_map.json: what stands beside a bare vocabulary.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "llmembed/status.h"
#include "text/added_tokens.h"
#include "text/loading/json_fields.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {

// A special token that a class of tokenizers knows by a name.
struct NamedToken {
  const char* key;      // in the configuration
  const char* content;  // where the configuration is silent; nullptr: there is no such token then
  bool lstrip = false;  // of a token that is given as its content alone
  bool normalized = false;
};

// Both files' fields as one object: those of special_tokens_map.json count, but only where the
// other file has no added_tokens_decoder (files from before it had). An empty object where neither
// file is there. kUnsupported: an added_tokens.json.
Result<base::Json> ReadTokenizerConfig(const std::string& folder);

// "tokenizer_class", or an empty string.
Result<std::string> ReadTokenizerClass(JsonFields* config);

// The field, or `otherwise` where it is absent or null.
Result<bool> BooleanOr(bool otherwise, JsonFields* fields, const char* name);

// Refuses extra_special_tokens; `special_text` becomes kPlain with split_special_tokens true.
Status ReadCommonOptions(JsonFields* config, SpecialText* special_text);

// The tokens that Hugging Face adds to a tokenizer which it makes of a bare vocabulary: those of
// added_tokens_decoder by their ids, then the named and the additional ones that are not among
// them, in the order of `names`.
Result<std::vector<AddedToken>> ReadAddedTokens(JsonFields* config,
                                                std::span<const NamedToken> names);

// The content of one named token: the configuration's, or its default. kCorrupt: there is none.
Result<std::string> ContentOf(JsonFields* config, const NamedToken& name);

// The id of a special token that stands around every text. kUnsupported: the vocabulary lacks it.
Result<int32_t> IdOfSpecialToken(const std::string& content, const Model& model,
                                 const std::string& where);

}  // namespace llmembed::text

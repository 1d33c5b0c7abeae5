#include "text/loading/post_processors.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "text/loading/components.h"

namespace llmembed::text {
namespace {

using base::Json;

constexpr size_t kMaxTemplatePieces = 64;

// Appends an id; whether it is in the vocabulary is checked when the tokenizer is put together.
Status AppendId(const Json& id, const JsonFields& fields, std::vector<int32_t>* ids) {
  if (!id.is_number_unsigned() ||
      id.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    return fields.Corrupt("expected an id to be a whole number below 2^31");
  }
  ids->push_back(id.get<int32_t>());
  return {};
}

// The ids of the special token that a template calls `name`.
Status AppendSpecialToken(const std::string& name, JsonFields* special_tokens,
                          std::vector<int32_t>* ids) {
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields token, special_tokens->Object(name.c_str()));
  token.Ignore("id");
  token.Ignore("tokens");
  LLMEMBED_ASSIGN_OR_RETURN(const Json* token_ids, token.Array("ids"));
  LLMEMBED_RETURN_IF_ERROR(token.RefuseOthers());
  if (token_ids->size() > kMaxTemplatePieces) return token.Corrupt("too many ids");
  for (const Json& id : *token_ids) LLMEMBED_RETURN_IF_ERROR(AppendId(id, token, ids));
  return {};
}

}  // namespace

Result<SpecialTokens> ReadTemplateProcessing(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* pieces, fields.Array("single"));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields special_tokens, fields.Object("special_tokens"));
  fields.Ignore("pair");
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  if (pieces->size() > kMaxTemplatePieces) return fields.Corrupt("the template is too long");
  SpecialTokens result;
  bool text_is_placed = false;
  for (const Json& piece : *pieces) {
    LLMEMBED_ASSIGN_OR_RETURN(JsonFields kind, JsonFields::Of(piece, fields.where() + ".single"));
    if (kind.Optional("Sequence") != nullptr) {
      LLMEMBED_ASSIGN_OR_RETURN(JsonFields sequence, kind.Object("Sequence"));
      LLMEMBED_ASSIGN_OR_RETURN(const std::string id, sequence.String("id"));
      if (id != "A" || text_is_placed) {
        return fields.Unsupported("a single template with more than one text");
      }
      text_is_placed = true;
    } else {
      LLMEMBED_ASSIGN_OR_RETURN(JsonFields special, kind.Object("SpecialToken"));
      LLMEMBED_ASSIGN_OR_RETURN(const std::string id, special.String("id"));
      LLMEMBED_RETURN_IF_ERROR(AppendSpecialToken(
          id, &special_tokens, text_is_placed ? &result.behind : &result.before));
    }
    LLMEMBED_RETURN_IF_ERROR(kind.RefuseOthers());
  }
  if (!text_is_placed) return fields.Unsupported("a single template without the text");
  return result;
}

Result<SpecialTokens> ReadBertProcessing(JsonFields fields) {
  SpecialTokens result;
  for (const auto& [name, ids] :
       {std::pair("cls", &result.before), std::pair("sep", &result.behind)}) {
    LLMEMBED_ASSIGN_OR_RETURN(const Json* token, fields.Array(name));
    if (token->size() != 2) return fields.Corrupt("expected a token and its id");
    LLMEMBED_RETURN_IF_ERROR(AppendId((*token)[1], fields, ids));
  }
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return result;
}

Result<SpecialTokens> ReadRobertaProcessing(JsonFields fields) {
  fields.Ignore("trim_offsets");
  fields.Ignore("add_prefix_space");  // it speaks of offsets; ids are the pre-tokenizer's matter
  return ReadBertProcessing(std::move(fields));
}

Result<SpecialTokens> ReadByteLevelProcessing(JsonFields fields) {
  for (const char* name : {"add_prefix_space", "trim_offsets", "use_regex"}) fields.Ignore(name);
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return SpecialTokens();
}

Result<SpecialTokens> ReadProcessorSequence(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* processors, fields.Array("processors"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  if (processors->size() > kMaxTemplatePieces) return fields.Corrupt("too many processors");
  SpecialTokens result;
  for (const Json& value : *processors) {
    LLMEMBED_ASSIGN_OR_RETURN(const SpecialTokens added,
                              ReadPostProcessor(&value, fields.where() + ".processors"));
    result.before.insert(result.before.begin(), added.before.begin(), added.before.end());
    result.behind.insert(result.behind.end(), added.behind.begin(), added.behind.end());
  }
  return result;
}

}  // namespace llmembed::text

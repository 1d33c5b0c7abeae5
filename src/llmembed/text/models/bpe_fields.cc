// The "model" of a tokenizer.json, where it is a BPE.
#include <utility>

#include "text/loading/vocabulary_fields.h"
#include "text/models/bpe.h"

namespace llmembed::text {
namespace {

using base::Json;

// "a b", or since tokenizers 0.20 ["a", "b"].
Result<BpeMerge> ReadMerge(const Json& value, const std::string& where) {
  if (value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string()) {
    return BpeMerge{value[0].get_ref<const std::string&>(), value[1].get_ref<const std::string&>()};
  }
  if (value.is_string()) {
    const std::string_view both = value.get_ref<const std::string&>();
    const size_t space = both.find(' ');
    if (space != std::string_view::npos && both.find(' ', space + 1) == std::string_view::npos) {
      return BpeMerge{both.substr(0, space), both.substr(space + 1)};
    }
  }
  return Status(StatusCode::kCorrupt, where + ": expected two pieces with one space between them");
}

Result<std::vector<BpeMerge>> ReadMerges(JsonFields* fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* values, fields->Array("merges"));
  std::vector<BpeMerge> merges;
  merges.reserve(values->size());
  for (size_t i = 0; i < values->size(); ++i) {
    const Json& value = (*values)[i];
    // Merges that were copied from a merges.txt with its first line.
    if (value.is_string() && value.get_ref<const std::string&>().starts_with("#version")) continue;
    LLMEMBED_ASSIGN_OR_RETURN(const BpeMerge merge, ReadMerge(value, fields->where() + ".merges[" +
                                                                         std::to_string(i) + "]"));
    merges.push_back(merge);
  }
  return merges;
}

Status ReadFlag(JsonFields* fields, const char* name, bool* flag) {
  if (fields->Optional(name) == nullptr) return {};
  LLMEMBED_ASSIGN_OR_RETURN(*flag, fields->Boolean(name));
  return {};
}

Status ReadText(JsonFields* fields, const char* name, std::string* text) {
  if (fields->Optional(name) == nullptr) return {};
  LLMEMBED_ASSIGN_OR_RETURN(*text, fields->String(name));
  return {};
}

}  // namespace

Result<std::unique_ptr<Model>> Bpe::FromJson(JsonFields fields) {
  const Json* dropout = fields.Optional("dropout");
  if (dropout != nullptr && (!dropout->is_number() || dropout->get<double>() != 0)) {
    return fields.Unsupported("dropout is not supported");
  }
  BpeOptions options;
  if (fields.Optional("unk_token") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.unknown_token, fields.String("unk_token"));
  }
  LLMEMBED_RETURN_IF_ERROR(ReadFlag(&fields, "fuse_unk", &options.fuse_unknown));
  LLMEMBED_RETURN_IF_ERROR(ReadFlag(&fields, "byte_fallback", &options.byte_fallback));
  LLMEMBED_RETURN_IF_ERROR(ReadFlag(&fields, "ignore_merges", &options.ignore_merges));
  LLMEMBED_RETURN_IF_ERROR(
      ReadText(&fields, "continuing_subword_prefix", &options.continuing_prefix));
  LLMEMBED_RETURN_IF_ERROR(ReadText(&fields, "end_of_word_suffix", &options.word_suffix));
  LLMEMBED_ASSIGN_OR_RETURN(const JsonFields entries, fields.Object("vocab"));
  LLMEMBED_ASSIGN_OR_RETURN(const auto pieces, ReadVocabularyPieces(entries));
  LLMEMBED_ASSIGN_OR_RETURN(const auto merges, ReadMerges(&fields));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return Create(pieces, merges, options, fields.where());
}

}  // namespace llmembed::text

#include "text/loading/components.h"

#include <utility>

#include "base/quoted.h"
#include "text/loading/json_fields.h"
#include "text/loading/post_processors.h"
#include "text/models/bpe.h"
#include "text/models/unigram.h"
#include "text/models/word_piece.h"
#include "text/normalizers/bert_normalizer.h"
#include "text/normalizers/byte_level_normalizer.h"
#include "text/normalizers/character_normalizers.h"
#include "text/normalizers/edge_normalizers.h"
#include "text/normalizers/normalizer_sequence.h"
#include "text/normalizers/precompiled.h"
#include "text/normalizers/replace.h"
#include "text/normalizers/unicode_form.h"
#include "text/pre_tokenizers/bert_pre_tokenizer.h"
#include "text/pre_tokenizers/byte_level.h"
#include "text/pre_tokenizers/character_split.h"
#include "text/pre_tokenizers/metaspace.h"
#include "text/pre_tokenizers/pattern_split.h"
#include "text/pre_tokenizers/pre_tokenizer_sequence.h"
#include "text/pre_tokenizers/whitespace.h"
#include "text/pre_tokenizers/whitespace_split.h"

namespace llmembed::text {
namespace {

template <typename Part>
struct Component {
  const char* type;
  Result<Part> (*read)(JsonFields fields);
};

// To add a part: its own file, and a line here.
constexpr Component<std::unique_ptr<Normalizer>> kNormalizers[] = {
    {"BertNormalizer", &BertNormalizer::FromJson},
    {"Lowercase", &Lowercase::FromJson},
    {"NFC", &UnicodeForm::FromJson<NormalForm::kNfc>},
    {"NFD", &UnicodeForm::FromJson<NormalForm::kNfd>},
    {"NFKC", &UnicodeForm::FromJson<NormalForm::kNfkc>},
    {"NFKD", &UnicodeForm::FromJson<NormalForm::kNfkd>},
    {"Nmt", &Nmt::FromJson},
    {"Precompiled", &Precompiled::FromJson},
    {"Prepend", &Prepend::FromJson},
    {"Replace", &Replace::FromJson},
    {"Sequence", &NormalizerSequence::FromJson},
    {"Strip", &Strip::FromJson},
    {"StripAccents", &StripAccents::FromJson},
    {"ByteLevel", &ByteLevelNormalizer::FromJson},
};
constexpr Component<std::unique_ptr<PreTokenizer>> kPreTokenizers[] = {
    {"BertPreTokenizer", &BertPreTokenizer::FromJson},
    {"ByteLevel", &ByteLevel::FromJson},
    {"Split", &PatternSplit::FromJson},
    {"Digits", &CharacterSplit::DigitsFromJson},
    {"Punctuation", &CharacterSplit::PunctuationFromJson},
    {"CharDelimiterSplit", &CharacterSplit::DelimiterFromJson},
    {"Whitespace", &Whitespace::FromJson},
    {"Metaspace", &Metaspace::FromJson},
    {"WhitespaceSplit", &WhitespaceSplit::FromJson},
    {"Sequence", &PreTokenizerSequence::FromJson},
};
constexpr Component<std::unique_ptr<Model>> kModels[] = {
    {"WordPiece", &WordPiece::FromJson},
    {"BPE", &Bpe::FromJson},
    {"Unigram", &Unigram::FromJson},
};
constexpr Component<SpecialTokens> kPostProcessors[] = {
    {"TemplateProcessing", &ReadTemplateProcessing},
    {"BertProcessing", &ReadBertProcessing},
    {"RobertaProcessing", &ReadRobertaProcessing},
    {"ByteLevel", &ReadByteLevelProcessing},
    {"Sequence", &ReadProcessorSequence},
};

template <typename Part, size_t kCount>
Result<Part> ReadTyped(const Component<Part> (&components)[kCount], const std::string& type,
                       JsonFields fields) {
  for (const Component<Part>& component : components) {
    if (type == component.type) return component.read(std::move(fields));
  }
  std::string supported;
  for (const Component<Part>& component : components) {
    supported += supported.empty() ? "" : ", ";
    supported += component.type;
  }
  return fields.Unsupported("the type " + base::Quoted(type) +
                            " is not supported (supported: " + supported + ")");
}

template <typename Part, size_t kCount>
Result<Part> ReadOptional(const Component<Part> (&components)[kCount], const base::Json* value,
                          const std::string& where) {
  if (value == nullptr || value->is_null()) return Part();
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Of(*value, where));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string type, fields.String("type"));
  return ReadTyped(components, type, std::move(fields));
}

}  // namespace

Result<std::unique_ptr<Normalizer>> ReadNormalizer(const base::Json* value,
                                                   const std::string& where) {
  return ReadOptional(kNormalizers, value, where);
}

Result<std::unique_ptr<PreTokenizer>> ReadPreTokenizer(const base::Json* value,
                                                       const std::string& where) {
  return ReadOptional(kPreTokenizers, value, where);
}

Result<SpecialTokens> ReadPostProcessor(const base::Json* value, const std::string& where) {
  return ReadOptional(kPostProcessors, value, where);
}

Result<std::unique_ptr<Model>> ReadModel(const base::Json& value, const std::string& where) {
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Of(value, where));
  std::string type;
  if (fields.Optional("type") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(type, fields.String("type"));
  } else if (value.contains("merges")) {
    type = "BPE";
  } else if (value.contains("continuing_subword_prefix")) {
    type = "WordPiece";
  }
  return ReadTyped(kModels, type, std::move(fields));
}

}  // namespace llmembed::text

// libFuzzer target: a byte that picks a tokenizer class and its configuration, a byte with the
// length of a text, the text, then a SentencePiece model. Beyond not crashing, what is accepted
// must give ids of its vocabulary, and the same ones each time.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "text/loading/json_fields.h"
#include "text/loading/sentence_piece_families.h"
#include "text/loading/sentence_piece_model.h"
#include "text/pipeline_tokenizer.h"

namespace {

namespace base = llmembed::base;
namespace text = llmembed::text;

struct Variant {
  llmembed::Result<text::TokenizerParts> (*make)(const text::SentencePieceModel& model,
                                                 text::JsonFields* config,
                                                 const std::string& where);
  const char* config;
};
constexpr Variant kVariants[] = {
    {&text::MakeLlamaTokenizer, "{}"},
    {&text::MakeLlamaTokenizer, R"({"legacy": false, "add_eos_token": true})"},
    {&text::MakeLlamaTokenizer, R"({"add_prefix_space": false, "pad_token": "<pad>"})"},
    {&text::MakeXlmRobertaTokenizer, "{}"},
};

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void CheckIds(const text::Tokenizer& tokenizer, std::string_view input) {
  text::Encoding encoding;
  Require(tokenizer.Encode(input, 0, &encoding).ok());
  for (const int32_t id : encoding.ids) {
    Require(id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocabulary_size());
  }
  text::Encoding again;
  Require(tokenizer.Encode(input, 0, &again).ok() && again.ids == encoding.ids);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  if (rest.size() < 2) return 0;
  const Variant& variant = kVariants[static_cast<unsigned char>(rest[0]) % std::size(kVariants)];
  const size_t text_size = static_cast<unsigned char>(rest[1]);
  rest.remove_prefix(2);
  const std::string_view input = rest.substr(0, text_size);
  rest.remove_prefix(input.size());

  const auto model = text::ParseSentencePieceModel(rest, "fuzz");
  if (!model.ok()) {
    Require(model.status().message().starts_with("fuzz: "));
    return 0;
  }
  const auto json = base::ParseJson(variant.config, "config");
  Require(json.ok());
  auto config = text::JsonFields::Of(*json, "config");
  Require(config.ok());
  auto parts = variant.make(*model, &*config, "fuzz");
  if (!parts.ok()) return 0;
  const auto tokenizer = text::PipelineTokenizer::Create(*std::move(parts));
  if (tokenizer.ok()) CheckIds(**tokenizer, input);
  return 0;
}

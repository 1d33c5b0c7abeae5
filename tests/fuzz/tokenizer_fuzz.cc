// libFuzzer target: a tokenizer.json, a NUL byte, then a text. Beyond not crashing, what is
// accepted must give ids of its vocabulary, the same ones each time, and cut them as promised.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.h"
#include "text/loading/loaders.h"

namespace {

namespace base = llmembed::base;
namespace text = llmembed::text;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

void CheckIds(const text::Tokenizer& tokenizer, std::string_view input) {
  text::Encoding whole;
  Require(tokenizer.Encode(input, 0, &whole).ok());
  Require(whole.total_tokens == whole.ids.size());
  for (const int32_t id : whole.ids) {
    Require(id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocabulary_size());
  }
  text::Encoding again;
  Require(tokenizer.Encode(input, 0, &again).ok() && again.ids == whole.ids);
  for (const uint32_t max_tokens : {1U, 4U, 100U}) {
    text::Encoding cut;
    if (!tokenizer.Encode(input, max_tokens, &cut).ok()) continue;
    Require(cut.total_tokens == whole.total_tokens);
    Require(cut.ids.size() == (max_tokens < whole.ids.size() ? max_tokens : whole.ids.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t json_end = input.find('\0');
  const auto json = base::ParseJson(input.substr(0, json_end), "fuzz");
  if (!json.ok()) return 0;
  const auto tokenizer = text::ReadTokenizerJson(*json, "fuzz");
  if (!tokenizer.ok()) {
    Require(tokenizer.status().message().starts_with("fuzz"));
    return 0;
  }
  CheckIds(**tokenizer, json_end == std::string_view::npos ? "" : input.substr(json_end + 1));
  return 0;
}

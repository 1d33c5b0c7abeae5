// libFuzzer target: any bytes as a text, for one small tokenizer of each kind (the first byte
// chooses). Beyond not crashing: the same ids each time and for the repaired UTF-8, cut as
// promised; and where a tokenizer loses nothing, its pieces put together are the text.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/utf8.h"
#include "text/loading/loaders.h"

namespace {

namespace base = llmembed::base;
namespace text = llmembed::text;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

enum class Pieces { kLossy, kByteLevel, kByteFallback };

struct Kind {
  const char* file;
  Pieces pieces;
};
constexpr Kind kKinds[] = {{"word_piece", Pieces::kLossy},
                           {"byte_fallback_bpe", Pieces::kByteFallback},
                           {"byte_level_bpe", Pieces::kByteLevel},
                           {"unigram", Pieces::kLossy}};

struct Loaded {
  std::unique_ptr<text::Tokenizer> tokenizer;
  std::vector<std::string> pieces;  // by id; only where pieces are put together
};

Loaded Load(const Kind& kind) {
  const std::string path =
      std::string(LLMEMBED_SOURCE_DIR) + "/tests/fuzz/tokenizers/" + kind.file + ".json";
  const auto json = base::ReadJsonFile(path);
  Loaded loaded;
  auto tokenizer = json.ok() ? text::ReadTokenizerJson(*json, path) : json.status();
  if (!tokenizer.ok()) {
    std::fprintf(stderr, "%s\n", tokenizer.status().message().c_str());
    std::abort();
  }
  loaded.tokenizer = *std::move(tokenizer);
  if (kind.pieces == Pieces::kLossy) return loaded;
  loaded.pieces.resize(loaded.tokenizer->vocabulary_size());
  for (const auto& [piece, id] : json->at("model").at("vocab").items()) {
    loaded.pieces.at(id.get<size_t>()) = piece;
  }
  return loaded;
}

// The byte that a character of a byte-level vocabulary stands for: printable Latin-1 is itself, the
// others follow from U+0100 on in order.
char ByteOf(char32_t shown) {
  if (shown < 256) return static_cast<char>(shown);
  const char32_t place = shown - 256;
  if (place < 33) return static_cast<char>(place);
  return static_cast<char>(place < 67 ? place - 33 + 127 : 173);
}

std::string Together(const Loaded& loaded, Pieces kind, const std::vector<int32_t>& ids) {
  std::string joined;
  for (const int32_t id : ids) {
    const std::string& piece = loaded.pieces.at(static_cast<size_t>(id));
    if (kind == Pieces::kByteFallback && piece.size() == 6 && piece.starts_with("<0x")) {
      joined += static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16));
      continue;
    }
    for (size_t position = 0; position < piece.size();) {
      const char32_t c = base::DecodeUtf8(piece, &position);
      if (kind == Pieces::kByteLevel) {
        joined += ByteOf(c);
      } else {
        base::AppendUtf8(c == U'\u2581' ? U' ' : c, &joined);
      }
    }
  }
  return joined;
}

std::string WithSpaces(const std::string& input) {
  std::string spaced;
  for (size_t position = 0; position < input.size();) {
    const char32_t c = base::DecodeUtf8(input, &position);
    base::AppendUtf8(c == U'\u2581' ? U' ' : c, &spaced);
  }
  return spaced;
}

// Texts with '<' may hold added tokens, which are cut out of the text before anything else.
void CheckNothingLost(const Loaded& loaded, Pieces kind, const std::string& input,
                      const std::vector<int32_t>& ids) {
  if (kind == Pieces::kLossy || input.find('<') != std::string::npos) return;
  if (kind == Pieces::kByteLevel) {
    Require(Together(loaded, kind, ids) == input);
  } else if (!input.empty()) {
    Require(!ids.empty());
    Require(Together(loaded, kind, {ids.begin() + 1, ids.end()}) == " " + WithSpaces(input));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Loaded> all = [] {
    std::vector<Loaded> loaded;
    for (const Kind& kind : kKinds) loaded.push_back(Load(kind));
    return loaded;
  }();
  if (size == 0) return 0;
  const size_t which = data[0] % std::size(kKinds);
  const text::Tokenizer& tokenizer = *all[which].tokenizer;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);

  text::Encoding whole;
  Require(tokenizer.Encode(input, 0, &whole).ok());
  Require(whole.total_tokens == whole.ids.size());
  for (const int32_t id : whole.ids) {
    Require(id >= 0 && static_cast<uint32_t>(id) < tokenizer.vocabulary_size());
  }
  const std::string repaired = base::ReplaceInvalidUtf8(input);
  text::Encoding again;
  Require(tokenizer.Encode(repaired, 0, &again).ok() && again.ids == whole.ids);
  for (const uint32_t max_tokens : {2U, 7U}) {
    text::Encoding cut;
    Require(tokenizer.Encode(input, max_tokens, &cut).ok());
    Require(cut.total_tokens == whole.total_tokens);
    Require(cut.ids.size() == (max_tokens < whole.ids.size() ? max_tokens : whole.ids.size()));
  }
  CheckNothingLost(all[which], kKinds[which].pieces, repaired, whole.ids);
  return 0;
}

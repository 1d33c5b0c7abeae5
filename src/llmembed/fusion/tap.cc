#include "fusion/tap.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.h"

namespace llmembed::fusion {
namespace {

constexpr size_t kMaxBackboneName = 64;
constexpr size_t kMaxShownText = 80;

struct PoolingEntry {
  Pooling pooling;
  const char* name;
};

constexpr std::array kPoolings = {
    PoolingEntry{Pooling::kMean, "mean"}, PoolingEntry{Pooling::kMeanAll, "mean_all"},
    PoolingEntry{Pooling::kMax, "max"},   PoolingEntry{Pooling::kCls, "cls"},
    PoolingEntry{Pooling::kLast, "last"}, PoolingEntry{Pooling::kPooler, "pooler"},
};

constexpr std::string_view kRawSuffix = ".raw";

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

Status TapError(std::string_view text, const std::string& problem) {
  std::string shown = base::ReplaceInvalidUtf8(text.substr(0, kMaxShownText));
  if (text.size() > kMaxShownText) shown += "...";
  return {StatusCode::kUsage, "tap \"" + shown + "\": " + problem};
}

Result<int> ParseLayer(std::string_view text, std::string_view layer) {
  int value = 0;
  const auto [end, error] = std::from_chars(layer.data(), layer.data() + layer.size(), value);
  const bool is_number = error == std::errc() && end == layer.data() + layer.size();
  const bool is_too_large = value > kMaxTapLayer || value < -kMaxTapLayer;
  if (error == std::errc::result_out_of_range || (is_number && is_too_large)) {
    return TapError(text, "the layer is out of range, expected -" + std::to_string(kMaxTapLayer) +
                              " to " + std::to_string(kMaxTapLayer));
  }
  // Printing the number again refuses the second spellings: "01", "-0".
  if (!is_number || std::to_string(value) != layer) {
    return TapError(text, "expected a layer number before ':', such as 0, 6 or -1");
  }
  return value;
}

Result<Pooling> ParsePooling(std::string_view text, std::string_view name) {
  const auto entry = std::find_if(kPoolings.begin(), kPoolings.end(),
                                  [&](const PoolingEntry& e) { return name == e.name; });
  if (entry != kPoolings.end()) return entry->pooling;

  return TapError(text,
                  "the pooling after ':' is unknown; expected mean, mean_all, max, cls, last or"
                  " pooler");
}

}  // namespace

const char* PoolingName(Pooling pooling) {
  for (const PoolingEntry& entry : kPoolings) {
    if (entry.pooling == pooling) return entry.name;
  }
  return "";
}

bool IsBackboneName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxBackboneName && IsLetter(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return IsLetter(c) || IsDigit(c) || c == '_' || c == '.' || c == '-';
         });
}

Result<Tap> ParseTap(std::string_view text) {
  Tap tap;
  std::string_view rest = text;
  if (const size_t slash = rest.find('/'); slash != std::string_view::npos) {
    tap.backbone = std::string(rest.substr(0, slash));
    if (!IsBackboneName(tap.backbone)) {
      return TapError(text,
                      "expected a backbone's name before '/': a letter, then letters, digits,"
                      " '_', '.' or '-', at most 64 characters");
    }
    rest.remove_prefix(slash + 1);
  }
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) {
    return TapError(text, "expected layer:pooling, such as -1:mean");
  }
  std::string_view layer = rest.substr(0, colon);
  tap.is_raw = layer.ends_with(kRawSuffix);
  if (tap.is_raw) layer.remove_suffix(kRawSuffix.size());
  LLMEMBED_ASSIGN_OR_RETURN(tap.layer, ParseLayer(text, layer));
  LLMEMBED_ASSIGN_OR_RETURN(tap.pooling, ParsePooling(text, rest.substr(colon + 1)));
  if (tap.is_raw && tap.pooling == Pooling::kPooler) {
    return TapError(text, "a pooler reads the state behind all norms, expected no .raw");
  }
  return tap;
}

std::string ToString(const Tap& tap) {
  if (tap.is_lexical) return std::string(kLexicalTap);
  const std::string prefix = tap.backbone.empty() ? "" : tap.backbone + "/";
  return prefix + std::to_string(tap.layer) + std::string(tap.is_raw ? kRawSuffix : "") + ":" +
         PoolingName(tap.pooling);
}

Result<std::vector<Tap>> ParseTapList(std::string_view text) {
  std::vector<Tap> taps;
  if (text.empty()) return Status(StatusCode::kUsage, "the list of taps is empty");
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    LLMEMBED_ASSIGN_OR_RETURN(Tap tap, ParseTap(text.substr(begin, end - begin)));
    if (std::find(taps.begin(), taps.end(), tap) != taps.end()) {
      return TapError(ToString(tap), "stands twice in the list");
    }
    if (taps.size() == kMaxTaps) {
      return Status(StatusCode::kUsage,
                    "the list of taps is longer than " + std::to_string(kMaxTaps));
    }
    taps.push_back(std::move(tap));
    begin = end + 1;
  }
  return taps;
}

}  // namespace llmembed::fusion

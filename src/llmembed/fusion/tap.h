// A tap names a place where a vector is taken: backbone, layer, point and pooling; or the scores of
// counting words, which need no backbone. Names only, no behaviour.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::fusion {

// How the states of a text's tokens become one vector.
enum class Pooling {
  kMean,     // over the text's real tokens
  kMeanAll,  // over all tokens of a text that is padded to the longest one may be
  kMax,      // elementwise maximum over the real tokens
  kCls,      // the first token
  kLast,     // the last real token
  kPooler,   // the first token through the backbone's own pooler
};

// The pooling's name in tap texts: "mean", "mean_all", "max", "cls", "last" or "pooler".
const char* PoolingName(Pooling pooling);

// Text form: [backbone/]layer[.raw]:pooling, e.g. "-1:mean", "minilm/0:cls" or "llama/-1.raw:last".
// There is one text for each tap: no blanks, no "+1", no "01", no "-0".
struct Tap {
  std::string backbone;  // "" where there is only one; see IsBackboneName
  int layer = 0;         // as in hidden_states: 0 = embeddings, 1..L = blocks, -1 = the last block
  Pooling pooling = Pooling::kMean;
  bool is_raw = false;      // the last layer's state before the backbone's final norm
  bool is_lexical = false;  // "lexical": a score a class by the words; then nothing else counts

  friend bool operator==(const Tap&, const Tap&) = default;
};

// The word in expressions for the tap that counts words.
inline constexpr std::string_view kLexicalTap = "lexical";

// The largest |layer| that a tap text may hold; deeper than any model, small enough for int.
inline constexpr int kMaxTapLayer = 9999;

// At most this many taps in one list or expression.
inline constexpr size_t kMaxTaps = 1024;

// A letter, then letters, digits, '_', '.' or '-'; at most 64 characters.
bool IsBackboneName(std::string_view name);

// kUsage: no tap of a backbone. ParseTap(ToString(tap)) == tap, and the other way round. Whether a
// backbone has that layer, point and pooling is for whoever opens it to say.
Result<Tap> ParseTap(std::string_view text);
std::string ToString(const Tap& tap);

// Tap texts with commas between them and nothing else, e.g. "0:mean,4:mean,-1:cls".
// Errors: as ParseTap; kUsage for an empty list, a tap that stands twice, more than kMaxTaps.
Result<std::vector<Tap>> ParseTapList(std::string_view text);

}  // namespace llmembed::fusion

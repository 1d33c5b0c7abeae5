// Repair of JSON strings that hold halves of surrogate pairs.
#pragma once

#include <string>
#include <string_view>

namespace llmembed::data {

// The JSON with every \uD800-\uDFFF escape that is not half of a pair replaced by \uFFFD. Texts
// that were cut in the middle of a character hold such halves; no UTF-8 can.
std::string ReplaceLoneSurrogateEscapes(std::string_view json);

}  // namespace llmembed::data

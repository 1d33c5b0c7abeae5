// Base64, as JSON files hold binary data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace llmembed::text {

// The bytes; nullopt unless it is the standard alphabet, padded to whole groups, and nothing else.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace llmembed::text

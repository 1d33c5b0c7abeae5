// JSON as the program prints it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace llmembed::cli {

// Indented by two, ending in a newline. Bytes that are not UTF-8 become U+FFFD.
std::string JsonText(const nlohmann::ordered_json& json);

// A string with its quotes, for JSON that is written piece by piece.
std::string JsonString(std::string_view text);

// The shortest decimal that gives the same float; null where there is none.
std::string JsonNumber(float value);

}  // namespace llmembed::cli

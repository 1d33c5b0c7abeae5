#include "json_output.h"

#include <charconv>
#include <cmath>

namespace llmembed::cli {
namespace {

constexpr auto kReplaceInvalidUtf8 = nlohmann::ordered_json::error_handler_t::replace;

}  // namespace

std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, kReplaceInvalidUtf8) + "\n";
}

std::string JsonString(std::string_view text) {
  return nlohmann::ordered_json(text).dump(-1, ' ', false, kReplaceInvalidUtf8);
}

std::string JsonNumber(float value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  return {text, end};
}

}  // namespace llmembed::cli

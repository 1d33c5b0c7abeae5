#include "base/json.h"

#include <set>
#include <vector>

#include "base/file_io.h"
#include "base/utf8.h"

namespace llmembed::base {
namespace {

// Builds the value through nlohmann's own builder, and refuses what the limits do not allow.
class LimitedBuilder : public nlohmann::detail::json_sax_dom_parser<Json> {
  using Base = nlohmann::detail::json_sax_dom_parser<Json>;

 public:
  LimitedBuilder(Json* result, unsigned max_depth)
      : Base(*result, /*allow_exceptions=*/false), max_depth_(max_depth) {}

  const std::string& refusal() const { return refusal_; }
  size_t error_position() const { return error_position_; }

  bool start_object(size_t elements) {
    keys_.emplace_back();
    return Deeper() && Base::start_object(elements);
  }
  bool end_object() {
    keys_.pop_back();
    --depth_;
    return Base::end_object();
  }
  bool start_array(size_t elements) { return Deeper() && Base::start_array(elements); }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool key(std::string& name) {
    if (!keys_.back().insert(name).second) return Refuse("the key \"" + name + "\" stands twice");
    return Base::key(name);
  }
  template <typename Exception>
  bool parse_error(size_t position, const std::string& token, const Exception& error) {
    error_position_ = position;
    return Base::parse_error(position, token, error);
  }

 private:
  bool Deeper() {
    return ++depth_ <= max_depth_ ||
           Refuse("nested deeper than " + std::to_string(max_depth_) + " levels");
  }
  bool Refuse(std::string why) {
    refusal_ = std::move(why);
    return false;
  }

  unsigned max_depth_;
  unsigned depth_ = 0;
  std::vector<std::set<std::string>> keys_;
  std::string refusal_;
  size_t error_position_ = 0;
};

}  // namespace

Result<Json> ParseJson(std::string_view text, const std::string& what, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Status(StatusCode::kCorrupt,
                  what + ": JSON of more than " + std::to_string(limits.max_bytes) + " bytes");
  }
  if (!IsValidUtf8(text)) return Status(StatusCode::kCorrupt, what + ": JSON is not UTF-8");
  Json root;
  LimitedBuilder builder(&root, limits.max_depth);
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return root;
  if (!builder.refusal().empty()) {
    return Status(StatusCode::kCorrupt, what + ": JSON refused: " + builder.refusal());
  }
  return Status(StatusCode::kCorrupt,
                what + ": not valid JSON at byte " + std::to_string(builder.error_position()));
}

Result<Json> ReadJsonFile(const std::string& path, const JsonLimits& limits) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path, limits.max_bytes));
  return ParseJson(text, path, limits);
}

}  // namespace llmembed::base

#include "backbone/config_fields.h"

#include <cmath>

namespace llmembed::backbone {

using base::Json;

Status ConfigFields::Corrupt(const std::string& message) const {
  return {StatusCode::kCorrupt, where_ + ": " + message};
}

Status ConfigFields::Unsupported(const std::string& message) const {
  return {StatusCode::kUnsupported, where_ + ": " + message};
}

const Json* ConfigFields::Find(const char* key) const {
  const auto entry = json_->find(key);
  return entry == json_->end() || entry->is_null() ? nullptr : &*entry;
}

Result<uint64_t> ConfigFields::Integer(const char* key, uint64_t smallest, uint64_t largest,
                                       std::optional<uint64_t> absent) const {
  const Json* value = Find(key);
  if (value == nullptr && absent) return *absent;
  if (value == nullptr) return Corrupt(std::string("needs the key ") + key);
  if (!value->is_number_unsigned() || value->get<uint64_t>() < smallest ||
      value->get<uint64_t>() > largest) {
    return Corrupt(std::string(key) + " must be a whole number from " + std::to_string(smallest) +
                   " to " + std::to_string(largest));
  }
  return value->get<uint64_t>();
}

Result<double> ConfigFields::Positive(const char* key, std::optional<double> absent) const {
  const Json* value = Find(key);
  if (value == nullptr && absent) return *absent;
  if (value == nullptr || !value->is_number()) {
    return Corrupt(std::string("needs the number ") + key);
  }
  const auto number = value->get<double>();
  if (!std::isfinite(number) || number <= 0.0) {
    return Corrupt(std::string(key) + " must be a number above 0");
  }
  return number;
}

Result<bool> ConfigFields::Boolean(const char* key, std::optional<bool> absent) const {
  const Json* value = Find(key);
  if (value == nullptr && absent) return *absent;
  if (value == nullptr || !value->is_boolean()) {
    return Corrupt(std::string(key) + " must be true or false");
  }
  return value->get<bool>();
}

Result<std::string> ConfigFields::String(const char* key) const {
  const Json* value = Find(key);
  if (value == nullptr || !value->is_string()) return Corrupt(std::string("needs the text ") + key);
  return value->get<std::string>();
}

Result<std::optional<ConfigFields>> ConfigFields::Object(const char* key) const {
  const Json* value = Find(key);
  if (value == nullptr) return std::optional<ConfigFields>();
  if (!value->is_object()) return Corrupt(std::string(key) + " must be an object");
  return std::optional(ConfigFields(*value, where_ + ": " + key));
}

}  // namespace llmembed::backbone

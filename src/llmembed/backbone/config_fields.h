// config.json's values by key and type, each checked, with errors that name the file and the key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

// Borrows the JSON object. A key whose value is null counts as absent. Without `absent` the key has
// to be there.
class ConfigFields {
 public:
  ConfigFields(const base::Json& json, std::string where)
      : json_(&json), where_(std::move(where)) {}

  // A whole number from 0 (or `smallest`) to `largest`.
  Result<uint64_t> Integer(const char* key, uint64_t smallest, uint64_t largest,
                           std::optional<uint64_t> absent = std::nullopt) const;
  // A finite number above 0.
  Result<double> Positive(const char* key, std::optional<double> absent = std::nullopt) const;
  Result<bool> Boolean(const char* key, std::optional<bool> absent = std::nullopt) const;
  Result<std::string> String(const char* key) const;

  // Null when the key is absent.
  const base::Json* Find(const char* key) const;

  // The object at `key`; nullopt when it is absent.
  Result<std::optional<ConfigFields>> Object(const char* key) const;

  Status Corrupt(const std::string& message) const;
  Status Unsupported(const std::string& message) const;

  const base::Json& json() const { return *json_; }

 private:
  const base::Json* json_;
  std::string where_;
};

}  // namespace llmembed::backbone

// The fields of one JSON object, read by name and type; what nobody asked for is refused.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "llmembed/status.h"

namespace llmembed::text {

// Borrows the JSON value. Not thread-safe. Every error says where in the file the field lies.
class JsonFields {
 public:
  // `where` is a file's name, or a field's as where() of its object gives it with ".NAME" behind.
  // kCorrupt: the value is no object.
  static Result<JsonFields> Of(const base::Json& value, const std::string& where);

  // The field's value; kCorrupt when it is absent or of another type.
  Result<std::string> String(const char* name);
  Result<bool> Boolean(const char* name);
  Result<uint64_t> Integer(const char* name);
  Result<JsonFields> Object(const char* name);
  Result<const base::Json*> Array(const char* name);

  // The field's value, nullptr when it is absent or null.
  const base::Json* Optional(const char* name);

  // Says that a field does not matter here.
  void Ignore(const char* name) { known_.insert(name); }

  // kUnsupported: there is a field that none of the above has named.
  Status RefuseOthers() const;

  Status Corrupt(const std::string& what) const;
  Status Unsupported(const std::string& what) const;

  const std::string& where() const { return where_; }
  const base::Json& json() const { return *json_; }
  size_t size() const { return json_->size(); }

 private:
  JsonFields(const base::Json& value, const std::string& where) : json_(&value), where_(where) {}

  // The field's value, kCorrupt when `is_wanted_type` is false of it.
  Result<const base::Json*> Typed(const char* name, const char* type_name,
                                  bool (base::Json::*is_wanted_type)() const noexcept);

  const base::Json* json_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace llmembed::text

#include "text/loading/json_fields.h"

#include "base/quoted.h"

namespace llmembed::text {

using base::Json;

Result<JsonFields> JsonFields::Of(const Json& value, const std::string& where) {
  if (!value.is_object()) {
    return Status(StatusCode::kCorrupt, where + ": expected a JSON object");
  }
  return JsonFields(value, where);
}

const Json* JsonFields::Optional(const char* name) {
  known_.insert(name);
  const auto found = json_->find(name);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

Result<const Json*> JsonFields::Typed(const char* name, const char* type_name,
                                      bool (Json::*is_wanted_type)() const noexcept) {
  const Json* value = Optional(name);
  if (value == nullptr || !(value->*is_wanted_type)()) {
    return Corrupt("expected \"" + std::string(name) + "\" to be " + type_name);
  }
  return value;
}

Result<std::string> JsonFields::String(const char* name) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* value, Typed(name, "a string", &Json::is_string));
  return value->get<std::string>();
}

Result<bool> JsonFields::Boolean(const char* name) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* value, Typed(name, "true or false", &Json::is_boolean));
  return value->get<bool>();
}

Result<uint64_t> JsonFields::Integer(const char* name) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* value,
                            Typed(name, "a whole number", &Json::is_number_unsigned));
  return value->get<uint64_t>();
}

Result<JsonFields> JsonFields::Object(const char* name) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json* value, Typed(name, "an object", &Json::is_object));
  return Of(*value, where_ + "." + name);
}

Result<const Json*> JsonFields::Array(const char* name) {
  return Typed(name, "an array", &Json::is_array);
}

Status JsonFields::RefuseOthers() const {
  for (const auto& field : json_->items()) {
    if (known_.find(field.key()) == known_.end()) {
      return Unsupported("the field " + base::Quoted(field.key()) + " is not supported");
    }
  }
  return {};
}

Status JsonFields::Corrupt(const std::string& what) const {
  return {StatusCode::kCorrupt, where_ + ": " + what};
}

Status JsonFields::Unsupported(const std::string& what) const {
  return {StatusCode::kUnsupported, where_ + ": " + what};
}

}  // namespace llmembed::text

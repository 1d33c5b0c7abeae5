#include "backbone/config_reader.h"

#include <array>
#include <optional>
#include <utility>

#include "base/json.h"

namespace llmembed::backbone {
namespace {

using base::Json;

Status Corrupt(const std::string& path, const std::string& message) {
  return {StatusCode::kCorrupt, path + ": " + message};
}

Status ReadSizes(const Json& json, const std::string& path, ConfiguredArchitecture* result) {
  for (const SizeKey& size : result->architecture->sizes) {
    const auto entry = json.find(size.key);
    if (entry == json.end()) return Corrupt(path, std::string("needs the key ") + size.key);
    if (!entry->is_number_unsigned() || entry->get<uint64_t>() == 0 ||
        entry->get<uint64_t>() > size.largest) {
      return Corrupt(path, std::string(size.key) + " must be a whole number from 1 to " +
                               std::to_string(size.largest));
    }
    result->config.*size.field = entry->get<size_t>();
  }
  return {};
}

Status CheckFixed(const Json& json, const std::string& path, const Architecture& architecture) {
  for (const FixedKey& fixed : architecture.fixed) {
    const auto entry = json.find(fixed.key);
    if (entry != json.end() && entry->dump() != fixed.value) {
      return {StatusCode::kUnsupported, path + ": " + fixed.key + " is " + entry->dump() +
                                            ", only " + fixed.value + " is done here"};
    }
  }
  return {};
}

Status ReadNormEpsilon(const Json& json, const std::string& path, ConfiguredArchitecture* result) {
  const char* key = result->architecture->norm_epsilon_key;
  const auto entry = json.find(key);
  if (entry == json.end() || !entry->is_number()) {
    return Corrupt(path, std::string("needs the number ") + key);
  }
  result->config.norm_epsilon = entry->get<double>();
  if (!(result->config.norm_epsilon > 0.0 && result->config.norm_epsilon < 1.0)) {
    return Corrupt(path, std::string(key) + " must lie between 0 and 1");
  }
  return {};
}

Status ReadActivation(const Json& json, const std::string& path, ConfiguredArchitecture* result) {
  using compute::Activation;
  static constexpr std::array<std::pair<const char*, Activation>, 4> kNames = {{
      {"gelu", Activation::kGeluErf},
      {"gelu_new", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"relu", Activation::kRelu},
  }};
  const char* key = result->architecture->activation_key;
  const auto entry = json.find(key);
  if (entry == json.end() || !entry->is_string()) {
    return Corrupt(path, std::string("needs the text ") + key);
  }
  for (const auto& [name, activation] : kNames) {
    if (entry->get_ref<const std::string&>() == name) {
      result->config.activation = activation;
      return {};
    }
  }
  return {StatusCode::kUnsupported,
          path + ": " + key + " " + entry->dump() +
              " is not done here; gelu, gelu_new, gelu_pytorch_tanh and relu are"};
}

}  // namespace

Result<ConfiguredArchitecture> ReadConfig(const std::string& folder) {
  const std::string path = folder + "/config.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json json, base::ReadJsonFile(path, {.max_bytes = 1 << 20}));
  if (!json.is_object()) return Corrupt(path, "must be a JSON object");
  const auto model_type = json.find("model_type");
  if (model_type == json.end() || !model_type->is_string()) {
    return Corrupt(path, "needs the text model_type");
  }
  ConfiguredArchitecture result;
  result.config.model_type = model_type->get<std::string>();
  result.architecture = FindArchitecture(result.config.model_type);
  if (result.architecture == nullptr) {
    return Status(StatusCode::kUnsupported, path + ": model_type " + model_type->dump() +
                                                " is not done here; " + ArchitectureNames() +
                                                " is");
  }
  LLMEMBED_RETURN_IF_ERROR(ReadSizes(json, path, &result));
  LLMEMBED_RETURN_IF_ERROR(CheckFixed(json, path, *result.architecture));
  LLMEMBED_RETURN_IF_ERROR(ReadNormEpsilon(json, path, &result));
  LLMEMBED_RETURN_IF_ERROR(ReadActivation(json, path, &result));
  result.config.first_position = result.architecture->first_position;
  if (result.config.width % result.config.heads != 0) {
    return Corrupt(path, "the width " + std::to_string(result.config.width) +
                             " is not a multiple of the number of heads " +
                             std::to_string(result.config.heads));
  }
  if (result.config.positions <= result.config.first_position) {
    return Corrupt(path, "has no position for a text's first token");
  }
  return result;
}

}  // namespace llmembed::backbone

#include "backbone/config_reader.h"

#include <algorithm>
#include <cmath>

#include "backbone/choice_readers.h"
#include "base/quoted.h"
#include "gguf/find_gguf.h"

namespace llmembed::backbone {
namespace {

using base::Json;

// What no architecture of this program does.
constexpr FixedKey kFixedForAll[] = {{"is_encoder_decoder", "false"}};
constexpr const char* kRefusedForAll[] = {"quantization_config", "compression_config"};

constexpr uint64_t kMostHeads = 1'024;
constexpr uint64_t kLargestHead = 1'024;
constexpr uint64_t kMostIds = 2'000'000;

Status CheckFixed(const ConfigFields& fields, const Architecture& architecture) {
  std::vector<FixedKey> all(std::begin(kFixedForAll), std::end(kFixedForAll));
  all.insert(all.end(), architecture.fixed.begin(), architecture.fixed.end());
  for (const FixedKey& fixed : all) {
    const Json* value = fields.Find(fixed.key);
    if (value == nullptr || *value == Json::parse(fixed.value)) continue;
    return fields.Unsupported(std::string(fixed.key) + " is " + base::Shown(value->dump()) +
                              ", only " + fixed.value + " is done here");
  }
  for (const char* key : kRefusedForAll) {
    if (fields.Find(key) == nullptr) continue;
    return fields.Unsupported(std::string(key) + " is not done here: take the plain weights");
  }
  return {};
}

Result<bool> Choose(const ConfigFields& fields, const Choice& choice) {
  if (choice.key == nullptr) return choice.value;
  return fields.Boolean(choice.key, choice.value);
}

Status ReadHeads(const ConfigFields& fields, const Architecture& architecture,
                 BackboneConfig* config) {
  config->kv_heads = config->heads;
  if (architecture.kv_heads_key != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(
        config->kv_heads, fields.Integer(architecture.kv_heads_key, 1, kMostHeads, config->heads));
  }
  if (config->heads % config->kv_heads != 0) {
    return fields.Corrupt("the " + std::to_string(config->heads) +
                          " heads of queries are not a multiple of the " +
                          std::to_string(config->kv_heads) + " of keys and values");
  }
  if (architecture.head_size_key != nullptr && fields.Find(architecture.head_size_key) != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(config->head_size,
                              fields.Integer(architecture.head_size_key, 1, kLargestHead));
  } else if (architecture.needs_head_size) {
    return fields.Corrupt(std::string("needs the key ") + architecture.head_size_key);
  } else if (config->width % config->heads != 0) {
    return fields.Corrupt("the width " + std::to_string(config->width) +
                          " is not a multiple of the number of heads " +
                          std::to_string(config->heads));
  } else {
    config->head_size = config->width / config->heads;
  }
  config->attention_scale = 1.0F / std::sqrt(static_cast<float>(config->head_size));
  return {};
}

Status ReadPositions(const ConfigFields& fields, const Architecture& architecture,
                     BackboneConfig* config) {
  if (fields.Find("pad_token_id") != nullptr) {
    // Llama's files say -1 where there is none.
    const Json& pad = *fields.Find("pad_token_id");
    if (!pad.is_number_integer() || (pad.is_number_unsigned() && pad.get<uint64_t>() > kMostIds)) {
      return fields.Corrupt("pad_token_id must be a token's id");
    }
    if (pad.is_number_unsigned()) config->pad_id = pad.get<int32_t>();
  }
  config->has_position_table = architecture.position_kind == PositionKind::kTable;
  if (architecture.counts_from_padding) {
    const std::optional<int32_t> padding =
        architecture.padding ? architecture.padding : config->pad_id;
    if (!padding) return fields.Corrupt("needs the key pad_token_id, from which positions count");
    config->position_rule = {.first = *padding + 1, .uncounted_id = padding};
  }
  if (architecture.position_kind == PositionKind::kRotary) {
    if (config->head_size % 2 != 0) {
      return fields.Corrupt("heads of the odd size " + std::to_string(config->head_size) +
                            " cannot have rotary positions");
    }
    LLMEMBED_ASSIGN_OR_RETURN(const RotaryConfig rotary, ReadRotary(fields, config->positions));
    config->rotary.push_back(rotary);
    if (rotary.scaling == RotaryScaling::kLinear || rotary.scaling == RotaryScaling::kDynamic) {
      config->positions = static_cast<size_t>(
          std::min(static_cast<double>(config->positions) * rotary.factor, 16'777'216.0));
    }
  }
  if (config->positions <= static_cast<size_t>(config->position_rule.first)) {
    return fields.Corrupt("has no position for a text's first token");
  }
  return {};
}

Status ReadChoices(const ConfigFields& fields, const Architecture& architecture,
                   BackboneConfig* config) {
  config->norm_epsilon = architecture.norm_epsilon;
  if (architecture.norm_epsilon_key != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(config->norm_epsilon, fields.Positive(architecture.norm_epsilon_key));
    if (config->norm_epsilon >= 1.0) {
      return fields.Corrupt(std::string(architecture.norm_epsilon_key) +
                            " must lie between 0 and 1");
    }
  }
  if (architecture.activation_key != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(config->activation,
                              ReadActivation(fields, architecture.activation_key));
  }
  LLMEMBED_ASSIGN_OR_RETURN(config->attention_bias, Choose(fields, architecture.attention_bias));
  LLMEMBED_ASSIGN_OR_RETURN(config->attention_output_bias,
                            Choose(fields, architecture.attention_output_bias));
  LLMEMBED_ASSIGN_OR_RETURN(config->feed_forward_bias,
                            Choose(fields, architecture.feed_forward_bias));
  config->is_gated = architecture.is_gated;
  config->has_final_norm = architecture.names.final_norm != nullptr;
  config->has_pooler = architecture.names.pooler != nullptr;
  config->has_lm_head = architecture.names.lm_head != nullptr;
  LLMEMBED_ASSIGN_OR_RETURN(config->ties_lm_head, Choose(fields, architecture.ties_lm_head));
  return {};
}

Result<ConfiguredArchitecture> ReadGgufConfig(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto file, gguf::GgufFile::Open(path));
  LLMEMBED_ASSIGN_OR_RETURN(const GgufArchitecture* names, FindGgufArchitecture(*file));
  LLMEMBED_ASSIGN_OR_RETURN(const Json json, GgufConfig(*names, *file));
  LLMEMBED_ASSIGN_OR_RETURN(ConfiguredArchitecture result, ReadConfigJson(json, path));
  result.gguf = names;
  return result;
}

}  // namespace

Result<ConfiguredArchitecture> ReadConfig(const std::string& path) {
  if (const auto gguf_path = gguf::FindGguf(path)) return ReadGgufConfig(*gguf_path);
  const std::string file = path + "/config.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json json, base::ReadJsonFile(file, {.max_bytes = 1 << 20}));
  return ReadConfigJson(json, file);
}

Result<ConfiguredArchitecture> ReadConfigJson(const Json& json, const std::string& where) {
  if (!json.is_object()) return Status(StatusCode::kCorrupt, where + ": must be a JSON object");
  const ConfigFields fields(json, where);
  ConfiguredArchitecture result;
  BackboneConfig& config = result.config;
  LLMEMBED_ASSIGN_OR_RETURN(config.model_type, fields.String("model_type"));
  result.architecture = FindArchitecture(config.model_type);
  if (result.architecture == nullptr) {
    return fields.Unsupported("model_type " + base::Quoted(config.model_type) +
                              " is not done here; these are: " + ArchitectureNames());
  }
  const Architecture& architecture = *result.architecture;
  for (const SizeKey& size : architecture.sizes) {
    LLMEMBED_ASSIGN_OR_RETURN(config.*size.field, fields.Integer(size.key, 1, size.largest));
  }
  LLMEMBED_RETURN_IF_ERROR(CheckFixed(fields, architecture));
  LLMEMBED_RETURN_IF_ERROR(ReadHeads(fields, architecture, &config));
  LLMEMBED_RETURN_IF_ERROR(ReadPositions(fields, architecture, &config));
  LLMEMBED_RETURN_IF_ERROR(ReadChoices(fields, architecture, &config));
  config.layer.resize(config.layers);
  if (architecture.finish != nullptr) {
    LLMEMBED_RETURN_IF_ERROR(architecture.finish(fields, &config));
  }
  return result;
}

}  // namespace llmembed::backbone

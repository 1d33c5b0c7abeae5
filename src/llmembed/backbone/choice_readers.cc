#include "backbone/choice_readers.h"

#include <array>
#include <cmath>
#include <utility>

#include "base/quoted.h"

namespace llmembed::backbone {
namespace {

using base::Json;
using compute::Activation;

constexpr uint64_t kMostPositions = 16'777'216;

Status ReadYarn(const ConfigFields& scaling, RotaryConfig* rotary) {
  LLMEMBED_ASSIGN_OR_RETURN(rotary->beta_fast, scaling.Positive("beta_fast", 32.0));
  LLMEMBED_ASSIGN_OR_RETURN(rotary->beta_slow, scaling.Positive("beta_slow", 1.0));
  for (const char* key : {"mscale", "mscale_all_dim"}) {
    if (scaling.Find(key) != nullptr) {
      return scaling.Unsupported(std::string(key) + " is not done here");
    }
  }
  const Json* truncate = scaling.Find("truncate");
  if (truncate != nullptr && *truncate != true) {
    return scaling.Unsupported("truncate false is not done here");
  }
  const double by_factor = rotary->factor <= 1.0 ? 1.0 : 0.1 * std::log(rotary->factor) + 1.0;
  LLMEMBED_ASSIGN_OR_RETURN(rotary->attention_factor,
                            scaling.Positive("attention_factor", by_factor));
  return {};
}

Status ReadLlama3(const ConfigFields& scaling, RotaryConfig* rotary) {
  LLMEMBED_ASSIGN_OR_RETURN(rotary->low_frequency, scaling.Positive("low_freq_factor"));
  LLMEMBED_ASSIGN_OR_RETURN(rotary->high_frequency, scaling.Positive("high_freq_factor"));
  if (rotary->high_frequency <= rotary->low_frequency) {
    return scaling.Corrupt("high_freq_factor must be above low_freq_factor");
  }
  LLMEMBED_ASSIGN_OR_RETURN(rotary->original_positions,
                            scaling.Integer("original_max_position_embeddings", 1, kMostPositions));
  return {};
}

Status ReadScaling(const ConfigFields& scaling, RotaryConfig* rotary) {
  static constexpr std::array<std::pair<const char*, RotaryScaling>, 5> kTypes = {{
      {"default", RotaryScaling::kNone},
      {"linear", RotaryScaling::kLinear},
      {"dynamic", RotaryScaling::kDynamic},
      {"llama3", RotaryScaling::kLlama3},
      {"yarn", RotaryScaling::kYarn},
  }};
  const char* key = scaling.Find("rope_type") != nullptr ? "rope_type" : "type";
  LLMEMBED_ASSIGN_OR_RETURN(const std::string type, scaling.String(key));
  bool is_known = false;
  for (const auto& [name, kind] : kTypes) {
    if (type != name) continue;
    rotary->scaling = kind;
    is_known = true;
  }
  if (!is_known) {
    return scaling.Unsupported(std::string(key) + " " + base::Quoted(type) +
                               " is not done here; default, linear, dynamic, llama3 and yarn are");
  }
  if (rotary->scaling == RotaryScaling::kNone) return {};
  LLMEMBED_ASSIGN_OR_RETURN(rotary->factor, scaling.Positive("factor"));
  if (rotary->factor < 1.0) return scaling.Corrupt("factor must be at least 1");
  if (rotary->scaling == RotaryScaling::kLlama3) return ReadLlama3(scaling, rotary);
  if (rotary->scaling == RotaryScaling::kYarn) {
    LLMEMBED_ASSIGN_OR_RETURN(rotary->original_positions,
                              scaling.Integer("original_max_position_embeddings", 1, kMostPositions,
                                              rotary->original_positions));
    return ReadYarn(scaling, rotary);
  }
  return {};
}

}  // namespace

Result<Activation> ReadActivation(const ConfigFields& fields, const char* key) {
  static constexpr std::array<std::pair<const char*, Activation>, 9> kNames = {{
      {"gelu", Activation::kGeluErf},
      {"gelu_python", Activation::kGeluErf},
      {"gelu_new", Activation::kGeluTanh},
      {"gelu_fast", Activation::kGeluTanh},
      {"gelu_pytorch_tanh", Activation::kGeluTanh},
      {"quick_gelu", Activation::kQuickGelu},
      {"relu", Activation::kRelu},
      {"silu", Activation::kSilu},
      {"swish", Activation::kSilu},
  }};
  LLMEMBED_ASSIGN_OR_RETURN(const std::string asked, fields.String(key));
  std::string known;
  for (const auto& [name, activation] : kNames) {
    if (asked == name) return activation;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  return fields.Unsupported(std::string(key) + " " + base::Quoted(asked) +
                            " is not done here; these are: " + known);
}

Result<RotaryConfig> ReadRotary(const ConfigFields& fields, size_t positions) {
  RotaryConfig rotary;
  rotary.original_positions = positions;
  LLMEMBED_ASSIGN_OR_RETURN(const auto parameters, fields.Object("rope_parameters"));
  if (parameters) {
    LLMEMBED_ASSIGN_OR_RETURN(rotary.theta, parameters->Positive("rope_theta"));
    LLMEMBED_RETURN_IF_ERROR(ReadScaling(*parameters, &rotary));
    return rotary;
  }
  LLMEMBED_ASSIGN_OR_RETURN(rotary.theta, fields.Positive("rope_theta", 10'000.0));
  LLMEMBED_ASSIGN_OR_RETURN(const auto scaling, fields.Object("rope_scaling"));
  if (scaling) LLMEMBED_RETURN_IF_ERROR(ReadScaling(*scaling, &rotary));
  return rotary;
}

Result<std::vector<LayerType>> ReadLayerTypes(const ConfigFields& fields, size_t layers) {
  std::vector<LayerType> types;
  const Json* list = fields.Find("layer_types");
  if (list == nullptr) return types;
  if (!list->is_array() || list->size() != layers) {
    return fields.Corrupt("layer_types must name the type of each of the " +
                          std::to_string(layers) + " layers");
  }
  for (const Json& type : *list) {
    if (type == "full_attention") {
      types.push_back(LayerType::kFullAttention);
    } else if (type == "sliding_attention") {
      types.push_back(LayerType::kSlidingAttention);
    } else {
      return fields.Unsupported("the layer type " + base::Shown(type.dump()) +
                                " is not done here; full_attention and sliding_attention are");
    }
  }
  return types;
}

}  // namespace llmembed::backbone

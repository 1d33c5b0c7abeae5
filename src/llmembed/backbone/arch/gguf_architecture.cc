#include "backbone/arch/gguf_architecture.h"

#include <algorithm>

#include "base/quoted.h"

namespace llmembed::backbone {
namespace {

using base::Json;
using gguf::GgufFile;

const std::vector<GgufModule>& DecoderModules() {
  static const std::vector<GgufModule> modules = {
      {"token_embd", "embed_tokens"},
      {"output_norm", "norm"},
      {"rope_freqs", kRotaryDivisorsName},
      {"output", "lm_head"},
      {"blk.{}.attn_norm", "layers.{}.input_layernorm"},
      {"blk.{}.attn_q", "layers.{}.self_attn.q_proj"},
      {"blk.{}.attn_k", "layers.{}.self_attn.k_proj"},
      {"blk.{}.attn_v", "layers.{}.self_attn.v_proj"},
      {"blk.{}.attn_q_norm", "layers.{}.self_attn.q_norm"},
      {"blk.{}.attn_k_norm", "layers.{}.self_attn.k_norm"},
      {"blk.{}.attn_output", "layers.{}.self_attn.o_proj"},
      {"blk.{}.ffn_norm", "layers.{}.post_attention_layernorm"},
      {"blk.{}.ffn_gate", "layers.{}.mlp.gate_proj"},
      {"blk.{}.ffn_up", "layers.{}.mlp.up_proj"},
      {"blk.{}.ffn_down", "layers.{}.mlp.down_proj"}};
  return modules;
}

std::vector<GgufKey> DecoderKeys() {
  return {{"block_count", "num_hidden_layers"},
          {"context_length", "max_position_embeddings"},
          {"embedding_length", "hidden_size"},
          {"feed_forward_length", "intermediate_size"},
          {"attention.head_count", "num_attention_heads"},
          {"attention.head_count_kv", "num_key_value_heads", GgufValue::kUint, false},
          {"attention.key_length", "head_dim", GgufValue::kUint, false},
          {"attention.sliding_window", "sliding_window", GgufValue::kUint, false},
          {"attention.layer_norm_rms_epsilon", "rms_norm_eps", GgufValue::kFloat},
          {"rope.freq_base", "rope_theta", GgufValue::kFloat, false}};
}

// Of all decoders here. Scaling and head sizes are looked at by name below.
std::vector<const char*> DecoderIgnoredKeys() {
  return {"vocab_size",
          "rope.dimension_count",
          "attention.value_length",
          "rope.scaling.type",
          "rope.scaling.factor",
          "rope.scaling.original_context_length",
          "rope.scaling.finetuned"};
}

GgufArchitecture Decoder(const char* name) {
  return {.name = name,
          .constants = {{"model_type", name}, {"hidden_act", "silu"}},
          .keys = DecoderKeys(),
          .ignored_keys = DecoderIgnoredKeys(),
          .modules = DecoderModules()};
}

const std::vector<GgufArchitecture>& GgufArchitectures() {
  static const std::vector<GgufArchitecture> architectures = [] {
    GgufArchitecture llama = Decoder("llama");
    llama.interleaves_heads = true;
    GgufArchitecture qwen3 = Decoder("qwen3");
    qwen3.constants["attention_bias"] = false;
    return std::vector<GgufArchitecture>{llama, Decoder("qwen2"), qwen3};
  }();
  return architectures;
}

Status Unsupported(const GgufFile& file, const std::string& what) {
  return {StatusCode::kUnsupported, file.path() + ": " + what};
}

const gguf::GgufTensor* FindTensor(const GgufFile& file, std::string_view name) {
  const auto found = std::find_if(file.tensors().begin(), file.tensors().end(),
                                  [&](const auto& tensor) { return tensor.name == name; });
  return found == file.tensors().end() ? nullptr : &*found;
}

// rope.scaling.* as rope_scaling.
Result<Json> RopeScaling(const GgufFile& file, const std::string& prefix) {
  const std::string type_key = prefix + "rope.scaling.type";
  if (!file.metadata().Has(type_key)) return Json();
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view type, file.metadata().String(type_key));
  if (type == "none") return Json();
  Json scaling = {{"rope_type", std::string(type)}};
  LLMEMBED_ASSIGN_OR_RETURN(scaling["factor"],
                            file.metadata().Float(prefix + "rope.scaling.factor"));
  const std::string original = prefix + "rope.scaling.original_context_length";
  if (file.metadata().Has(original)) {
    LLMEMBED_ASSIGN_OR_RETURN(scaling["original_max_position_embeddings"],
                              file.metadata().Uint(original));
  }
  return scaling;
}

// Heads whose rotary part or values have another size are not done.
Status CheckHeadSizes(const GgufFile& file, const std::string& prefix, const Json& config) {
  const uint64_t size = config.contains("head_dim")
                            ? config["head_dim"].get<uint64_t>()
                            : config["hidden_size"].get<uint64_t>() /
                                  std::max<uint64_t>(1, config["num_attention_heads"]);
  for (const char* name : {"rope.dimension_count", "attention.value_length"}) {
    if (!file.metadata().Has(prefix + name)) continue;
    LLMEMBED_ASSIGN_OR_RETURN(const uint64_t value, file.metadata().Uint(prefix + name));
    if (value != size) {
      return Unsupported(file, prefix + name + " is " + std::to_string(value) +
                                   ", only the size of a head, " + std::to_string(size) +
                                   ", is done here");
    }
  }
  return {};
}

Status CheckKeys(const GgufArchitecture& architecture, const GgufFile& file,
                 const std::string& prefix) {
  for (const gguf::MetadataEntry& entry : file.metadata().entries()) {
    if (!entry.key.starts_with(prefix)) continue;
    const std::string_view name = entry.key.substr(prefix.size());
    const auto is_key = [&](const GgufKey& key) { return name == key.gguf; };
    const bool is_known =
        std::any_of(architecture.keys.begin(), architecture.keys.end(), is_key) ||
        std::find(architecture.ignored_keys.begin(), architecture.ignored_keys.end(), name) !=
            architecture.ignored_keys.end();
    if (!is_known) {
      return Unsupported(
          file, "key " + base::Quoted(entry.key) + " asks for something that is not done here");
    }
  }
  return {};
}

// The layer's number at `position` of a stored name; false where there is none.
bool TakeNumber(std::string_view stored, size_t* position) {
  const size_t begin = *position;
  while (*position < stored.size() && stored[*position] >= '0' && stored[*position] <= '9') {
    ++*position;
  }
  return *position > begin;
}

}  // namespace

Result<const GgufArchitecture*> FindGgufArchitecture(const GgufFile& file) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string_view name,
                            file.metadata().String("general.architecture"));
  std::string known;
  for (const GgufArchitecture& architecture : GgufArchitectures()) {
    if (name == architecture.name) return &architecture;
    known += (known.empty() ? "" : ", ") + std::string(architecture.name);
  }
  return Unsupported(file, "general.architecture " + base::Quoted(name) +
                               " is not done here; these are: " + known);
}

Result<Json> GgufConfig(const GgufArchitecture& architecture, const GgufFile& file) {
  const std::string prefix = std::string(architecture.name) + ".";
  LLMEMBED_RETURN_IF_ERROR(CheckKeys(architecture, file, prefix));
  Json config = architecture.constants;
  for (const GgufKey& key : architecture.keys) {
    const std::string name = prefix + key.gguf;
    if (!key.is_required && !file.metadata().Has(name)) continue;
    if (key.type == GgufValue::kUint) {
      LLMEMBED_ASSIGN_OR_RETURN(config[key.config], file.metadata().Uint(name));
    } else {
      LLMEMBED_ASSIGN_OR_RETURN(config[key.config], file.metadata().Float(name));
    }
  }
  LLMEMBED_RETURN_IF_ERROR(CheckHeadSizes(file, prefix, config));
  LLMEMBED_ASSIGN_OR_RETURN(const Json scaling, RopeScaling(file, prefix));
  if (!scaling.is_null()) config["rope_scaling"] = scaling;
  const gguf::GgufTensor* words = FindTensor(file, "token_embd.weight");
  if (words == nullptr || words->shape.rank() != 2) {
    return Status(StatusCode::kCorrupt, file.path() + ": needs the matrix token_embd.weight");
  }
  config["vocab_size"] = static_cast<uint64_t>(words->shape[0]);
  config["tie_word_embeddings"] = FindTensor(file, "output.weight") == nullptr;
  if (!config.contains("attention_bias")) {
    config["attention_bias"] = FindTensor(file, "blk.0.attn_q.bias") != nullptr;
  }
  return config;
}

std::string ModuleTensorName(const GgufArchitecture& architecture, std::string_view stored) {
  const size_t dot = stored.rfind('.');
  if (dot == std::string_view::npos) return std::string(stored);
  const std::string_view module = stored.substr(0, dot);
  std::string pattern(module);
  std::string number;
  if (constexpr std::string_view kBlock = "blk."; module.starts_with(kBlock)) {
    size_t end = kBlock.size();
    if (TakeNumber(module, &end)) {
      number = std::string(module.substr(kBlock.size(), end - kBlock.size()));
      pattern = "blk.{}" + std::string(module.substr(end));
    }
  }
  for (const GgufModule& known : architecture.modules) {
    if (pattern != known.gguf) continue;
    std::string name = known.module;
    if (const size_t brace = name.find("{}"); brace != std::string::npos) {
      name.replace(brace, 2, number);
    }
    return name + std::string(stored.substr(dot));
  }
  return std::string(stored);
}

}  // namespace llmembed::backbone

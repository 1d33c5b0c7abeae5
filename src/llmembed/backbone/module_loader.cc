#include "backbone/module_loader.h"

#include <algorithm>

#include "backbone/config_reader.h"
#include "backbone/distance_bias.h"
#include "backbone/memory_check.h"
#include "nn/module_reader.h"
#include "weights/open_weights.h"
#include "weights/weight_map.h"

namespace llmembed::backbone {
namespace {

// "layers.{}." -> "layers.7."
std::string Numbered(std::string name, size_t layer) {
  const size_t brace = name.find("{}");
  return brace == std::string::npos ? name : name.replace(brace, 2, std::to_string(layer));
}

// The tensors that this model leaves alone on purpose: the architecture's list, the layers behind
// the deepest one that is needed, and what stands behind the last layer when that is not needed.
std::vector<std::string> IgnoredTensors(const Architecture& architecture, const std::string& prefix,
                                        const BackboneConfig& config, const LoadOptions& options) {
  std::vector<std::string> patterns;
  for (const char* pattern : architecture.ignored) {
    patterns.push_back(prefix + pattern);
    if (!prefix.empty()) patterns.emplace_back(pattern);  // task heads stand beside the prefix
  }
  const TensorNames& names = architecture.names;
  for (size_t layer = options.deepest_layer; layer < config.layers; ++layer) {
    patterns.push_back(prefix + Numbered(names.layer, layer) + "*");
  }
  if (names.pooler != nullptr) patterns.push_back(prefix + names.pooler + ".*");
  if (names.lm_head != nullptr && (config.ties_lm_head || !options.needs_lm_head)) {
    patterns.push_back(std::string(names.lm_head) + ".*");
  }
  if (names.final_norm != nullptr && options.deepest_layer < config.layers) {
    patterns.push_back(prefix + names.final_norm + ".*");
  }
  return patterns;
}

// One layer's modules by their names.
class LayerLoader {
 public:
  LayerLoader(const nn::ModuleReader& reader, const ConfiguredArchitecture& model, size_t number)
      : reader_(reader),
        architecture_(*model.architecture),
        config_(model.config),
        interleaves_heads_(model.gguf != nullptr && model.gguf->interleaves_heads),
        prefix_(Numbered(architecture_.names.layer, number)) {}

  Result<nn::TransformerLayer> Load() const {
    nn::TransformerLayer layer;
    LLMEMBED_RETURN_IF_ERROR(LoadLinears(&layer));
    LLMEMBED_RETURN_IF_ERROR(LoadNorms(&layer));
    return layer;
  }

 private:
  std::string Name(const char* name) const { return prefix_ + name; }

  Status LoadLinears(nn::TransformerLayer* layer) const {
    const TensorNames& names = architecture_.names;
    const size_t width = config_.width;
    const size_t inner = config_.feed_forward_width;
    const size_t query_width = config_.query_width();
    const size_t kv_width = config_.kv_width();
    const std::vector<nn::LinearPart> attention = {
        {Name(names.query), query_width, interleaves_heads_ ? config_.heads : 0},
        {Name(names.key), kv_width, interleaves_heads_ ? config_.kv_heads : 0},
        {Name(names.value), kv_width}};
    LLMEMBED_ASSIGN_OR_RETURN(layer->query_key_value,
                              reader_.Linear(attention, width, config_.attention_bias));
    const std::vector<nn::LinearPart> output = {{Name(names.attention_output), width}};
    LLMEMBED_ASSIGN_OR_RETURN(layer->attention_output,
                              reader_.Linear(output, query_width, config_.attention_output_bias));
    std::vector<nn::LinearPart> in;
    if (architecture_.is_gated) in.push_back({Name(names.feed_forward_gate), inner});
    in.push_back({Name(names.feed_forward_in), inner});
    LLMEMBED_ASSIGN_OR_RETURN(layer->feed_forward_in,
                              reader_.Linear(in, width, config_.feed_forward_bias,
                                             architecture_.is_gated ? compute::OutputUse::kGated
                                                                    : compute::OutputUse::kPlain));
    const std::vector<nn::LinearPart> out = {{Name(names.feed_forward_out), width}};
    LLMEMBED_ASSIGN_OR_RETURN(layer->feed_forward_out,
                              reader_.Linear(out, inner, config_.feed_forward_bias));
    return {};
  }

  Status LoadNorms(nn::TransformerLayer* layer) const {
    const TensorNames& names = architecture_.names;
    const nn::NormSpec spec{architecture_.norm, config_.norm_epsilon,
                            architecture_.norm_scale_offset};
    const auto load = [&](const char* name, size_t width, nn::Norm* norm) -> Status {
      if (name == nullptr) return {};
      LLMEMBED_ASSIGN_OR_RETURN(*norm, reader_.ReadNorm(Name(name), width, spec));
      return {};
    };
    const size_t width = config_.width;
    LLMEMBED_RETURN_IF_ERROR(load(names.attention_norm, width, &layer->attention_norm));
    LLMEMBED_RETURN_IF_ERROR(load(names.feed_forward_norm, width, &layer->feed_forward_norm));
    LLMEMBED_RETURN_IF_ERROR(
        load(names.attention_output_norm, width, &layer->attention_output_norm));
    LLMEMBED_RETURN_IF_ERROR(
        load(names.feed_forward_output_norm, width, &layer->feed_forward_output_norm));
    LLMEMBED_RETURN_IF_ERROR(load(names.query_norm, config_.head_size, &layer->query_norm));
    return load(names.key_norm, config_.head_size, &layer->key_norm);
  }

  const nn::ModuleReader& reader_;
  const Architecture& architecture_;
  const BackboneConfig& config_;
  bool interleaves_heads_;
  std::string prefix_;
};

nn::LayerShape ShapeOf(const Architecture& architecture, const BackboneConfig& config) {
  return {.width = config.width,
          .feed_forward_width = config.feed_forward_width,
          .query_width = config.query_width(),
          .qkv_width = config.qkv_width(),
          .placement = architecture.placement,
          .activation = config.activation,
          .is_gated = architecture.is_gated};
}

Status LoadEmbeddings(const nn::ModuleReader& reader, const Architecture& architecture,
                      BackboneModules* modules) {
  const TensorNames& names = architecture.names;
  const BackboneConfig& config = modules->config;
  LLMEMBED_ASSIGN_OR_RETURN(
      modules->word_embeddings,
      reader.PlacedTable(names.word_embeddings, config.vocabulary, config.width));
  if (names.position_embeddings != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(
        modules->position_embeddings,
        reader.PlacedTable(names.position_embeddings, config.positions, config.width));
  }
  if (names.token_type_embeddings != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(
        modules->token_type_embeddings,
        reader.PlacedTable(names.token_type_embeddings, config.token_types, config.width));
  }
  if (names.embedding_norm != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(
        modules->embedding_norm,
        reader.ReadNorm(names.embedding_norm, config.width,
                        {architecture.norm, config.norm_epsilon, architecture.norm_scale_offset}));
  }
  if (names.distance_bias != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(
        const auto buckets,
        reader.Table(names.distance_bias, config.distance_buckets, config.heads));
    LLMEMBED_ASSIGN_OR_RETURN(auto bias, BiasByDistance(buckets.span(), config.heads));
    LLMEMBED_ASSIGN_OR_RETURN(modules->distance_bias, reader.Place(std::move(bias)));
  }
  return {};
}

// Llama 3's scaling as its GGUF files hold it: a divisor a frequency instead of four numbers.
Status LoadRotaryDivisors(const nn::ModuleReader& reader, BackboneModules* modules) {
  BackboneConfig& config = modules->config;
  if (config.rotary.empty()) return {};
  LLMEMBED_ASSIGN_OR_RETURN(const auto divisors,
                            reader.OptionalVector(kRotaryDivisorsName, config.head_size / 2));
  for (const float divisor : divisors.span()) {
    if (!(divisor > 0.0F)) {
      return {StatusCode::kCorrupt, "the rotary frequencies' divisors must be above 0"};
    }
  }
  config.rotary.front().frequency_divisors.assign(divisors.span().begin(), divisors.span().end());
  return {};
}

Status LoadLayers(const nn::ModuleReader& reader, const ConfiguredArchitecture& model,
                  const LoadOptions& options, BackboneModules* modules) {
  const BackboneConfig& config = model.config;
  modules->layers.resize(options.deepest_layer);
  const auto load = [&](size_t number, unsigned /*worker*/) -> Status {
    nn::TransformerLayer& layer = modules->layers[number];
    LLMEMBED_ASSIGN_OR_RETURN(layer, LayerLoader(reader, model, number).Load());
    layer.rotary = config.layer[number].rotary;
    layer.attention = {.heads = config.heads,
                       .kv_heads = config.kv_heads,
                       .head_size = config.head_size,
                       .scale = config.attention_scale,
                       .is_causal = model.architecture->is_causal,
                       .window = config.layer[number].window,
                       .score_cap = config.score_cap,
                       .distance_bias = modules->distance_bias.span(),
                       .reach = modules->distance_bias.empty() ? 0 : kBiasReach};
    return {};
  };
  if (options.pool != nullptr) return options.pool->ParallelFor(options.deepest_layer, load);
  for (size_t number = 0; number < options.deepest_layer; ++number) {
    LLMEMBED_RETURN_IF_ERROR(load(number, 0));
  }
  return {};
}

Status LoadLast(const nn::ModuleReader& reader, const Architecture& architecture,
                const LoadOptions& options, BackboneModules* modules) {
  const TensorNames& names = architecture.names;
  const BackboneConfig& config = modules->config;
  if (names.final_norm != nullptr && options.deepest_layer == config.layers) {
    LLMEMBED_ASSIGN_OR_RETURN(
        modules->final_norm,
        reader.ReadNorm(names.final_norm, config.width,
                        {architecture.norm, config.norm_epsilon, architecture.norm_scale_offset}));
  }
  if (options.needs_pooler) {
    const std::vector<nn::LinearPart> pooler = {{names.pooler, config.width}};
    LLMEMBED_ASSIGN_OR_RETURN(modules->pooler,
                              reader.Linear(pooler, config.width, /*has_bias=*/true));
  }
  return {};
}

// The weight of its own that the LM head has, or the word embeddings'.
Result<std::unique_ptr<compute::PackedLinear>> LoadLmHead(weights::WeightMap* map,
                                                          const TensorNames& names,
                                                          const BackboneModules& modules,
                                                          const compute::Backend& backend,
                                                          nn::PackedCache* packed) {
  const BackboneConfig& config = modules.config;
  if (config.ties_lm_head) {
    return backend.Pack({tensor::DType::kF32, modules.word_embeddings.span().data()}, {},
                        config.width, config.vocabulary);
  }
  const std::string weight = std::string(names.lm_head) + ".weight";
  if (map->source().Find(weight) == nullptr) {
    return Status(StatusCode::kUsage,
                  map->source().path() + ": holds no LM head (" + weight +
                      "), without which it cannot tell how likely a next token is");
  }
  const std::vector<nn::LinearPart> head = {{names.lm_head, config.vocabulary}};
  return nn::ModuleReader(map, &backend, "", {.cache = packed})
      .Linear(head, config.width, /*has_bias=*/false);
}

// Whether blocks stay as they are. Their errors: as CheckMemory.
Result<bool> KeepsBlocks(const std::string& path, const ConfiguredArchitecture& found,
                         const LoadOptions& options, const compute::Backend& backend) {
  if (!backend.HasHostMemory()) return false;
  const auto check = [&](size_t layers) {
    return CheckMemory(found.config, layers, backend.math_type(), path, options.needs_lm_head);
  };
  const Status unpacked = check(options.deepest_layer);
  const bool can_keep = found.gguf != nullptr && backend.KeepsBlocks() &&
                        options.block_weights != BlockWeights::kUnpack;
  if (!can_keep || (unpacked.ok() && options.block_weights == BlockWeights::kAuto)) {
    LLMEMBED_RETURN_IF_ERROR(unpacked);
    return false;
  }
  LLMEMBED_RETURN_IF_ERROR(check(/*layers=*/0));  // of what is not in blocks
  return true;
}

Status CheckOptions(const BackboneConfig& config, const LoadOptions& options) {
  if (options.deepest_layer > config.layers) {
    return {StatusCode::kUsage, "layer " + std::to_string(options.deepest_layer) +
                                    " is not there: the model has " +
                                    std::to_string(config.layers) + " blocks"};
  }
  if (options.needs_pooler && !config.has_pooler) {
    return {StatusCode::kUsage, "a model of type " + config.model_type + " has no pooler"};
  }
  if (options.needs_lm_head && !config.has_lm_head) {
    return {StatusCode::kUsage, "a model of type " + config.model_type +
                                    " has no LM head: it does not tell the next token"};
  }
  if (options.needs_lm_head && options.deepest_layer != config.layers) {
    return {StatusCode::kUsage, "the LM head reads the last layer"};
  }
  return {};
}

}  // namespace

Result<BackboneModules> LoadModules(const std::string& path, const LoadOptions& options,
                                    const compute::Backend& backend) {
  LLMEMBED_ASSIGN_OR_RETURN(const ConfiguredArchitecture found, ReadConfig(path));
  LLMEMBED_RETURN_IF_ERROR(CheckOptions(found.config, options));
  LLMEMBED_ASSIGN_OR_RETURN(const bool keeps_blocks, KeepsBlocks(path, found, options, backend));
  weights::Renaming rename;
  if (found.gguf != nullptr) {
    rename = [&](std::string_view stored) { return ModuleTensorName(*found.gguf, stored); };
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, weights::OpenWeights(path, rename));
  LoadOptions decided = options;
  decided.block_weights = keeps_blocks ? BlockWeights::kKeep : BlockWeights::kUnpack;
  return LoadModulesFrom(found, *source, decided, backend);
}

Result<BackboneModules> LoadModulesFrom(const ConfiguredArchitecture& found,
                                        const weights::WeightSource& source,
                                        const LoadOptions& options,
                                        const compute::Backend& backend) {
  const Architecture& architecture = *found.architecture;
  weights::WeightMap map(source);
  const TensorNames& names = architecture.names;
  const bool prefixed = source.Find(names.optional_prefix + std::string(names.word_embeddings) +
                                    ".weight") != nullptr;
  const std::string prefix = prefixed ? names.optional_prefix : "";
  const nn::ModuleReader reader(
      &map, &backend, prefix,
      {.cache = options.packed, .keeps_blocks = options.block_weights == BlockWeights::kKeep});

  BackboneModules modules;
  modules.config = found.config;
  modules.shape = ShapeOf(architecture, found.config);
  LLMEMBED_RETURN_IF_ERROR(LoadEmbeddings(reader, architecture, &modules));
  LLMEMBED_RETURN_IF_ERROR(LoadRotaryDivisors(reader, &modules));
  LLMEMBED_RETURN_IF_ERROR(LoadLayers(reader, found, options, &modules));
  LLMEMBED_RETURN_IF_ERROR(LoadLast(reader, architecture, options, &modules));
  if (options.needs_lm_head) {
    LLMEMBED_ASSIGN_OR_RETURN(modules.lm_head,
                              LoadLmHead(&map, names, modules, backend, options.packed));
  }
  LLMEMBED_RETURN_IF_ERROR(map.Finish(IgnoredTensors(architecture, prefix, found.config, options)));
  return modules;
}

}  // namespace llmembed::backbone

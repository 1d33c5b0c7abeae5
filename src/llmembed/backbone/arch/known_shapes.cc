#include "backbone/arch/known_shapes.h"

#include <charconv>

namespace llmembed::backbone {
namespace {

struct KnownShape {
  const char* name;
  const char* config;  // as config.json has it
};

// all-MiniLM-L6-v2, BERT-large uncased, RoBERTa-large, SmolLM2-135M, Llama 2 7B.
constexpr KnownShape kShapes[] = {
    {"minilm", R"({"model_type": "bert", "vocab_size": 30522, "hidden_size": 384,
      "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536,
      "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
      "hidden_act": "gelu"})"},
    {"bert-large", R"({"model_type": "bert", "vocab_size": 30522, "hidden_size": 1024,
      "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
      "max_position_embeddings": 512, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
      "hidden_act": "gelu"})"},
    {"roberta-large", R"({"model_type": "roberta", "vocab_size": 50265, "hidden_size": 1024,
      "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096,
      "max_position_embeddings": 514, "type_vocab_size": 1, "layer_norm_eps": 1e-5,
      "hidden_act": "gelu", "pad_token_id": 1})"},
    {"smollm2", R"({"model_type": "llama", "vocab_size": 49152, "hidden_size": 576,
      "num_hidden_layers": 30, "num_attention_heads": 9, "num_key_value_heads": 3,
      "intermediate_size": 1536, "max_position_embeddings": 8192, "rms_norm_eps": 1e-5,
      "rope_theta": 100000, "hidden_act": "silu", "tie_word_embeddings": true})"},
    {"llama-2-7b", R"({"model_type": "llama", "vocab_size": 32000, "hidden_size": 4096,
      "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
      "intermediate_size": 11008, "max_position_embeddings": 4096, "rms_norm_eps": 1e-5,
      "hidden_act": "silu"})"}};

std::string ListedShapes() {
  std::string listed;
  for (const KnownShape& shape : kShapes)
    listed += (listed.empty() ? "" : ", ") + std::string(shape.name);
  return listed;
}

Result<size_t> ShapeLayers(const std::string& shape, const std::string& digits, size_t most) {
  size_t layers = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layers);
  if (error == std::errc() && end == digits.data() + digits.size() && layers >= 1 &&
      layers <= most) {
    return layers;
  }
  return Status(StatusCode::kUsage, "the shape \"" + shape +
                                        "\" has no such layers: expected 1 to " +
                                        std::to_string(most) + " behind the colon");
}

}  // namespace

std::vector<std::string> ShapeNames() {
  std::vector<std::string> names;
  for (const KnownShape& shape : kShapes) names.emplace_back(shape.name);
  return names;
}

Result<ConfiguredArchitecture> ShapeConfig(const std::string& shape) {
  const size_t colon = shape.find(':');
  for (const KnownShape& known : kShapes) {
    if (shape.substr(0, colon) != known.name) continue;
    LLMEMBED_ASSIGN_OR_RETURN(base::Json json, base::ParseJson(known.config, known.name));
    if (colon != std::string::npos) {
      LLMEMBED_ASSIGN_OR_RETURN(
          json["num_hidden_layers"],
          ShapeLayers(shape, shape.substr(colon + 1), json["num_hidden_layers"].get<size_t>()));
    }
    return ReadConfigJson(json, known.name);
  }
  return Status(StatusCode::kUsage,
                "there is no shape \"" + shape + "\", expected one of " + ListedShapes());
}

}  // namespace llmembed::backbone

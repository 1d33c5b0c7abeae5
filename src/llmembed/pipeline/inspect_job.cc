// `inspect`: what a bundle, a model folder or a store is.
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "backbone/config_reader.h"
#include "base/environment.h"
#include "bundle/bundle.h"
#include "compute/ops.h"
#include "extract/model_identity.h"
#include "llmembed/inspect.h"
#include "llmembed/models.h"
#include "llmembed/store.h"
#include "store/embedding_store.h"
#include "store/maintenance.h"
#include "weights/open_weights.h"

namespace llmembed {
namespace {

using Json = nlohmann::ordered_json;

bool Exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

// Facts for people: one for each plain value of the object.
Inspection Finish(const std::string& kind, const Json& json) {
  Inspection inspection;
  inspection.kind = kind;
  inspection.json = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) {
      inspection.facts.emplace_back(key, value.get<std::string>());
    } else if (value.is_primitive()) {
      inspection.facts.emplace_back(key, value.dump());
    } else if (value.is_array() && value.size() <= 12) {
      inspection.facts.emplace_back(key,
                                    value.dump(-1, ' ', false, Json::error_handler_t::replace));
    }
  }
  return inspection;
}

Result<Inspection> InspectBundle(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const bundle::Bundle bundle, bundle::ReadBundle(path));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string hash, bundle::BundleHash(path));
  Json json = {{"kind", "bundle"},
               {"path", path},
               {"hash", hash},
               {"format_version", bundle::kBundleVersion},
               {"recipe_name", bundle.recipe.name},
               {"fusion", bundle.recipe.fusion},
               {"head", bundle.head_description},
               {"features", bundle.head.width()},
               {"classes", bundle.labels.size()},
               {"labels", bundle.labels},
               {"training_rows", bundle.training_rows},
               {"seed", bundle.seed},
               {"data_sha256", bundle.data_sha256},
               {"made_by", "llmembed " + bundle.library_version},
               {"backbones", Json::array()},
               {"metrics", Json(bundle.metrics)},
               {"recipe", Json(recipe::ToJson(bundle.recipe))}};
  for (size_t i = 0; i < bundle.backbones.size(); ++i) {
    const bundle::BackboneRecord& record = bundle.backbones[i];
    json["backbones"].push_back({{"name", record.name},
                                 {"model", bundle.recipe.backbones[i].model},
                                 {"compute_type", record.compute_type},
                                 {"weights_sha256", record.weights}});
  }
  return Finish("bundle", json);
}

Result<Inspection> InspectStore(const std::string& path) {
  LLMEMBED_ASSIGN_OR_RETURN(const StoreStats stats,
                            store::ReadStats(path, store::StoreOptions().cap_bytes));
  Json json = {
      {"kind", "store"},        {"path", stats.path},   {"format_version", stats.format_version},
      {"rows", stats.rows},     {"bytes", stats.bytes}, {"cap_bytes", stats.cap_bytes},
      {"spaces", Json::array()}};
  for (const StoreSpace& space : stats.spaces) {
    json["spaces"].push_back({{"id", space.id},
                              {"rows", space.rows},
                              {"bytes", space.bytes},
                              {"description", space.description}});
  }
  return Finish("store", json);
}

Result<Inspection> InspectModel(const std::string& path, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
  const backbone::BackboneConfig& config = found.config;
  LLMEMBED_ASSIGN_OR_RETURN(const auto identity,
                            extract::IdentifyModel(path, base::HomeFolder(context.home),
                                                   extract::DigestCheck::kRemembered));
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, weights::OpenWeights(path));
  uint64_t parameters = 0;
  for (const std::string& name : source->Names()) parameters += source->Find(name)->element_count();
  const Json json = {{"kind", "model"},
                     {"path", path},
                     {"architecture", config.model_type},
                     {"parameters", parameters},
                     {"tensors", source->Names().size()},
                     {"layers", config.layers},
                     {"width", config.width},
                     {"heads", config.heads},
                     {"feed_forward_width", config.feed_forward_width},
                     {"vocabulary", config.vocabulary},
                     {"max_tokens", config.max_tokens()},
                     {"weights_sha256", identity.weights},
                     {"tokenizer_sha256", identity.tokenizer},
                     {"instruction_set", compute::CpuInstructionSet()}};
  return Finish("model", json);
}

}  // namespace

Result<Inspection> Inspect(const std::string& path, const RunContext& context) {
  if (Exists(path + "/bundle.json")) return InspectBundle(path);
  if (Exists(path + "/FORMAT")) return InspectStore(path);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string model, ModelPath(path, context));
  if (Exists(model + "/config.json")) return InspectModel(model, context);
  return Status(
      StatusCode::kNotFound,
      path + ": neither a bundle (bundle.json), a model (config.json) nor a store (FORMAT)");
}

}  // namespace llmembed

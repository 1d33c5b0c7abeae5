// `inspect`: what a bundle, a model or a store is.
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "backbone/config_reader.h"
#include "base/environment.h"
#include "bundle/bundle.h"
#include "compute/ops.h"
#include "extract/model_identity.h"
#include "gguf/find_gguf.h"
#include "gguf/gguf_file.h"
#include "llmembed/inspect.h"
#include "llmembed/models.h"
#include "llmembed/store.h"
#include "store/embedding_store.h"
#include "store/maintenance.h"
#include "text/tokenizer.h"
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

struct TypeTotals {
  uint64_t tensors = 0;
  uint64_t elements = 0;
  uint64_t bytes = 0;
};

// By the type's name: what the weights are stored as.
std::map<std::string, TypeTotals> TotalsByType(const weights::WeightSource& source) {
  std::map<std::string, TypeTotals> totals;
  for (const std::string& name : source.Names()) {
    const tensor::TensorView& view = *source.Find(name);
    TypeTotals& total = totals[tensor::DTypeName(view.dtype)];
    ++total.tensors;
    total.elements += view.element_count();
    total.bytes += view.bytes.size();
  }
  return totals;
}

// How the model is stored, and which tokenizer it has: {"format", "tokenizer", "name"}.
Result<Json> StorageFacts(const std::string& path) {
  const auto gguf_path = gguf::FindGguf(path);
  if (!gguf_path) {
    const std::vector<std::string> files = text::TokenizerFiles(path);
    const std::string tokenizer =
        files.empty() ? "" : std::filesystem::path(files.front()).filename().string();
    return Json{{"format", "safetensors"}, {"tokenizer", tokenizer}};
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto file, gguf::GgufFile::Open(*gguf_path));
  const auto text_of = [&](const char* key) {
    const auto text = file->metadata().String(key);
    return text.ok() ? std::string(*text) : std::string();
  };
  const std::string pre_tokenizer = text_of("tokenizer.ggml.pre");
  std::string tokenizer = text_of("tokenizer.ggml.model");
  if (!pre_tokenizer.empty()) tokenizer += " (" + pre_tokenizer + ")";
  return Json{{"format", "GGUF " + std::to_string(file->version())},
              {"tokenizer", tokenizer},
              {"name", text_of("general.name")}};
}

Result<Inspection> InspectModel(const std::string& path, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto found, backbone::ReadConfig(path));
  const backbone::BackboneConfig& config = found.config;
  LLMEMBED_ASSIGN_OR_RETURN(const auto identity,
                            extract::IdentifyModel(path, base::HomeFolder(context.home),
                                                   extract::DigestCheck::kRemembered));
  LLMEMBED_ASSIGN_OR_RETURN(const auto source, weights::OpenWeights(path));
  LLMEMBED_ASSIGN_OR_RETURN(const Json storage, StorageFacts(path));
  const std::map<std::string, TypeTotals> by_type = TotalsByType(*source);
  Json types = Json::object();
  TypeTotals all;
  for (const auto& [type, total] : by_type) {
    types[type] = {
        {"tensors", total.tensors}, {"elements", total.elements}, {"bytes", total.bytes}};
    all.elements += total.elements;
    all.bytes += total.bytes;
  }
  Json json = {{"kind", "model"},
               {"path", path},
               {"architecture", config.model_type},
               {"parameters", all.elements},
               {"tensors", source->Names().size()},
               {"weight_bytes", all.bytes},
               {"layers", config.layers},
               {"width", config.width},
               {"heads", config.heads},
               {"kv_heads", config.kv_heads},
               {"feed_forward_width", config.feed_forward_width},
               {"vocabulary", config.vocabulary},
               {"max_tokens", config.max_tokens()},
               {"weights_sha256", identity.weights},
               {"tokenizer_sha256", identity.tokenizer},
               {"instruction_set", compute::CpuInstructionSet()}};
  json.update(storage);
  json["types"] = std::move(types);
  Inspection inspection = Finish("model", json);
  for (const auto& [type, total] : by_type) {
    inspection.facts.emplace_back("stored as " + type,
                                  std::to_string(total.tensors) + " tensors, " +
                                      std::to_string(total.elements) + " elements, " +
                                      std::to_string(total.bytes) + " bytes");
  }
  return inspection;
}

}  // namespace

Result<Inspection> Inspect(const std::string& path, const RunContext& context) {
  if (Exists(path + "/bundle.json")) return InspectBundle(path);
  if (Exists(path + "/FORMAT")) return InspectStore(path);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string model, ModelPath(path, context));
  if (Exists(model + "/config.json") || gguf::FindGguf(model)) return InspectModel(model, context);
  return Status(StatusCode::kNotFound,
                path +
                    ": neither a bundle (bundle.json), a model (config.json, or one GGUF file) "
                    "nor a store (FORMAT)");
}

}  // namespace llmembed

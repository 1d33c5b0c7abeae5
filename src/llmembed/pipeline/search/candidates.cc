#include "pipeline/search/candidates.h"

#include <algorithm>
#include <set>

#include "fusion/expression.h"
#include "fusion/presets.h"

namespace llmembed::pipeline {
namespace {

constexpr size_t kPairedLayers = 5;  // the best of all, each with each
constexpr int kStrides[] = {2, 1};   // between the layers of a group
constexpr int kPaperLayers = 5;      // of its decoder

std::string Call(const std::string& op, const std::vector<std::string>& arguments,
                 const std::string& settings = "") {
  std::string text = op + "(";
  for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
  return text + settings + ")";
}

// `count` layers `stride` apart with `best` in the middle, kept within 1 to L.
std::vector<std::string> Group(const SearchedBackbone& backbone, int best, int count, int stride) {
  const int span = (count - 1) * stride;
  const int first = std::clamp(best - span / 2, 1, std::max(1, backbone.layers - span));
  std::vector<std::string> taps;
  for (int i = 0; i < count; ++i) {
    const int layer = first + i * stride;
    if (layer <= backbone.layers) taps.push_back(MeanTap(backbone, layer));
  }
  return taps;
}

// The highest accuracy; of equal ones the lower layer, which is cheaper.
const LayerScore& BestOf(size_t backbone, std::span<const LayerScore> scores) {
  const LayerScore* best = nullptr;
  for (const LayerScore& score : scores) {
    if (score.backbone != backbone) continue;
    if (best == nullptr || score.accuracy > best->accuracy) best = &score;
  }
  return *best;
}

head::HeadConfig MlpHead(std::vector<uint32_t> hidden_sizes) {
  head::HeadConfig config;
  config.kind = head::HeadKind::kMlp;
  config.mlp.hidden_sizes = std::move(hidden_sizes);
  config.mlp.dropout = 0.3;
  config.mlp.max_epochs = 30;
  config.mlp.patience = 5;
  return config;
}

class FusionList {
 public:
  FusionList(size_t budget, const head::HeadConfig& head) : budget_(budget), head_(head) {}

  void Add(const std::string& stage, const std::string& fusion) { Add(stage, fusion, head_); }
  void Add(const std::string& stage, const std::string& fusion, const head::HeadConfig& head) {
    if (candidates_.size() < budget_ && seen_.insert(fusion).second) {
      candidates_.push_back({stage, fusion, head});
    }
  }
  std::vector<Candidate> Take() { return std::move(candidates_); }

 private:
  size_t budget_;
  const head::HeadConfig& head_;
  std::set<std::string> seen_;
  std::vector<Candidate> candidates_;
};

// Which backbone stands for the paper's decoder; nullopt where none has layers enough.
std::optional<size_t> DecoderOf(std::span<const SearchedBackbone> backbones) {
  const auto deepest = std::ranges::max_element(backbones, {}, &SearchedBackbone::layers);
  if (deepest == backbones.end() || deepest->layers < kPaperLayers) return std::nullopt;
  return static_cast<size_t>(deepest - backbones.begin());
}

// The preset's expression over these backbones; nullopt where it needs more than there are.
std::optional<std::string> OverBackbones(const fusion::Preset& preset,
                                         const SearchedBackbone& decoder,
                                         std::span<const SearchedBackbone* const> encoders) {
  std::string text(preset.expression);
  const auto expression = fusion::Expression::Parse(text);
  if (!expression.ok()) return std::nullopt;
  for (const fusion::Tap& tap : expression->taps()) {
    const size_t encoder = tap.backbone == "R" ? 1 : 0;
    if (tap.backbone != "L" && encoder >= encoders.size()) return std::nullopt;
    const SearchedBackbone& backbone = tap.backbone == "L" ? decoder : *encoders[encoder];
    const std::string from = ToString(tap);
    const std::string to = MeanTap(backbone, backbone.layers + 1 + tap.layer);
    for (size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

// What fusions are made of.
struct Material {
  std::span<const SearchedBackbone> backbones;
  std::span<const LayerScore> scores;
  std::vector<std::string> best_of_each = {};  // [backbones]: the tap of its best layer

  std::vector<std::string> GroupOf(size_t backbone, int count, int stride) const {
    return Group(backbones[backbone], BestOf(backbone, scores).layer, count, stride);
  }
};

// The groups around each backbone's best layer, alone and with the others' best or last layers.
void AddGroups(const Material& material, int size, int stride, FusionList* list) {
  const std::span<const SearchedBackbone> backbones = material.backbones;
  for (size_t i = 0; i < backbones.size(); ++i) {
    const std::vector<std::string> group = material.GroupOf(i, size, stride);
    if (group.size() < 2) continue;
    std::vector<std::string> others, last_of_others;
    for (size_t j = 0; j < backbones.size(); ++j) {
      if (j == i) continue;
      others.push_back(material.best_of_each[j]);
      last_of_others.push_back(MeanTap(backbones[j], backbones[j].layers));
    }
    for (const char* op : {"cat", "avg", "max"}) {
      const std::string fused = Call(op, group);
      for (const auto& beside : {others, last_of_others}) {
        if (beside.empty()) continue;
        std::vector<std::string> parts = op == std::string("cat") ? group : std::vector{fused};
        parts.insert(parts.end(), beside.begin(), beside.end());
        list->Add("fusion", Call("cat", parts));
      }
      list->Add("fusion", fused);
    }
  }
}

// The best layers of all, each with each.
void AddPairs(const Material& material, FusionList* list) {
  std::vector<LayerScore> sorted(material.scores.begin(), material.scores.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(), &LayerScore::accuracy);
  sorted.resize(std::min(sorted.size(), kPairedLayers));
  const auto tap = [&](const LayerScore& score) {
    return MeanTap(material.backbones[score.backbone], score.layer);
  };
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = i + 1; j < sorted.size(); ++j) {
      list->Add("pair", Call("cat", {tap(sorted[i]), tap(sorted[j])}));
    }
  }
}

// The paper's last fusion over the better layers, with what mends its co-occurrence.
void AddCoOccurrence(const Material& material, size_t decoder, FusionList* list) {
  std::vector<std::string> group = material.GroupOf(decoder, 4, 2);
  const std::string average = Call("avg", group);
  for (size_t j = 0; j < material.backbones.size(); ++j) {
    if (j != decoder) group.push_back(material.best_of_each[j]);
  }
  for (const char* slope : {"1", "4"}) {
    const std::string settings =
        std::string(", sigma=") + slope + ", rows=normalised, entries=upper";
    list->Add("fusion", Call("cat", {Call("co", group, settings), average}), MlpHead({256}));
  }
}

}  // namespace

std::string MeanTap(const SearchedBackbone& backbone, int layer) {
  return backbone.name + "/" + std::to_string(layer) + ":mean";
}

fusion::Tap FromTheFront(fusion::Tap tap, std::span<const SearchedBackbone> backbones) {
  const auto found = std::ranges::find(backbones, tap.backbone, &SearchedBackbone::name);
  if (found != backbones.end() && tap.layer < 0) tap.layer += found->layers + 1;
  return tap;
}

std::optional<Candidate> OwnCandidate(const recipe::Recipe& recipe) {
  const auto expression = fusion::Expression::Parse(recipe.fusion);
  if (!expression.ok() || expression->taps().size() < 2) return std::nullopt;
  for (const fusion::Tap& tap : expression->taps()) {
    if (tap.pooling != fusion::Pooling::kMean || tap.is_raw || tap.is_lexical) return std::nullopt;
  }
  return Candidate{"recipe", recipe.fusion, recipe.head};
}

std::vector<Candidate> LayerCandidates(std::span<const SearchedBackbone> backbones, size_t budget,
                                       const head::HeadConfig& head) {
  const auto count = [&](int stride) {
    size_t layers = 0;
    for (const SearchedBackbone& backbone : backbones) {
      layers += static_cast<size_t>(backbone.layers / stride) + 1;
    }
    return layers;
  };
  int stride = 1;  // at last one layer of each backbone
  while (count(stride) > std::max(budget, backbones.size())) ++stride;
  std::vector<Candidate> candidates;
  for (const SearchedBackbone& backbone : backbones) {
    for (int layer = backbone.layers % stride; layer <= backbone.layers; layer += stride) {
      candidates.push_back({"layer", MeanTap(backbone, layer), head});
    }
  }
  return candidates;
}

std::vector<Candidate> PaperCandidates(std::span<const SearchedBackbone> backbones,
                                       const head::HeadConfig& head) {
  std::vector<Candidate> candidates;
  const std::optional<size_t> decoder = DecoderOf(backbones);
  if (!decoder) return candidates;
  std::vector<const SearchedBackbone*> encoders;
  for (size_t i = 0; i < backbones.size(); ++i) {
    if (i != *decoder) encoders.push_back(&backbones[i]);
  }
  for (const fusion::Preset& preset : fusion::Presets()) {
    const std::optional<std::string> text = OverBackbones(preset, backbones[*decoder], encoders);
    if (!text) continue;
    const auto expression = fusion::Expression::Parse(*text);
    if (!expression.ok() || expression->taps().size() < 2) continue;
    candidates.push_back({"fusion", *text, expression->IsTrained() ? MlpHead({256}) : head});
  }
  return candidates;
}

std::vector<Candidate> FusionCandidates(std::span<const SearchedBackbone> backbones,
                                        std::span<const LayerScore> scores, size_t budget,
                                        const head::HeadConfig& head) {
  FusionList list(budget, head);
  Material material{backbones, scores};
  for (size_t i = 0; i < backbones.size(); ++i) {
    material.best_of_each.push_back(MeanTap(backbones[i], BestOf(i, scores).layer));
  }
  if (backbones.size() > 1) list.Add("pair", Call("cat", material.best_of_each));
  for (const Candidate& candidate : PaperCandidates(backbones, head)) {
    list.Add(candidate.stage, candidate.fusion, candidate.head);
  }
  for (const int size : {4, 2}) {
    for (const int stride : kStrides) AddGroups(material, size, stride, &list);
  }
  AddPairs(material, &list);
  if (const auto decoder = DecoderOf(backbones)) AddCoOccurrence(material, *decoder, &list);
  return list.Take();
}

std::vector<Candidate> HeadCandidates(const Candidate& best) {
  std::vector<Candidate> candidates;
  for (const std::vector<uint32_t>& hidden : {std::vector<uint32_t>{256}, {1024, 256}}) {
    candidates.push_back({"head", best.fusion, MlpHead(hidden)});
  }
  return candidates;
}

}  // namespace llmembed::pipeline

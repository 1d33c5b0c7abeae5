#include "pipeline/search/candidates.h"

#include <algorithm>
#include <set>

namespace llmembed::pipeline {
namespace {

constexpr size_t kPairedLayers = 5;  // the best of all, each with each
constexpr int kStrides[] = {1, 2};   // between the layers of a group

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

}  // namespace

std::string MeanTap(const SearchedBackbone& backbone, int layer) {
  return backbone.name + "/" + std::to_string(layer) + ":mean";
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

std::vector<Candidate> FusionCandidates(std::span<const SearchedBackbone> backbones,
                                        std::span<const LayerScore> scores, size_t budget,
                                        const head::HeadConfig& head) {
  FusionList list(budget, head);
  std::vector<std::string> best_of_each;
  for (size_t i = 0; i < backbones.size(); ++i) {
    best_of_each.push_back(MeanTap(backbones[i], BestOf(i, scores).layer));
  }
  if (best_of_each.size() > 1) list.Add("pair", Call("cat", best_of_each));

  // The groups around each backbone's best layer, the others' best and last layers beside them.
  for (const int size : {4, 2}) {
    for (const int stride : kStrides) {
      for (size_t i = 0; i < backbones.size(); ++i) {
        const auto group = Group(backbones[i], BestOf(i, scores).layer, size, stride);
        if (group.size() < 2) continue;
        std::vector<std::string> others, last_of_others;
        for (size_t j = 0; j < backbones.size(); ++j) {
          if (j == i) continue;
          others.push_back(best_of_each[j]);
          last_of_others.push_back(MeanTap(backbones[j], backbones[j].layers));
        }
        for (const char* op : {"cat", "avg", "max"}) {
          const std::string fused = Call(op, group);
          for (const auto& beside : {others, last_of_others}) {
            if (beside.empty()) continue;
            std::vector<std::string> parts = op == std::string("cat") ? group : std::vector{fused};
            parts.insert(parts.end(), beside.begin(), beside.end());
            list.Add("fusion", Call("cat", parts));
          }
          list.Add("fusion", fused);
        }
      }
    }
  }
  std::vector<LayerScore> sorted(scores.begin(), scores.end());
  std::ranges::stable_sort(sorted, std::ranges::greater(), &LayerScore::accuracy);
  sorted.resize(std::min(sorted.size(), kPairedLayers));
  for (size_t i = 0; i < sorted.size(); ++i) {
    for (size_t j = i + 1; j < sorted.size(); ++j) {
      list.Add("pair", Call("cat", {MeanTap(backbones[sorted[i].backbone], sorted[i].layer),
                                    MeanTap(backbones[sorted[j].backbone], sorted[j].layer)}));
    }
  }
  // The paper's last five layers, and its co-occurrence over the better group.
  for (size_t i = 0; i < backbones.size(); ++i) {
    if (backbones[i].layers < 12) continue;  // an encoder's: the paper takes its last layer
    const auto last_five = Group(backbones[i], backbones[i].layers - 2, 5, 1);
    for (const char* op : {"avg", "max", "cat"}) list.Add("fusion", Call(op, last_five));
    std::vector<std::string> group = Group(backbones[i], BestOf(i, scores).layer, 4, 2);
    const std::string average = Call("avg", group);
    for (size_t j = 0; j < backbones.size(); ++j) {
      if (j != i) group.push_back(best_of_each[j]);
    }
    for (const char* slope : {", sigma=1, rows=normalised, entries=upper",
                              ", sigma=4, rows=normalised, entries=upper"}) {
      list.Add("fusion", Call("cat", {Call("co", group, slope), average}), MlpHead({256}));
    }
  }
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

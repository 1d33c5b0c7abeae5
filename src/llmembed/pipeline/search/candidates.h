// What a search tries: fusions made from layers that did well on their own.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fusion/tap.h"
#include "recipe/recipe.h"

namespace llmembed::pipeline {

// A backbone whose layers are searched over, each by its mean.
struct SearchedBackbone {
  std::string name;
  int layers = 0;  // L: layers 0 to L are tapped
};

struct Candidate {
  std::string stage;   // as SearchCandidate::stage
  std::string fusion;  // an expression over layers' means
  head::HeadConfig head;
};

// How good a layer is alone.
struct LayerScore {
  size_t backbone = 0;  // index
  int layer = 0;
  double accuracy = 0.0;
};

std::string MeanTap(const SearchedBackbone& backbone, int layer);

// The tap with a layer counted from the end, as -1, counted from the front.
fusion::Tap FromTheFront(fusion::Tap tap, std::span<const SearchedBackbone> backbones);

// The recipe's own fusion and head; nullopt where it is a single layer, or taps what is not a
// layer's mean.
std::optional<Candidate> OwnCandidate(const recipe::Recipe& recipe);

// Every layer on its own; with less budget than layers evenly spaced ones, the last layer of each
// backbone always among them.
std::vector<Candidate> LayerCandidates(std::span<const SearchedBackbone> backbones, size_t budget,
                                       const head::HeadConfig& head);

// The paper's fifteen (fusion/presets.h) over these backbones, each tapped by its mean: the deepest
// of at least five layers stands for the paper's decoder, the others in their order for its
// encoders. Those that need more than there are, and single layers, are left out.
std::vector<Candidate> PaperCandidates(std::span<const SearchedBackbone> backbones,
                                       const head::HeadConfig& head);

// The best layers of all backbones side by side; the paper's; avg, max and cat of layers around a
// backbone's best one, alone and beside the others' best; pairs of the best layers; co-occurrence
// with several slopes. No fusion stands twice. `scores` holds every layer that was tried, of each
// backbone at least one.
std::vector<Candidate> FusionCandidates(std::span<const SearchedBackbone> backbones,
                                        std::span<const LayerScore> scores, size_t budget,
                                        const head::HeadConfig& head);

// The fusion with other heads.
std::vector<Candidate> HeadCandidates(const Candidate& best);

}  // namespace llmembed::pipeline

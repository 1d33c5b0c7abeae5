// What a search tries: fusions made from layers that did well on their own.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "recipe/recipe.h"

namespace llmembed::pipeline {

// A backbone whose layers are searched over, each by its mean.
struct SearchedBackbone {
  std::string name;
  int layers = 0;  // L: layers 0 to L are tapped
};

struct Candidate {
  std::string stage;   // as SearchCandidate::stage
  std::string fusion;  // an expression over "NAME/LAYER:mean"
  head::HeadConfig head;
};

// How good a layer is alone.
struct LayerScore {
  size_t backbone = 0;  // index
  int layer = 0;
  double accuracy = 0.0;
};

std::string MeanTap(const SearchedBackbone& backbone, int layer);

// Every layer on its own; with less budget than layers evenly spaced ones, the last layer of each
// backbone always among them.
std::vector<Candidate> LayerCandidates(std::span<const SearchedBackbone> backbones, size_t budget,
                                       const head::HeadConfig& head);

// Pairs of the best layers; avg, max and cat of layers around a backbone's best one, alone and
// beside the others' best; the paper's choice of the last five; co-occurrence with several slopes.
// No fusion stands twice. `scores` holds every layer that was tried, of each backbone at least one.
std::vector<Candidate> FusionCandidates(std::span<const SearchedBackbone> backbones,
                                        std::span<const LayerScore> scores, size_t budget,
                                        const head::HeadConfig& head);

// The fusion with other heads.
std::vector<Candidate> HeadCandidates(const Candidate& best);

}  // namespace llmembed::pipeline

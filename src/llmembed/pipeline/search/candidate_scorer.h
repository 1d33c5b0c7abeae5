// How good a candidate of a search is: trained and measured several times on parts of the rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/split.h"
#include "head/trained_head.h"
#include "llmembed/run_context.h"
#include "llmembed/search.h"
#include "llmembed/status.h"
#include "pipeline/row_sample.h"
#include "pipeline/search/candidates.h"
#include "pipeline/search/tap_table.h"

namespace llmembed::pipeline {

// Borrows its arguments.
class CandidateScorer {
 public:
  // kBadData: too few rows to divide.
  static Result<CandidateScorer> Create(const RowSample& rows, std::span<const std::string> labels,
                                        uint64_t seed, const RunContext& context);

  uint32_t repeats() const { return static_cast<uint32_t>(splits_.size()); }

  // In each division the head is trained on one part, of which it sets rows aside to choose C or
  // the epoch by, and measured on the other: nothing is measured on what chose it.
  Result<SearchCandidate> Score(const Candidate& candidate, const TapTable& table) const;

  // The mean accuracy of counting words, on the same divisions.
  Result<double> ScoreLexical() const;

  // The accuracy on other rows of a head that is trained on all of these. `labels`: the scorer's,
  // then those that stand in the other rows only.
  Result<double> Accuracy(const Candidate& candidate, const TapTable& table, const RowSample& other,
                          const TapTable& other_table, std::span<const std::string> labels) const;

 private:
  CandidateScorer(const RowSample& rows, std::span<const std::string> labels, uint64_t seed,
                  const RunContext& context)
      : rows_(&rows), labels_(labels), seed_(seed), context_(context) {
    context_.observer = nullptr;  // a search has one progress of its own
  }

  Result<head::TrainedHead> Fit(const Candidate& candidate, const FusedFeatures& features,
                                std::span<const uint32_t> rows) const;

  const RowSample* rows_;
  std::span<const std::string> labels_;
  uint64_t seed_;
  RunContext context_;
  std::vector<data::Split> splits_;
};

}  // namespace llmembed::pipeline

// A whole set of labelled texts in memory, for training and for evaluation.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/issue_log.h"
#include "data/text_arena.h"
#include "llmembed/data.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::data {

// N rows as columns: the texts' bytes and 32 bytes a row. Immutable after loading, so safe to read
// from many threads; movable, and views survive the move.
class LabelledDataset {
 public:
  // To train on. Rows without a text or without a label are left out; the classes are the labels
  // that stand there, sorted by their bytes. Everything found is added to `issues`.
  // kBadData: no rows, one class only, or so many labels that they must be something else;
  // kCancelled, kOutOfMemory; else as RowReader.
  static Result<LabelledDataset> LoadTraining(const DataSource& source, const RunContext& context,
                                              IssueLog* issues);

  // To evaluate on: the classes are `known_labels` in their order, then unseen ones, sorted. Rows
  // without a label are left out, empty texts are kept. Errors as above; one class is enough.
  static Result<LabelledDataset> LoadEvaluation(const DataSource& source,
                                                std::span<const std::string> known_labels,
                                                const RunContext& context, IssueLog* issues);

  size_t size() const { return texts_.size(); }  // N

  std::span<const std::string_view> texts() const { return texts_; }  // [N]
  std::span<const uint32_t> labels() const { return labels_; }        // [N] into label_names()
  std::span<const uint64_t> lines() const { return lines_; }          // [N] in the source
  // [N] The first row with exactly the same text: equal texts have equal numbers.
  std::span<const uint32_t> first_rows() const { return first_rows_; }

  const std::vector<std::string>& label_names() const { return label_names_; }

 private:
  class Loader;

  TextArena arena_;
  std::vector<std::string_view> texts_;
  std::vector<uint32_t> labels_;
  std::vector<uint64_t> lines_;
  std::vector<uint32_t> first_rows_;
  std::vector<std::string> label_names_;
};

// Adds the rows of `test` whose text was also trained on to the issues of the test source.
void ReportTestTextsInTrain(const LabelledDataset& train, const LabelledDataset& test,
                            IssueLog* test_issues);

}  // namespace llmembed::data

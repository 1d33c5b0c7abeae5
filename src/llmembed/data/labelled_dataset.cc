#include "data/labelled_dataset.h"

#include <algorithm>
#include <limits>
#include <new>
#include <unordered_map>
#include <utility>

#include "data/blank.h"
#include "data/row_reader.h"
#include "data/text_index.h"

namespace llmembed::data {
namespace {

constexpr size_t kMaxRows = std::numeric_limits<uint32_t>::max() - 1;
constexpr uint64_t kRowsBetweenReports = 1 << 14;

// Fewer rows than this may well have a class each.
constexpr size_t kMinRowsToDoubtLabels = 20;

Status OutOfMemory(const DataSource& source) {
  return {StatusCode::kOutOfMemory, SourceName(source.path) + ": no memory for all of its texts"};
}

}  // namespace

// Builds a dataset row by row.
class LabelledDataset::Loader {
 public:
  Loader(const DataSource& source, std::span<const std::string> known_labels, IssueLog* issues)
      : source_(source), known_labels_(known_labels.size()), issues_(issues) {
    for (const std::string& label : known_labels) LabelId(label);
  }

  enum class EmptyTexts { kKeep, kLeaveOut };

  Status ReadRows(EmptyTexts empty_texts, const RunContext& context) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto reader,
                              RowReader::Open(source_, LabelNeed::kRequired, issues_));
    description_ = reader->Description();
    Row row;
    for (uint64_t rows = 0;; ++rows) {
      if (rows % kRowsBetweenReports == 0) {
        if (context.IsCancelled()) return {StatusCode::kCancelled, "cancelled while reading texts"};
        context.Report({"reading", "rows", rows, 0, false});
      }
      LLMEMBED_ASSIGN_OR_RETURN(const bool more, reader->Next(&row));
      if (!more) {
        context.Report({"reading", "rows", rows, rows, true});
        break;
      }
      if (set_.size() == kMaxRows) return Error("more than 4,294,967,294 rows");
      AddRow(row, empty_texts);
    }
    if (set_.size() == 0) return Error("no row has both a text and a label");
    return {};
  }

  Status CheckClasses() const {
    const size_t classes = set_.label_names_.size();
    if (classes < 2) {
      return Error("every row has the label " + QuoteForMessage(set_.label_names_.front()) +
                   "; training needs two classes or more");
    }
    if (set_.size() >= kMinRowsToDoubtLabels && classes > set_.size() / 2) {
      return Error(std::to_string(classes) + " different labels in " + std::to_string(set_.size()) +
                   " rows cannot be learnt; read as " + description_ + ": name the right columns");
    }
    return {};
  }

  LabelledDataset Finish() {
    SortNewLabels();
    set_.first_rows_ = TextIndex(set_.texts_).first_rows();
    for (size_t row = 0; row < set_.size(); ++row) ReportRow(row);
    return std::move(set_);
  }

 private:
  uint32_t LabelId(const std::string& label) {
    const auto next = static_cast<uint32_t>(set_.label_names_.size());
    const auto [entry, is_new] = label_ids_.try_emplace(label, next);
    if (is_new) set_.label_names_.push_back(label);
    return entry->second;
  }

  void AddRow(const Row& row, EmptyTexts empty_texts) {
    if (!row.has_label()) {
      issues_->Add(IssueKind::kEmptyLabel, row.line);
      return;
    }
    if (IsBlank(row.text)) {
      const bool keep = empty_texts == EmptyTexts::kKeep;
      issues_->Add(keep ? IssueKind::kEmptyTextKept : IssueKind::kEmptyTextLeftOut, row.line);
      if (!keep) return;
    }
    set_.texts_.push_back(set_.arena_.Add(row.text));
    set_.labels_.push_back(LabelId(row.label));
    set_.lines_.push_back(row.line);
  }

  // Labels were numbered as they came; the classes must not depend on the order of rows.
  void SortNewLabels() {
    std::vector<std::string>& names = set_.label_names_;
    std::sort(names.begin() + static_cast<std::ptrdiff_t>(known_labels_), names.end());
    std::vector<uint32_t> sorted_id(names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      sorted_id[label_ids_.at(names[i])] = static_cast<uint32_t>(i);
    }
    for (uint32_t& label : set_.labels_) label = sorted_id[label];
  }

  void ReportRow(size_t row) {
    const uint64_t line = set_.lines_[row];
    const uint32_t first = set_.first_rows_[row];
    if (first != row) {
      const bool same_label = set_.labels_[first] == set_.labels_[row];
      issues_->Add(same_label ? IssueKind::kDuplicateText : IssueKind::kConflictingLabel, line);
    }
    if (known_labels_ > 0 && set_.labels_[row] >= known_labels_) {
      issues_->Add(IssueKind::kUnseenLabel, line);
    }
  }

  Status Error(const std::string& what) const {
    return {StatusCode::kBadData, SourceName(source_.path) + ": " + what};
  }

  const DataSource& source_;
  size_t known_labels_;
  IssueLog* issues_;
  std::string description_;
  LabelledDataset set_;
  std::unordered_map<std::string, uint32_t> label_ids_;
};

Result<LabelledDataset> LabelledDataset::LoadTraining(const DataSource& source,
                                                      const RunContext& context, IssueLog* issues) {
  try {
    Loader loader(source, {}, issues);
    LLMEMBED_RETURN_IF_ERROR(loader.ReadRows(Loader::EmptyTexts::kLeaveOut, context));
    LLMEMBED_RETURN_IF_ERROR(loader.CheckClasses());
    return loader.Finish();
  } catch (const std::bad_alloc&) {
    return OutOfMemory(source);
  }
}

Result<LabelledDataset> LabelledDataset::LoadEvaluation(const DataSource& source,
                                                        std::span<const std::string> known_labels,
                                                        const RunContext& context,
                                                        IssueLog* issues) {
  try {
    Loader loader(source, known_labels, issues);
    LLMEMBED_RETURN_IF_ERROR(loader.ReadRows(Loader::EmptyTexts::kKeep, context));
    return loader.Finish();
  } catch (const std::bad_alloc&) {
    return OutOfMemory(source);
  }
}

void ReportTestTextsInTrain(const LabelledDataset& train, const LabelledDataset& test,
                            IssueLog* test_issues) {
  const TextIndex index(train.texts());
  for (size_t row = 0; row < test.size(); ++row) {
    if (index.Find(test.texts()[row])) {
      test_issues->Add(IssueKind::kTestTextInTrain, test.lines()[row]);
    }
  }
}

}  // namespace llmembed::data

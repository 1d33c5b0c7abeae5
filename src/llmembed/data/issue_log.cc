#include "data/issue_log.h"

namespace llmembed::data {
namespace {

struct KindText {
  IssueKind kind;
  const char* name;
  const char* policy;
};

constexpr std::array<KindText, static_cast<size_t>(IssueKind::kCount)> kKindTexts = {{
    {IssueKind::kInvalidUtf8, "invalid_utf8", "kept: ill-formed bytes are replaced by U+FFFD"},
    {IssueKind::kBlankLine, "blank_line", "left out: a line without anything is not a row"},
    {IssueKind::kEmptyTextKept, "empty_text", "kept: treated like any other text"},
    {IssueKind::kEmptyTextLeftOut, "empty_text", "left out: nothing to learn from"},
    {IssueKind::kEmptyLabel, "empty_label", "left out: a row without a label"},
    {IssueKind::kDuplicateText, "duplicate_text",
     "kept, and never divided between training and held-out rows"},
    {IssueKind::kConflictingLabel, "conflicting_label",
     "kept: the text has another label where it first stands"},
    {IssueKind::kTestTextInTrain, "test_text_in_train",
     "kept: these texts were trained on, so the measured quality is too good"},
    {IssueKind::kUnseenLabel, "unseen_label",
     "kept and counted as wrong: no such label was trained"},
    {IssueKind::kClassNotHeldOut, "class_not_held_out",
     "all rows are trained on: the class has too few texts to be measured"},
}};

constexpr bool StandInOrder() {
  for (size_t i = 0; i < kKindTexts.size(); ++i) {
    if (kKindTexts[i].kind != static_cast<IssueKind>(i)) return false;
  }
  return true;
}
static_assert(StandInOrder());

}  // namespace

void IssueLog::Add(IssueKind kind, uint64_t line) {
  Finding& finding = findings_[static_cast<size_t>(kind)];
  ++finding.count;
  if (finding.lines.size() < kMaxLines) finding.lines.push_back(line);
}

std::vector<DataIssue> IssueLog::Issues() const {
  std::vector<DataIssue> issues;
  for (size_t i = 0; i < findings_.size(); ++i) {
    if (findings_[i].count == 0) continue;
    DataIssue issue;
    issue.kind = kKindTexts[i].name;
    issue.policy = kKindTexts[i].policy;
    issue.path = path_;
    issue.count = findings_[i].count;
    issue.lines = findings_[i].lines;
    issues.push_back(std::move(issue));
  }
  return issues;
}

}  // namespace llmembed::data

// What was found in the data that the user should know of, counted by kind.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/data.h"

namespace llmembed::data {

// Each is a finding together with what is done about it; docs/formats/data.md lists them.
enum class IssueKind : uint8_t {
  kInvalidUtf8,
  kBlankLine,
  kEmptyTextKept,
  kEmptyTextLeftOut,
  kEmptyLabel,
  kDuplicateText,
  kConflictingLabel,
  kTestTextInTrain,
  kUnseenLabel,
  kClassNotHeldOut,
  kCount,  // not a kind
};

// The findings of one source. Bounded memory: a count and ten lines a kind. Not thread-safe.
class IssueLog {
 public:
  static constexpr size_t kMaxLines = 10;

  // `path` as in DataSource.
  explicit IssueLog(std::string path) : path_(std::move(path)) {}

  // One more row with this finding, on this line.
  void Add(IssueKind kind, uint64_t line);

  uint64_t count(IssueKind kind) const { return findings_[static_cast<size_t>(kind)].count; }

  // The kinds that were found, in the order of IssueKind; lines in the order they were added.
  std::vector<DataIssue> Issues() const;

 private:
  struct Finding {
    uint64_t count = 0;
    std::vector<uint64_t> lines;
  };

  std::string path_;
  std::array<Finding, static_cast<size_t>(IssueKind::kCount)> findings_;
};

}  // namespace llmembed::data

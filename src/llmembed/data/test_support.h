// For the tests of this folder: sources made on the spot, and all that a reader says of them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/row_reader.h"
#include "llmembed/data.h"
#include "support/temporary_folder.h"

namespace llmembed::data {

using test::TemporaryFolder;

// Standard input reads these bytes until the end of the object.
class ScopedStandardInput {
 public:
  explicit ScopedStandardInput(const std::string& path) : saved_(::dup(STDIN_FILENO)) {
    FILE* file = std::fopen(path.c_str(), "rb");
    ::dup2(::fileno(file), STDIN_FILENO);
    std::fclose(file);
  }
  ScopedStandardInput(const ScopedStandardInput&) = delete;
  ScopedStandardInput& operator=(const ScopedStandardInput&) = delete;
  ~ScopedStandardInput() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }

 private:
  int saved_;
};

inline std::string Gzip(std::string_view text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// One frame, with a checksum.
inline std::string Zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const size_t size =
      ZSTD_compress2(context.get(), out.data(), out.size(), text.data(), text.size());
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

// (text, label) of a row.
using TextAndLabel = std::pair<std::string, std::string>;

struct ReadOutcome {
  Status status;  // of Open, or of the Next that failed
  std::vector<TextAndLabel> rows;
  std::vector<uint64_t> lines;
  std::vector<DataIssue> issues;
  std::string description;
};

inline ReadOutcome ReadAll(const DataSource& source, LabelNeed need) {
  ReadOutcome outcome;
  IssueLog issues(source.path);
  auto reader = RowReader::Open(source, need, &issues);
  outcome.status = reader.status();
  if (!reader.ok()) return outcome;
  outcome.description = (*reader)->Description();
  Row row;
  while (true) {
    const auto more = (*reader)->Next(&row);
    outcome.status = more.status();
    if (!more.ok() || !*more) break;
    outcome.rows.emplace_back(row.text, row.label);
    outcome.lines.push_back(row.line);
  }
  outcome.issues = issues.Issues();
  return outcome;
}

// "kind count@line,line": an issue as one string.
inline std::vector<std::string> Summaries(const std::vector<DataIssue>& issues) {
  std::vector<std::string> summaries;
  for (const DataIssue& issue : issues) {
    std::string summary = issue.kind + " " + std::to_string(issue.count) + "@";
    for (const uint64_t line : issue.lines) {
      summary += (summary.ends_with('@') ? "" : ",") + std::to_string(line);
    }
    summaries.push_back(summary);
  }
  return summaries;
}

}  // namespace llmembed::data

// Trains a lexical model on one table and scores another, for compare_lexical.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <numeric>
#include <span>
#include <vector>

#include "data/labelled_dataset.h"
#include "lexical/lexical_model.h"

namespace {

using llmembed::Result;
using llmembed::Status;
using llmembed::StatusCode;
using llmembed::data::LabelledDataset;
namespace lexical = llmembed::lexical;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The rows of [texts, classes] whose largest logit is that of their label.
uint64_t Correct(std::span<const float> logits, std::span<const uint32_t> labels,
                 uint32_t classes) {
  uint64_t correct = 0;
  for (size_t row = 0; row < labels.size(); ++row) {
    const auto scores = logits.subspan(row * classes, classes);
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    correct += best == labels[row] ? 1U : 0U;
  }
  return correct;
}

Status Run(const char* train_path, const char* test_path) {
  llmembed::data::IssueLog issues("the tables");
  llmembed::DataSource source;
  source.path = train_path;
  LLMEMBED_ASSIGN_OR_RETURN(const auto train, LabelledDataset::LoadTraining(source, {}, &issues));
  source.path = test_path;
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto test, LabelledDataset::LoadEvaluation(source, train.label_names(), {}, &issues));
  std::vector<uint32_t> rows(train.size());
  std::iota(rows.begin(), rows.end(), 0U);
  const auto classes = static_cast<uint32_t>(train.label_names().size());
  const lexical::LexicalData data{train.texts(), train.labels(), classes, rows};

  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  LLMEMBED_ASSIGN_OR_RETURN(const auto model, lexical::LexicalModel::Train(data, {}, {}));
  const double training_seconds = SecondsSince(start);
  const double cpu_seconds = static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  LLMEMBED_ASSIGN_OR_RETURN(const auto logits, model.Logits(test.texts(), {}));
  const double seconds = SecondsSince(start);
  const uint64_t correct = Correct(logits, test.labels(), classes);
  std::printf(
      "{\"terms\": %u, \"bytes\": %llu, \"correct\": %llu, \"rows\": %zu, "
      "\"training_seconds\": %.3f, \"training_cpu_seconds\": %.3f, \"scoring_seconds\": %.3f}\n",
      model.terms(), static_cast<unsigned long long>(model.bytes()),
      static_cast<unsigned long long>(correct), test.size(), training_seconds, cpu_seconds,
      seconds - training_seconds);
  return Status();
}

}  // namespace

int main(int argc, char** argv) {
  const Status status = argc == 3 ? Run(argv[1], argv[2])
                                  : Status(StatusCode::kUsage, "expected TRAIN and TEST tables");
  if (!status.ok()) std::fprintf(stderr, "compare_lexical_driver: %s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

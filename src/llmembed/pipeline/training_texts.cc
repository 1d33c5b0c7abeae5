#include "pipeline/training_texts.h"

#include "base/sha256.h"
#include "pipeline/row_sample.h"

namespace llmembed::pipeline {

Result<TrainingTexts> ReadTrainingTexts(const TrainOptions& options, const RunContext& context,
                                        std::vector<DataIssue>* issues) {
  TrainingTexts texts;
  data::IssueLog log(options.data.path);
  LLMEMBED_ASSIGN_OR_RETURN(texts.all,
                            data::LabelledDataset::LoadTraining(options.data, context, &log));
  std::vector<DataIssue> test_issues;
  if (!options.test_path.empty()) {
    texts.has_test_file = true;
    DataSource source = options.data;
    source.path = options.test_path;
    data::IssueLog test_log(source.path);
    LLMEMBED_ASSIGN_OR_RETURN(texts.test, data::LabelledDataset::LoadEvaluation(
                                              source, texts.all.label_names(), context, &test_log));
    data::ReportTestTextsInTrain(texts.all, texts.test, &test_log);
    test_issues = test_log.Issues();
  } else if (options.holdout > 0.0) {
    LLMEMBED_ASSIGN_OR_RETURN(
        texts.split,
        data::HoldOut(texts.all, {.share = options.holdout, .seed = options.seed}, &log));
  }
  if (texts.split.train.empty()) {
    texts.split.train = RowNumbers(texts.all.size());
  }
  *issues = log.Issues();
  issues->insert(issues->end(), test_issues.begin(), test_issues.end());
  return texts;
}

std::string HashOfRows(const data::LabelledDataset& data, std::span<const uint32_t> rows) {
  base::Sha256 hash;
  const auto add = [&hash](std::string_view text) {
    hash.Update(std::to_string(text.size()) + ":");
    hash.Update(text);
  };
  for (const uint32_t row : rows) {
    add(data.label_names()[data.labels()[row]]);
    add(data.texts()[row]);
  }
  return base::Hex(hash.Finish());
}

}  // namespace llmembed::pipeline

// `evaluate`: a bundle on labelled texts.
#include "data/labelled_dataset.h"
#include "llmembed/evaluate.h"
#include "pipeline/classify.h"
#include "pipeline/dataset_features.h"

namespace llmembed {

Result<EvaluationReport> Evaluate(const EvaluateOptions& options, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto opened,
                            pipeline::OpenBundle(options.bundle,
                                                 options.verify ? extract::DigestCheck::kAgain
                                                                : extract::DigestCheck::kRemembered,
                                                 context));
  data::IssueLog issues(options.data.path);
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto texts,
      data::LabelledDataset::LoadEvaluation(options.data, opened.bundle.labels, context, &issues));
  LLMEMBED_ASSIGN_OR_RETURN(const auto features,
                            pipeline::ComputeFeatures(pipeline::AllRows(texts), options.data.path,
                                                      opened.source.get(), context));
  LLMEMBED_ASSIGN_OR_RETURN(
      auto report, pipeline::EvaluateRows(opened.bundle.head, texts.label_names(), texts.labels(),
                                          features.values()));
  report.issues = issues.Issues();
  report.extraction = opened.source->backbones().report(texts.label_names());
  return report;
}

}  // namespace llmembed

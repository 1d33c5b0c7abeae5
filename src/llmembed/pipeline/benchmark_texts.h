// What a benchmark trains and tests on.
#pragma once

#include <string>
#include <vector>

#include "data/labelled_dataset.h"
#include "llmembed/benchmark.h"
#include "pipeline/row_sample.h"

namespace llmembed::pipeline {

struct BenchmarkTexts {
  data::LabelledDataset train_set, test_set;  // what the samples point into
  RowSample train;
  RowSample asked;  // of the test texts those that a language model is asked about as well
  RowSample rest;   // the other test texts
  std::string train_path, test_path;

  size_t test_size() const { return asked.size() + rest.size(); }
};

// Finds and reads them, and draws the samples; fills in what the report says of them. Without a
// comparison all test texts are in `asked`. kNotFound, kUsage: no such data set; else as
// LabelledDataset.
Result<BenchmarkTexts> ReadBenchmarkTexts(const BenchmarkOptions& options,
                                          const RunContext& context, BenchmarkReport* report);

}  // namespace llmembed::pipeline

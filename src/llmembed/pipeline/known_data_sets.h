// The data sets of the paper by name: which files hold them, and what the paper reports on them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/benchmark.h"
#include "llmembed/status.h"

namespace llmembed::pipeline {

struct PaperFigure {
  std::string_view method;
  double accuracy;
};

// What is written for a label in prompts, where its name does not do.
struct KnownWording {
  std::string_view label, words;
};

struct KnownDataSet {
  std::string_view name;
  std::span<const std::string_view> folders;  // names that a folder of its files may have
  uint64_t train_texts, test_texts;           // in the paper; 0: the paper has no such data set
  std::span<const PaperFigure> figures;
  std::string_view difference;  // what sets the usual files apart from the paper's; "": nothing
  std::optional<PaperCost> cost = {};
  std::span<const KnownWording> wordings = {};
  std::string_view prompt_template = "";  // "": the usual one
};

// nullptr when there is none of that name.
const KnownDataSet* FindDataSet(std::string_view name);

// "sst2, mr, ...".
std::string DataSetNames();

struct DataSetFiles {
  std::string train, test;
};

// The first pair of train and test that is there: FOLDER/NAME/{train,test}.{tsv,csv,jsonl}, plain,
// .gz or .zst. kNotFound names the folders that were looked at.
Result<DataSetFiles> FindFiles(const KnownDataSet& data_set, const std::string& folder);

}  // namespace llmembed::pipeline

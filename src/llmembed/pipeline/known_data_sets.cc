#include "pipeline/known_data_sets.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace llmembed::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 1> kSst2Folders = {"sst2"};
constexpr std::array<std::string_view, 1> kMrFolders = {"mr"};
constexpr std::array<std::string_view, 2> kImdbFolders = {"imdb", "imdb_40k_10k"};
constexpr std::array<std::string_view, 2> kAgNewsFolders = {"agnews", "ag_news"};
constexpr std::array<std::string_view, 1> kR8Folders = {"r8"};
constexpr std::array<std::string_view, 1> kR52Folders = {"r52"};

// Table 2 of the paper: its headline (fusion 15), the last block alone (1), the average (2),
// prompting the same Llama-2 (IO, CARP), and what it copied of GPT-3.
constexpr const char* kHeadline = "LLMEmbed 15, Llama-2-7B + BERT-large + RoBERTa-large";
constexpr const char* kAverage = "LLMEmbed 2, Llama-2-7B, average of 5 layers";
constexpr const char* kLast = "LLMEmbed 1, Llama-2-7B, last layer";
constexpr const char* kCarp = "prompting, CARP, Llama-2-7B";
constexpr const char* kIo = "prompting, IO, Llama-2-7B";
constexpr const char* kCarpGpt3 = "prompting, CARP, GPT-3 175B";
using Figures = std::array<PaperFigure, 6>;
constexpr Figures kSst2Figures = {{{kHeadline, 0.9576},
                                   {kAverage, 0.9530},
                                   {kLast, 0.9518},
                                   {kCarp, 0.8842},
                                   {kIo, 0.8922},
                                   {kCarpGpt3, 0.9569}}};
constexpr Figures kImdbFigures = {{{kHeadline, 0.9549},
                                   {kAverage, 0.9545},
                                   {kLast, 0.9522},
                                   {kCarp, 0.8394},
                                   {kIo, 0.9065},
                                   {kCarpGpt3, 0.9074}}};
constexpr Figures kAgNewsFigures = {{{kHeadline, 0.9583},
                                     {kAverage, 0.9566},
                                     {kLast, 0.9571},
                                     {kCarp, 0.8518},
                                     {kIo, 0.7420},
                                     {kCarpGpt3, 0.9525}}};
constexpr Figures kR8Figures = {{{kHeadline, 0.9822},
                                 {kAverage, 0.9794},
                                 {kLast, 0.9794},
                                 {kCarp, 0.7510},
                                 {kIo, 0.2481},
                                 {kCarpGpt3, 0.9783}}};
constexpr Figures kR52Figures = {{{kHeadline, 0.9568},
                                  {kAverage, 0.9533},
                                  {kLast, 0.9455},
                                  {kCarp, 0.7305},
                                  {kIo, 0.1869},
                                  {kCarpGpt3, 0.9627}}};

// Tables 3 to 5, for each set: LLMEmbed's seconds and kWh, CARP's with Llama-2-7B and its tokens.
constexpr PaperCost kSst2Cost = {1331, 0.06, 286269, 13.77, 28'719'397};
constexpr PaperCost kImdbCost = {22941, 1.51, 653586, 33.65, 277'100'961};
constexpr PaperCost kAgNewsCost = {4031, 0.22, 834603, 41.42, 107'027'342};
constexpr PaperCost kR8Cost = {954, 0.06, 144527, 7.44, 35'868'945};
constexpr PaperCost kR52Cost = {1125, 0.07, 161783, 8.37, 49'467'442};

// Files name the two classes in one way or the other.
constexpr std::array<KnownWording, 4> kSentiments = {
    {{"0", "negative"}, {"1", "positive"}, {"neg", "negative"}, {"pos", "positive"}}};
// Reuters' codes. One token each: the second of two is easily guessed, and would favour its label.
constexpr std::array<KnownWording, 6> kReutersTopics = {{{"acq", "takeovers"},
                                                         {"crude", "oil"},
                                                         {"earn", "earnings"},
                                                         {"interest", "rates"},
                                                         {"money-fx", "currencies"},
                                                         {"ship", "shipping"}}};
constexpr std::string_view kReviewTemplate = R"({examples}Review: {text}\nSentiment: {label}\n\n)";
constexpr std::string_view kNewsTemplate =
    R"({examples}Article: {text}\nThis article is about {label}.\n\n)";

constexpr const char* kForm = "the paper does not say which form of the texts";
constexpr std::array<KnownDataSet, 6> kDataSets = {{
    {"sst2", kSst2Folders, 67349, 872, kSst2Figures, "", kSst2Cost, kSentiments, kReviewTemplate},
    {"mr", kMrFolders, 0, 0, {}, "", {}, kSentiments, kReviewTemplate},
    {"imdb", kImdbFolders, 40000, 10000, kImdbFigures,
     "the paper does not say which 40,000 and 10,000 of IMDb's texts its \"MR\" is", kImdbCost,
     kSentiments, kReviewTemplate},
    {"agnews", kAgNewsFolders, 120000, 7600, kAgNewsFigures, "", kAgNewsCost, {}, kNewsTemplate},
    {"r8", kR8Folders, 5485, 2189, kR8Figures, kForm, kR8Cost, kReutersTopics, kNewsTemplate},
    {"r52", kR52Folders, 6532, 2568, kR52Figures, kForm, kR52Cost, kReutersTopics, kNewsTemplate},
}};

// FOLDER/STEM with one of the suffixes of data files; "" when there is none.
std::string FindFile(const fs::path& folder, const std::string& stem) {
  std::error_code ignored;
  for (const char* suffix : {".tsv", ".csv", ".jsonl"}) {
    for (const char* compression : {".gz", ".zst", ""}) {
      const fs::path path = folder / (stem + suffix + compression);
      if (fs::is_regular_file(path, ignored)) return path.string();
    }
  }
  return "";
}

}  // namespace

const KnownDataSet* FindDataSet(std::string_view name) {
  const auto found = std::ranges::find(kDataSets, name, &KnownDataSet::name);
  return found == kDataSets.end() ? nullptr : &*found;
}

std::string DataSetNames() {
  std::string names;
  for (const KnownDataSet& data_set : kDataSets) {
    names += (names.empty() ? "" : ", ") + std::string(data_set.name);
  }
  return names;
}

Result<DataSetFiles> FindFiles(const KnownDataSet& data_set, const std::string& folder) {
  std::string looked_at;
  for (const std::string_view name : data_set.folders) {
    const fs::path path = fs::path(folder) / name;
    DataSetFiles files{FindFile(path, "train"), FindFile(path, "test")};
    if (!files.train.empty() && !files.test.empty()) return files;
    looked_at += (looked_at.empty() ? "" : " or ") + path.string();
  }
  return Status(StatusCode::kNotFound,
                "no train and test files (.tsv, .csv or .jsonl, also .gz "
                "and .zst) of " +
                    std::string(data_set.name) + " in " + looked_at);
}

}  // namespace llmembed::pipeline

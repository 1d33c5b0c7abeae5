// Scores labels behind prompts, for tools/compare_label_scores, which holds the scores against
// `transformers`.
//
//   label_scores MODEL FILE.json f32|bf16 [CACHED]
//
// The file holds {"prompts": [[id, ...], ...], "labels": [[id, ...], ...]}. The first CACHED tokens
// of the first prompt are read before the others (default: 0). Prints [prompts][labels] as JSON.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/thread_pool.h"
#include "prompt/label_scorer.h"

namespace {

using llmembed::Result;
using llmembed::Status;
using llmembed::StatusCode;
using Texts = std::vector<std::vector<int32_t>>;

Result<Texts> TextsOf(const llmembed::base::Json& json, const char* key) {
  Texts texts;
  for (const auto& ids : json.at(key)) texts.push_back(ids.get<std::vector<int32_t>>());
  for (const auto& ids : texts) {
    if (ids.empty()) return Status(StatusCode::kBadData, std::string(key) + ": an empty one");
  }
  return texts;
}

Status Run(const std::vector<std::string>& arguments) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto json, llmembed::base::ReadJsonFile(arguments[1]));
  LLMEMBED_ASSIGN_OR_RETURN(const Texts prompts, TextsOf(json, "prompts"));
  LLMEMBED_ASSIGN_OR_RETURN(const Texts labels, TextsOf(json, "labels"));
  const auto type = arguments[2] == "bf16" ? llmembed::compute::MathType::kBF16
                                           : llmembed::compute::MathType::kF32;
  LLMEMBED_ASSIGN_OR_RETURN(const auto backend, llmembed::compute::MakeCpuBackend(type));
  llmembed::base::ThreadPool pool(0);
  LLMEMBED_ASSIGN_OR_RETURN(const auto scorer,
                            llmembed::prompt::LabelScorer::Open(arguments[0], *backend, &pool));
  if (arguments.size() > 3) {
    auto prefix = prompts.at(0);
    prefix.resize(std::min<size_t>(prefix.size(), std::strtoul(arguments[3].c_str(), nullptr, 10)));
    LLMEMBED_RETURN_IF_ERROR(scorer->CachePrefix(prefix));
  }
  std::vector<float> scores(prompts.size() * labels.size());
  LLMEMBED_RETURN_IF_ERROR(scorer->Score(prompts, labels, scores, nullptr));
  llmembed::base::Json rows = llmembed::base::Json::array();
  for (auto row = scores.begin(); row != scores.end();
       row += static_cast<ptrdiff_t>(labels.size())) {
    rows.push_back(std::vector<float>(row, row + static_cast<ptrdiff_t>(labels.size())));
  }
  std::printf("%s\n", rows.dump().c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const Status status = arguments.size() < 3
                            ? Status(StatusCode::kUsage, "MODEL FILE.json f32|bf16 [CACHED]")
                            : Run(arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "label_scores: %s\n", status.message().c_str());
  return 1;
}

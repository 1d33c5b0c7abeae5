#include "prompt/label_words.h"

#include <algorithm>

#include "base/quoted.h"

namespace llmembed::prompt {

using base::Quoted;

Result<std::vector<std::string>> LabelWords(std::span<const std::string> labels,
                                            std::span<const LabelWording> given) {
  std::vector<std::string> words(labels.begin(), labels.end());
  for (std::string& name : words) std::replace(name.begin(), name.end(), '_', ' ');
  std::vector<bool> is_given(labels.size());
  for (const LabelWording& wording : given) {
    const auto found = std::find(labels.begin(), labels.end(), wording.label);
    if (found == labels.end()) {
      return Status(StatusCode::kUsage,
                    "words are given for " + Quoted(wording.label) + ", which is no label");
    }
    const auto label = static_cast<size_t>(found - labels.begin());
    if (is_given[label]) {
      return Status(StatusCode::kUsage, "label " + Quoted(wording.label) + " is given words twice");
    }
    is_given[label] = true;
    words[label] = wording.words;
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].find_first_not_of(' ') == std::string::npos) {
      return Status(StatusCode::kUsage, "label " + Quoted(labels[i]) + " has no words");
    }
    const auto same = std::find(words.begin(), words.begin() + static_cast<ptrdiff_t>(i), words[i]);
    if (same == words.begin() + static_cast<ptrdiff_t>(i)) continue;
    return Status(StatusCode::kUsage,
                  "the labels " + Quoted(labels[static_cast<size_t>(same - words.begin())]) +
                      " and " + Quoted(labels[i]) + " have the same words");
  }
  return words;
}

}  // namespace llmembed::prompt

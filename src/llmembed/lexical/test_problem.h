// Texts, labels and golden numbers for the layer's tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/random.h"
#include "lexical/lexical_corpus.h"
#include "lexical/lexical_data.h"

namespace llmembed::lexical {

inline base::Json Golden() {
  auto json =
      base::ReadJsonFile(LLMEMBED_SOURCE_DIR "/src/llmembed/lexical/testdata/lexical_golden.json");
  EXPECT_TRUE(json.ok()) << json.status().message();
  return json.ok() ? *std::move(json) : base::Json();
}

// Owns what a LexicalData borrows.
struct TestProblem {
  std::vector<std::string> strings;
  std::vector<std::string_view> texts;
  std::vector<uint32_t> labels;
  std::vector<uint32_t> rows;
  uint32_t classes = 0;

  TestProblem(std::vector<std::string> its_texts, std::vector<uint32_t> its_labels,
              uint32_t its_classes)
      : strings(std::move(its_texts)), labels(std::move(its_labels)), classes(its_classes) {
    texts.assign(strings.begin(), strings.end());
    rows = Numbers(strings.size());
  }
  TestProblem(const TestProblem&) = delete;
  TestProblem& operator=(const TestProblem&) = delete;

  LexicalData data() const { return {texts, labels, classes, rows}; }
};

// Texts of random words, of which some are more frequent in one class.
inline TestProblem RandomProblem(uint32_t rows, uint32_t classes) {
  base::Random random(7);
  std::vector<std::string> texts;
  std::vector<uint32_t> labels;
  for (uint32_t row = 0; row < rows; ++row) {
    labels.push_back(random.Below(classes));
    std::string text;
    for (int i = 0; i < 12; ++i) {
      const uint32_t word =
          i % 3 == 0 ? 100 * (labels.back() + 1) + random.Below(30) : random.Below(90);
      text += "word" + std::to_string(word) + " ";
    }
    texts.push_back(text);
  }
  return {std::move(texts), std::move(labels), classes};
}

}  // namespace llmembed::lexical

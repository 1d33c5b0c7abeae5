#include "prompt/label_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::prompt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kLabels = {"0", "card_lost", "card lost"};

TEST(LabelWordsTest, NamesOrWhatIsGiven) {
  const auto words = LabelWords(kLabels, std::vector<LabelWording>{{"card lost", "gone"}});
  ASSERT_TRUE(words.ok()) << words.status().message();
  EXPECT_THAT(*words, ElementsAre("0", "card lost", "gone"));
}

TEST(LabelWordsTest, WhatIsWrongIsNamed) {
  const auto expect_refused = [](const std::vector<LabelWording>& given, const char* words) {
    const Status status = LabelWords(kLabels, given).status();
    EXPECT_EQ(status.code(), StatusCode::kUsage);
    EXPECT_THAT(status.message(), HasSubstr(words));
  };
  expect_refused({}, "have the same words");
  expect_refused({{"1", "one"}}, "\"1\", which is no label");
  expect_refused({{"0", "zero"}, {"0", "nought"}}, "twice");
  expect_refused({{"0", " "}}, "\"0\" has no words");
  expect_refused({{"0", "card lost"}}, "have the same words");
}

}  // namespace
}  // namespace llmembed::prompt

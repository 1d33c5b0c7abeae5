#include "prompt/prompt_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::prompt {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kWords = {"bad", "very good"};

TEST(PromptTemplateTest, DemonstrationsAndTheTextHaveOneForm) {
  const auto made =
      PromptTemplate::Parse(R"(One of {labels}:\n{examples}Text: {text}\nIs: {label}\n\n)");
  ASSERT_TRUE(made.ok()) << made.status().message();
  const std::vector<Demonstration> shown = {{"fine {text}", "very good"}, {"dull", "bad"}};
  EXPECT_EQ(made->Opening(kWords, shown),
            "One of bad, very good:\nText: fine {text}\nIs: very good\n\nText: dull\nIs: bad\n\n"
            "Text: ");
  EXPECT_EQ(made->Opening(kWords, {}), "One of bad, very good:\nText: ");
  EXPECT_EQ(made->Head(kWords), "One of bad, very good:\n");
  EXPECT_EQ(made->closing(), "\nIs:");
  EXPECT_EQ(made->Continuation("bad"), " bad");
}

TEST(PromptTemplateTest, WithoutExamplesThereIsNoHead) {
  const auto made = PromptTemplate::Parse("{text} => {label}");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->Opening(kWords, {}), "");
  EXPECT_EQ(made->closing(), " =>");
  const auto tight = PromptTemplate::Parse("{text}{label}");
  ASSERT_TRUE(tight.ok());
  EXPECT_EQ(tight->closing(), "");
  EXPECT_EQ(tight->Continuation("bad"), "bad");
}

TEST(PromptTemplateTest, EscapesAndOtherBracesAreRead) {
  const auto made = PromptTemplate::Parse(R"(a\tb\\n\q{}{other}{text}{label}\)");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->Opening(kWords, {}), "a\tb\\n\\q{}{other}");
}

TEST(PromptTemplateTest, WhatIsWrongIsNamed) {
  const auto expect_refused = [](const char* text, const char* words) {
    const Status status = PromptTemplate::Parse(text).status();
    EXPECT_EQ(status.code(), StatusCode::kUsage) << text;
    EXPECT_THAT(status.message(), HasSubstr(words));
  };
  expect_refused("", "no {text}");
  expect_refused("{text}", "no {label}");
  expect_refused("{label}", "no {text}");
  expect_refused("{label} {text}", "{label} before {text}");
  expect_refused("{text} {text} {label}", "{text} twice");
  expect_refused("{text} {label} {label}", "{label} twice");
  expect_refused("{text} {label} {labels}", "{labels} behind its head");
  expect_refused("{text}{examples}{text}{label}", "{text} in its head");
  expect_refused("{examples}{examples}{text}{label}", "{examples} behind its head");
}

}  // namespace
}  // namespace llmembed::prompt

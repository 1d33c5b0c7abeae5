#include "prompt/prompt_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tiny_bert.h"

namespace llmembed::prompt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PromptEncoderTest : public testing::Test {
 protected:
  // "[CLS]" stands before every text and "[SEP]" behind it.
  void SetUp() override {
    auto loaded = text::LoadTokenizer(test::TinyBertFolder());
    ASSERT_TRUE(loaded.ok()) << loaded.status().message();
    tokenizer_ = *std::move(loaded);
  }

  std::vector<int32_t> Ids(const std::string& text) {
    text::Encoding encoding;
    EXPECT_TRUE(tokenizer_->Encode(text, 0, &encoding).ok());
    return {encoding.ids.begin() + 1, encoding.ids.end() - 1};
  }

  // "[CLS]" and the words.
  std::vector<int32_t> Open(const std::string& text) {
    std::vector<int32_t> ids = Ids(text);
    text::Encoding empty;
    EXPECT_TRUE(tokenizer_->Encode("", 0, &empty).ok());
    ids.insert(ids.begin(), empty.ids[0]);
    return ids;
  }

  Result<PromptEncoder> Create(const char* form, const std::vector<std::string>& words,
                               size_t max_tokens) {
    return PromptEncoder::Create(*tokenizer_, *PromptTemplate::Parse(form), words, max_tokens);
  }

  std::unique_ptr<text::Tokenizer> tokenizer_;
  text::Encoding scratch_;
};

TEST_F(PromptEncoderTest, PromptsEndOpenAndLabelsFollow) {
  const auto encoder = Create("{text} is {label}", {"great", "very sad"}, 64);
  ASSERT_TRUE(encoder.ok()) << encoder.status().message();
  EXPECT_THAT(encoder->labels(), ElementsAre(Ids("great"), Ids("very sad")));
  const auto prompt = encoder->Encode("the film ", "a grim film", &scratch_);
  ASSERT_TRUE(prompt.ok());
  EXPECT_EQ(prompt->ids, Open("the film a grim film is"));
  EXPECT_FALSE(prompt->is_cut);
  EXPECT_EQ(*encoder->EncodeOpening("the film "), Open("the film"));
}

TEST_F(PromptEncoderTest, EndsOfTextsAreCutNotWhatStandsAroundThem) {
  // "[CLS] film ... it is", and one more token of the longer label.
  const auto encoder = Create("{text} it is {label}", {"great", "very sad"}, 8);
  ASSERT_TRUE(encoder.ok());
  const auto whole = encoder->Encode("film ", "not so late", &scratch_);
  EXPECT_EQ(whole->ids, Open("film not so late it is"));
  EXPECT_FALSE(whole->is_cut);
  const auto cut = encoder->Encode("film ", "not so late and dull and awful", &scratch_);
  EXPECT_EQ(cut->ids, Open("film not so late it is"));
  EXPECT_TRUE(cut->is_cut);
}

TEST_F(PromptEncoderTest, OpeningsThatLeaveNoRoomAreRefused) {
  const auto encoder = Create("{text} it is {label}", {"great"}, 6);
  ASSERT_TRUE(encoder.ok());
  EXPECT_TRUE(encoder->Encode("the film ", "dull late", &scratch_).ok());
  const Status status = encoder->Encode("the film the film ", "dull", &scratch_).status();
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("no room for a text"));
  EXPECT_THAT(Create("{text} it is {label}", {"great"}, 3).status().message(),
              HasSubstr("leave no room"));
}

TEST_F(PromptEncoderTest, LabelsWithoutTokensOfTheirOwnAreRefused) {
  const Status status = Create("{text} is {label}", {"great", "\t"}, 64).status();
  EXPECT_EQ(status.code(), StatusCode::kUsage);
  EXPECT_THAT(status.message(), HasSubstr("no tokens of their own"));
  // Behind "fil" the word "m" would be part of another token.
  EXPECT_EQ(Create("{text} fil{label}", {"m"}, 64).status().code(), StatusCode::kUsage);
}

}  // namespace
}  // namespace llmembed::prompt

#include "text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/json.h"
#include "base/utf8.h"
#include "text/loading/loaders.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {
namespace {

using testing::ElementsAre;

class TokenizerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto tokenizer = LoadTokenizer(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata");
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    tokenizer_ = *std::move(tokenizer);
  }

  Encoding Encode(std::string_view text, uint32_t max_tokens = 0) {
    Encoding encoding;
    encoding.ids = {7};
    const Status status = tokenizer_->Encode(text, max_tokens, &encoding);
    EXPECT_TRUE(status.ok()) << status.message();
    return encoding;
  }

  std::unique_ptr<Tokenizer> tokenizer_;
};

TEST_F(TokenizerTest, NeitherPadsNorCutsByItself) {  // the file asks for 16 and 8
  EXPECT_THAT(Encode("").ids, ElementsAre(2, 3));
  EXPECT_EQ(Encode("a a a a a a a a a a a a a a a a a a a a").ids.size(), 22U);
  EXPECT_EQ(tokenizer_->vocabulary_size(), 183U);
}

TEST_F(TokenizerTest, ReportsTheLengthBeforeTheCut) {
  const Encoding cut = Encode("a b c d e", 4);
  EXPECT_EQ(cut.ids.size(), 4U);
  EXPECT_EQ(cut.ids.back(), 3);
  EXPECT_EQ(cut.total_tokens, 7U);
  EXPECT_EQ(Encode("a b c d e", 7).ids, Encode("a b c d e").ids);
}

TEST_F(TokenizerTest, ACutNeedsRoomForTheSpecialTokens) {
  Encoding encoding;
  EXPECT_EQ(tokenizer_->Encode("a", 1, &encoding).code(), StatusCode::kUsage);
  EXPECT_TRUE(tokenizer_->Encode("a", 2, &encoding).ok());
  EXPECT_THAT(encoding.ids, ElementsAre(2, 3));
}

TEST_F(TokenizerTest, IllFormedTextReadsAsReplaced) {
  const std::string ill_formed = "the\xff quick\xe2\x82 \xed\xa0\x80z [CLS]\xf0\x9f";
  EXPECT_EQ(Encode(ill_formed).ids, Encode(base::ReplaceInvalidUtf8(ill_formed)).ids);
  EXPECT_EQ(Encode("the\xffm").ids, Encode("them").ids);  // U+FFFD is cleaned away
}

TEST_F(TokenizerTest, HostileTextsTakeLinearTime) {
  const size_t size = 4 << 20;
  const std::string accents_kept = [] {
    std::string marks;
    while (marks.size() < (4 << 20)) marks += "\u302f\u302e\U0001d165\U0001d16d";
    return marks;
  }();
  EXPECT_EQ(Encode(std::string(size, 'a')).total_tokens, 3U);
  EXPECT_EQ(Encode(std::string(size, '[')).total_tokens, size + 2);
  EXPECT_EQ(Encode(std::string(size, ' ')).total_tokens, 2U);
  EXPECT_EQ(Encode(std::string(size, '\0')).total_tokens, 2U);
  EXPECT_EQ(Encode(accents_kept).total_tokens, 3U);
}

TEST_F(TokenizerTest, RefusesATextThatIsTooLong) {
  Encoding encoding;
  const std::string text(PipelineTokenizer::kMaxTextBytes + 1, ' ');
  EXPECT_EQ(tokenizer_->Encode(text, 0, &encoding).code(), StatusCode::kBadData);
}

// A normalizer that makes texts longer lowers the limit; one that makes them endless is refused.
TEST_F(TokenizerTest, BoundsWhatANormalizerMakesOfAText) {
  const auto tokenizer_with = [](size_t steps) {
    auto json =
        base::ReadJsonFile(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/tokenizer.json");
    base::Json replace = {
        {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", std::string(30, 'a')}};
    (*json)["normalizer"] = {{"type", "Sequence"},
                             {"normalizers", std::vector<base::Json>(steps, replace)}};
    return ReadTokenizerJson(*json, "FILE");
  };
  const auto once = tokenizer_with(1);
  ASSERT_TRUE(once.ok()) << once.status().message();
  Encoding encoding;
  EXPECT_TRUE((*once)->Encode("a a", 0, &encoding).ok());
  const std::string text(PipelineTokenizer::kMaxNormalizedBytes / 30 + 1, ' ');
  EXPECT_EQ((*once)->Encode(text, 0, &encoding).code(), StatusCode::kBadData);
  EXPECT_EQ(tokenizer_with(3).status().code(), StatusCode::kUnsupported);
  EXPECT_EQ(tokenizer_with(30).status().code(), StatusCode::kUnsupported);  // more than 2^64 times
}

TEST_F(TokenizerTest, ManyThreadsMayEncodeAtOnce) {
  const std::vector<int32_t> expected = Encode("The caf\u00e9 [MASK] untokenized").ids;
  std::vector<std::thread> threads;
  std::vector<int> failures(4, 0);
  for (int& failed : failures) {
    threads.emplace_back([this, &expected, &failed] {
      for (int i = 0; i < 200; ++i) {
        Encoding encoding;
        const Status status = tokenizer_->Encode("The caf\u00e9 [MASK] untokenized", 0, &encoding);
        failed += !status.ok() || encoding.ids != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(failures, ElementsAre(0, 0, 0, 0));
}

// A file cut short anywhere, or with any one byte changed, is refused or read; it never crashes.
TEST(TokenizerJsonBytesTest, SurvivesDamagedFiles) {
  const auto json =
      base::ReadJsonFile(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/tokenizer.json");
  ASSERT_TRUE(json.ok()) << json.status().message();
  const std::string whole = json->dump();
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(base::ParseJson(whole.substr(0, i), "cut").ok());
    for (const char byte : {'0', '"', '}', '\x01'}) {
      std::string changed = whole;
      changed[i] = byte;
      const auto parsed = base::ParseJson(changed, "changed");
      if (!parsed.ok()) continue;
      const auto tokenizer = ReadTokenizerJson(*parsed, "changed");
      if (!tokenizer.ok()) continue;
      Encoding encoding;
      EXPECT_TRUE((*tokenizer)->Encode("the fox \u00e9", 0, &encoding).ok());
    }
  }
}

}  // namespace
}  // namespace llmembed::text

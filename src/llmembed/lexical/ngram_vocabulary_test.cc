#include "lexical/ngram_vocabulary.h"

#include <gtest/gtest.h>

#include <string>

namespace llmembed::lexical {
namespace {

constexpr uint32_t kNone = NgramVocabulary::kNone;

std::string Spelling(const NgramVocabulary& vocabulary, uint32_t term) {
  std::string spelling;
  vocabulary.AppendSpelling(term, &spelling);
  return spelling;
}

TEST(NgramVocabularyTest, NumbersTermsAsTheyAreAdded) {
  NgramVocabulary vocabulary;
  const uint32_t good = vocabulary.AddWord("good");
  const uint32_t film = vocabulary.AddWord("film");
  EXPECT_EQ(vocabulary.AddWord("good"), good);
  EXPECT_EQ(vocabulary.AddTerm(kNone, good), 0U);
  EXPECT_EQ(vocabulary.AddTerm(kNone, film), 1U);
  EXPECT_EQ(vocabulary.AddTerm(0, film), 2U);
  EXPECT_EQ(vocabulary.AddTerm(0, film), 2U);
  EXPECT_EQ(vocabulary.size(), 3U);
  EXPECT_EQ(vocabulary.max_ngram(), 2U);
  EXPECT_EQ(Spelling(vocabulary, 2), "good film");
  EXPECT_EQ(vocabulary.FindTerm(0, film), 2U);
  EXPECT_EQ(vocabulary.FindTerm(1, good), kNone);
  EXPECT_EQ(vocabulary.FindWord("goo"), kNone);
  EXPECT_EQ(vocabulary.FindTerm(0, vocabulary.FindWord("unknown")), kNone);
}

TEST(NgramVocabularyTest, FindsEachOfManyWords) {
  NgramVocabulary vocabulary;
  for (int i = 0; i < 5000; ++i) {
    vocabulary.AddTerm(kNone, vocabulary.AddWord("word" + std::to_string(i)));
  }
  ASSERT_EQ(vocabulary.size(), 5000U);
  for (uint32_t i = 0; i < 5000; ++i) {
    EXPECT_EQ(vocabulary.FindTerm(kNone, vocabulary.FindWord("word" + std::to_string(i))), i);
  }
}

TEST(NgramVocabularyTest, KeepsTermsInTheirOrder) {
  NgramVocabulary vocabulary;
  for (const char* word : {"aa", "bb", "cc"}) {
    vocabulary.AddTerm(kNone, vocabulary.AddWord(word));
  }
  vocabulary.AddTerm(0, vocabulary.FindWord("cc"));
  const NgramVocabulary kept = vocabulary.Kept({true, false, true, true});
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(Spelling(kept, 0), "aa");
  EXPECT_EQ(Spelling(kept, 1), "cc");
  EXPECT_EQ(Spelling(kept, 2), "aa cc");
  EXPECT_EQ(kept.FindWord("bb"), kNone);
}

}  // namespace
}  // namespace llmembed::lexical

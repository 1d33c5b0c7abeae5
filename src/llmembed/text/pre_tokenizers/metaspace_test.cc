#include "text/pre_tokenizers/metaspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/loading/components.h"

namespace llmembed::text {
namespace {

using base::Json;
using Prepend = MetaspaceOptions::Prepend;
using testing::ElementsAre;

std::vector<std::string> Words(const Word& text, const MetaspaceOptions& options) {
  WordList words;
  Metaspace(options).Split(text, &words);
  std::vector<std::string> texts;
  for (const Word& word : words) texts.emplace_back(word.text);
  return texts;
}

MetaspaceOptions Options(Prepend prepend, bool split) { return {"_", prepend, split}; }

TEST(MetaspaceTest, EverySpaceStartsAWord) {
  EXPECT_THAT(Words({"a  bc d "}, Options(Prepend::kAlways, true)),
              ElementsAre("_a", "_", "_bc", "_d", "_"));
  EXPECT_THAT(Words({" a_b"}, Options(Prepend::kAlways, true)), ElementsAre("_a", "_b"));
  EXPECT_THAT(Words({"a\tb"}, Options(Prepend::kNever, true)), ElementsAre("a\tb"));
  EXPECT_THAT(Words({"a b"}, {}), ElementsAre("\u2581a", "\u2581b"));
  EXPECT_TRUE(Words({""}, {}).empty());
}

TEST(MetaspaceTest, MayLeaveOneWord) {
  EXPECT_THAT(Words({"a  b"}, Options(Prepend::kAlways, false)), ElementsAre("_a__b"));
  EXPECT_THAT(Words({"ab"}, Options(Prepend::kNever, false)), ElementsAre("ab"));
}

TEST(MetaspaceTest, FirstPrependsOnlyAtTheStartOfTheText) {
  const MetaspaceOptions first = Options(Prepend::kFirst, true);
  EXPECT_TRUE(Metaspace(first).DependsOnStart());
  EXPECT_THAT(Words({"a b", true}, first), ElementsAre("_a", "_b"));
  EXPECT_THAT(Words({"a b", false}, first), ElementsAre("a", "_b"));
  EXPECT_THAT(Words({"_a", true}, first), ElementsAre("_a"));
}

TEST(MetaspaceTest, InASequenceTheFirstWordOfTheTextIsKnown) {
  const Json steps = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "WhitespaceSplit"}},
        {{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "first"}}}}};
  const auto sequence = ReadPreTokenizer(&steps, "steps");
  ASSERT_TRUE(sequence.ok()) << sequence.status().message();
  EXPECT_TRUE((*sequence)->DependsOnStart());
  const auto words_of = [&sequence](const Word& text) {
    WordList words;
    (*sequence)->Split(text, &words);
    std::vector<std::string> texts;
    for (const Word& word : words) texts.emplace_back(word.text);
    return texts;
  };
  EXPECT_THAT(words_of({"a\u3000b c", true}), ElementsAre("_a", "b", "c"));
  EXPECT_THAT(words_of({" a b", true}), ElementsAre("a", "b"));
  EXPECT_TRUE(words_of({"", true}).empty());
}

StatusCode CodeOf(const Json& options) {
  const auto result = ReadPreTokenizer(&options, "options");
  return result.ok() ? StatusCode::kOk : result.status().code();
}

TEST(MetaspaceTest, ReadsWhatTheReferenceReads) {
  const Json valid = {{"type", "Metaspace"}, {"replacement", "\u2581"}};
  const auto with = [&valid](const Json& changes) {
    Json options = valid;
    options.update(changes);
    return options;
  };
  EXPECT_EQ(CodeOf(valid), StatusCode::kOk);
  EXPECT_EQ(CodeOf(with({{"add_prefix_space", true}, {"str_rep", "\u2581"}})), StatusCode::kOk);
  EXPECT_EQ(CodeOf(with({{"add_prefix_space", false}, {"prepend_scheme", "never"}})),
            StatusCode::kOk);
  for (const Json& changes :
       {Json{{"replacement", ""}}, Json{{"replacement", "__"}}, Json{{"prepend_scheme", "last"}},
        Json{{"split", 1}}, Json{{"add_prefix_space", false}}}) {
    EXPECT_EQ(CodeOf(with(changes)), StatusCode::kCorrupt) << changes;
  }
  EXPECT_EQ(CodeOf(with({{"surprise", 1}})), StatusCode::kUnsupported);
  EXPECT_EQ(CodeOf({{"type", "Sequence"}, {"pretokenizers", {nullptr}}}), StatusCode::kCorrupt);
  EXPECT_EQ(CodeOf({{"type", "Sequence"}, {"pretokenizers", {{{"type", "Nothing"}}}}}),
            StatusCode::kUnsupported);
}

}  // namespace
}  // namespace llmembed::text

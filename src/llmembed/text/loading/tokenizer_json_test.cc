#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

using base::Json;
using testing::ElementsAre;
using testing::HasSubstr;

Json ValidTokenizer() {
  auto json = base::ReadJsonFile(LLMEMBED_SOURCE_DIR "/src/llmembed/text/testdata/tokenizer.json");
  EXPECT_TRUE(json.ok()) << json.status().message();
  return json.ok() ? *json : Json();
}

// By way of its text: a number written here and one read from a file are of different kinds.
Result<std::unique_ptr<Tokenizer>> Read(const Json& tokenizer) {
  LLMEMBED_ASSIGN_OR_RETURN(const Json parsed, base::ParseJson(tokenizer.dump(), "FILE"));
  return ReadTokenizerJson(parsed, "FILE");
}

const Json kErased = "(erased)";

// What is set (or erased) where, and how that is refused.
struct Defect {
  std::string pointer;
  Json value;
  StatusCode code;
  std::string message;
};

void ExpectRefused(const Defect& defect) {
  SCOPED_TRACE(defect.pointer + " = " + defect.value.dump());
  Json tokenizer = ValidTokenizer();
  const Json::json_pointer pointer(defect.pointer);
  if (defect.value == kErased) {
    tokenizer.at(pointer.parent_pointer()).erase(pointer.back());
  } else {
    tokenizer[pointer] = defect.value;
  }
  const auto result = Read(tokenizer);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), defect.code) << result.status().message();
  EXPECT_THAT(result.status().message(), HasSubstr(defect.message));
  EXPECT_THAT(result.status().message(), HasSubstr("FILE"));
}

TEST(TokenizerJsonTest, RefusesWhatIsNotSupportedByName) {
  const StatusCode unsupported = StatusCode::kUnsupported;
  const std::vector<Defect> defects = {
      {"/version", "2.0", unsupported, "\"2.0\""},
      {"/normalizer/type", "Odd", unsupported, "\"Odd\""},
      {"/pre_tokenizer/type", "UnicodeScripts", unsupported, "\"UnicodeScripts\""},
      {"/post_processor/type", "Nothing", unsupported, "\"Nothing\""},
      {"/model/type", "WordLevel", unsupported, "\"WordLevel\""},
      {"/surprise", 1, unsupported, "\"surprise\""},
      {"/normalizer/surprise", 1, unsupported, "\"surprise\""},
      {"/pre_tokenizer/surprise", 1, unsupported, "\"surprise\""},
      {"/post_processor/surprise", 1, unsupported, "\"surprise\""},
      {"/model/surprise", 1, unsupported, "\"surprise\""},
      {"/added_tokens/0/surprise", 1, unsupported, "\"surprise\""},
      {"/post_processor/single/0", {{"Sequence", {{"id", "A"}}}}, unsupported, "more than one"},
      {"/post_processor/single/1/Sequence/id", "B", unsupported, "more than one"},
  };
  for (const Defect& defect : defects) ExpectRefused(defect);
}

TEST(TokenizerJsonTest, RefusesDamage) {
  const StatusCode corrupt = StatusCode::kCorrupt;
  const std::vector<Defect> defects = {
      {"/version", 1, corrupt, "version"},
      {"/added_tokens", 1, corrupt, "expected an array"},
      {"/added_tokens/0", "x", corrupt, "added_tokens[0]"},
      {"/added_tokens/0/id", -1, corrupt, "a whole number"},
      {"/added_tokens/0/content", "[CLS]", corrupt, "stands twice"},
      {"/added_tokens/0/lstrip", kErased, corrupt, "lstrip"},
      {"/normalizer", "BertNormalizer", corrupt, "normalizer"},
      {"/normalizer/type", kErased, corrupt, "type"},
      {"/normalizer/lowercase", kErased, corrupt, "lowercase"},
      {"/normalizer/strip_accents", 1, corrupt, "strip_accents"},
      {"/model", kErased, corrupt, "model"},
      {"/model", nullptr, corrupt, "model"},
      {"/model/unk_token", "[NONE]", corrupt, "[NONE]"},
      {"/model/unk_token", kErased, corrupt, "unk_token"},
      {"/model/max_input_chars_per_word", -1, corrupt, "max_input_chars_per_word"},
      {"/model/vocab", Json::array(), corrupt, "vocab"},
      {"/model/vocab", Json::object(), corrupt, "0 pieces"},
      {"/model/vocab/the", 5.5, corrupt, "vocab"},
      {"/model/vocab/the", -1, corrupt, "vocab"},
      {"/model/vocab/the", 1, corrupt, "two pieces"},
      {"/model/vocab/the", 1 << 24, corrupt, "expected one from 0"},
      {"/model/vocab/the", UINT64_MAX, corrupt, "expected one from 0"},
      {"/post_processor/single", "$A", corrupt, "single"},
      {"/post_processor/single/0", {{"Nothing", 1}}, corrupt, "SpecialToken"},
      {"/post_processor/single/0/SpecialToken/id", "[X]", corrupt, "[X]"},
      {"/post_processor/special_tokens/[CLS]/ids", {183}, corrupt, "the id 183"},
      {"/post_processor/special_tokens/[CLS]/ids", {1ULL << 31U}, corrupt, "below 2^31"},
      {"/post_processor/special_tokens/[CLS]/ids", 2, corrupt, "ids"},
  };
  for (const Defect& defect : defects) ExpectRefused(defect);
}

TEST(TokenizerJsonTest, RefusesATemplateWithoutTheText) {
  Json tokenizer = ValidTokenizer();
  tokenizer["post_processor"]["single"].erase(1);
  const auto result = Read(tokenizer);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kUnsupported);
  EXPECT_THAT(result.status().message(), HasSubstr("without the text"));
}

TEST(TokenizerJsonTest, ReadsBertProcessingAndRefusesWhatIsNotOne) {
  Json tokenizer = ValidTokenizer();
  tokenizer["post_processor"] = {
      {"type", "BertProcessing"}, {"cls", {"[CLS]", 2}}, {"sep", {"[SEP]", 3}}};
  EXPECT_TRUE(Read(tokenizer).ok());
  tokenizer["post_processor"]["cls"] = {"[CLS]"};
  EXPECT_EQ(Read(tokenizer).status().code(), StatusCode::kCorrupt);
  tokenizer["post_processor"]["cls"] = {"[CLS]", 9999};
  EXPECT_EQ(Read(tokenizer).status().code(), StatusCode::kCorrupt);
}

TEST(TokenizerJsonTest, KnowsAWordPieceModelWithoutItsType) {
  Json tokenizer = ValidTokenizer();
  tokenizer["model"].erase("type");
  EXPECT_TRUE(Read(tokenizer).ok());
  tokenizer["model"]["merges"] = Json::array();  // a BPE, with a field that none has
  EXPECT_THAT(Read(tokenizer).status().message(), HasSubstr("\"max_input_chars_per_word\""));
}

TEST(TokenizerJsonTest, SpecialTokensMayHaveSeveralIdsAndStandAnywhere) {
  Json tokenizer = ValidTokenizer();
  tokenizer["post_processor"]["special_tokens"]["[SEP]"]["ids"] = {3, 4};
  auto& single = tokenizer["post_processor"]["single"];
  single.push_back(single[0]);
  const auto result = Read(tokenizer);
  ASSERT_TRUE(result.ok()) << result.status().message();
  Encoding encoding;
  ASSERT_TRUE((*result)->Encode("the", 0, &encoding).ok());
  const int32_t the = tokenizer["model"]["vocab"]["the"].get<int32_t>();
  EXPECT_THAT(encoding.ids, ElementsAre(2, the, 3, 4, 2));
}

}  // namespace
}  // namespace llmembed::text

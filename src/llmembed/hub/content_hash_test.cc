#include "hub/content_hash.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace llmembed::hub {
namespace {

constexpr const char* kEmptySha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kHelloBlob = "ce013625030ba8dba906f756967f9e9ca394464a";  // git hash-object

TEST(ContentHash, ReadsEtags) {
  const std::string sha256 = kEmptySha256;
  for (const std::string& etag : {sha256, "\"" + sha256 + "\"", "W/\"" + sha256 + "\""}) {
    const auto hash = ParseEtag(etag);
    ASSERT_TRUE(hash.has_value()) << etag;
    EXPECT_EQ(hash->kind, ContentHash::Kind::kSha256);
    EXPECT_EQ(hash->hex, sha256);
  }
  const auto git = ParseEtag(kHelloBlob);
  ASSERT_TRUE(git.has_value());
  EXPECT_EQ(git->kind, ContentHash::Kind::kGitBlobSha1);
  for (const std::string& etag :
       {std::string(), std::string("\""), std::string("\"\""), sha256 + "0", sha256.substr(1),
        std::string(64, 'g'), std::string(64, 'A'), std::string("../../x")}) {
    EXPECT_FALSE(ParseEtag(etag).has_value()) << etag;
  }
}

TEST(ContentHash, ChecksFiles) {
  const test::TemporaryFolder folder;
  test::WriteTestFile(folder / "hello", "hello\n");
  test::WriteTestFile(folder / "empty", "");
  EXPECT_TRUE(CheckFile(folder / "hello", 6, *ParseEtag(kHelloBlob)).ok());
  EXPECT_TRUE(CheckFile(folder / "empty", 0, *ParseEtag(kEmptySha256)).ok());
  EXPECT_EQ(CheckFile(folder / "hello", 7, *ParseEtag(kHelloBlob)).code(), StatusCode::kCorrupt);
  EXPECT_EQ(CheckFile(folder / "hello", 6, *ParseEtag(kEmptySha256)).code(), StatusCode::kCorrupt);
  EXPECT_EQ(CheckFile(folder / "none", 6, *ParseEtag(kHelloBlob)).code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace llmembed::hub

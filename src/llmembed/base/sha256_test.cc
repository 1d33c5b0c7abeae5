#include "base/sha256.h"

#include <gtest/gtest.h>

#include "base/file_digest.h"
#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

// FIPS 180-2, appendix B.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256Test, KnownDigests) {
  EXPECT_EQ(Hex(Sha256Of("abc")), kAbc);
  EXPECT_EQ(Hex(Sha256Of("")), kEmpty);
  Sha256 hash;
  for (int i = 0; i < 1000; ++i) hash.Update(std::string(1000, 'a'));
  EXPECT_EQ(Hex(hash.Finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  hash.Reset();
  hash.Update("a");
  hash.Update("bc");
  EXPECT_EQ(Hex(hash.Finish()), kAbc);
}

TEST(Sha256Test, Files) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(*Sha256HexOfFile(folder.Write("abc", "abc")), kAbc);
  EXPECT_EQ(*Sha256HexOfFile(folder.Write("empty", "")), kEmpty);
  EXPECT_EQ(Sha256HexOfFile(folder / "none").status().code(), StatusCode::kNotFound);
}

TEST(FileDigestTest, IsRememberedUntilTheFileChanges) {
  const test::TemporaryFolder folder;
  const std::string memory = folder / "digests.json";
  const std::string file = folder.Write("file", "abc");
  EXPECT_EQ(*FileDigest(file, memory, false), kAbc);
  // Proof that the memory is asked: it is made to lie.
  std::string remembered = test::ReadTestFile(memory);
  remembered.replace(remembered.find(kAbc), 4, "beef");
  test::WriteTestFile(memory, remembered);
  EXPECT_EQ(FileDigest(file, memory, false)->substr(0, 4), "beef");
  EXPECT_EQ(*FileDigest(file, memory, true), kAbc);
  folder.Write("file", "");
  EXPECT_EQ(*FileDigest(file, memory, false), kEmpty);
}

TEST(FileDigestTest, DamagedOrUnwritableMemoryOnlyCostsTime) {
  const test::TemporaryFolder folder;
  const std::string file = folder.Write("file", "abc");
  for (const char* damaged : {"", "{", "[1]", R"({"x": 3})"}) {
    EXPECT_EQ(*FileDigest(file, folder.Write("digests.json", damaged), false), kAbc);
  }
  EXPECT_EQ(*FileDigest(file, folder / "no/such/folder/digests.json", false), kAbc);
}

}  // namespace
}  // namespace llmembed::base

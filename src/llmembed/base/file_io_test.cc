#include "base/file_io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

class AtomicFileTest : public testing::Test {
 protected:
  size_t Entries() const {
    const fs::directory_iterator entries(folder_.path());
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
  }
  test::TemporaryFolder folder_;
  std::string path_ = folder_ / "file";
};

TEST_F(AtomicFileTest, AppearsWhenItIsWhole) {
  folder_.Write("file", "old");
  auto file = AtomicFile::Create(path_);
  ASSERT_TRUE(file.ok());
  std::string expected;
  for (int i = 0; i < 3000; ++i) {  // more than the buffer holds
    const std::string part(1 + static_cast<size_t>(i) * 7 % 900, static_cast<char>('a' + i % 26));
    expected += part;
    ASSERT_TRUE(file->Write(part).ok());
  }
  EXPECT_EQ(file->size(), expected.size());
  EXPECT_EQ(test::ReadTestFile(path_), "old");
  ASSERT_TRUE(file->WriteAt(2, BytesOf("XYZ")).ok());
  expected.replace(2, 3, "XYZ");
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(test::ReadTestFile(path_), expected);
  EXPECT_EQ(Entries(), 1U);
}

TEST_F(AtomicFileTest, WithoutCommitNothingHappened) {
  folder_.Write("file", "old");
  {
    auto file = AtomicFile::Create(path_);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file->Write(std::string(1 << 20, 'x')).ok());
    EXPECT_EQ(Entries(), 2U);
  }
  EXPECT_EQ(test::ReadTestFile(path_), "old");
  EXPECT_EQ(Entries(), 1U);
}

TEST_F(AtomicFileTest, AppendsOtherFiles) {
  const std::string part = folder_.Write("part", std::string(300'000, 'p'));
  auto file = AtomicFile::Create(path_);
  ASSERT_TRUE(file->Write("head ").ok());
  ASSERT_TRUE(file->AppendFile(part).ok());
  ASSERT_TRUE(file->Commit().ok());
  EXPECT_EQ(test::ReadTestFile(path_), "head " + std::string(300'000, 'p'));
}

TEST_F(AtomicFileTest, FilesHaveOrdinaryModes) {
  const mode_t before = ::umask(027);
  ASSERT_TRUE(WriteFileAtomically(path_, "x").ok());
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0640U);
}

TEST_F(AtomicFileTest, AFolderThatIsNotThere) {
  EXPECT_EQ(WriteFileAtomically(folder_ / "no/file", "x").code(), StatusCode::kNotFound);
}

TEST(ReadSmallFileTest, IsBounded) {
  const test::TemporaryFolder folder;
  const std::string path = folder.Write("file", "12345");
  EXPECT_EQ(*ReadSmallFile(path, 5), "12345");
  EXPECT_EQ(ReadSmallFile(path, 4).status().code(), StatusCode::kBadData);
  EXPECT_EQ(ReadSmallFile("/dev/zero", 1000).status().code(), StatusCode::kBadData);
  EXPECT_EQ(ReadSmallFile(folder / "none", 4).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReadSmallFile(folder.path(), 4).status().code(), StatusCode::kIo);
}

TEST(MakeFoldersTest, MakesParentsAndRefusesFiles) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(MakeFolders(folder / "a/b/c", /*is_private=*/true).ok());
  EXPECT_TRUE(MakeFolders(folder / "a/b/c").ok());
  struct stat info {};
  ASSERT_EQ(::stat((folder / "a/b").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  folder.Write("file", "");
  EXPECT_FALSE(MakeFolders(folder / "file").ok());
  EXPECT_FALSE(MakeFolders(folder / "file/below").ok());
}

}  // namespace
}  // namespace llmembed::base

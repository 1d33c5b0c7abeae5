#include "gguf/gguf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "gguf/find_gguf.h"
#include "support/gguf_builder.h"
#include "support/temporary_folder.h"

namespace llmembed::gguf {
namespace {

using test::GgufBuilder;
using test::TemporaryFolder;

TEST(GgufFileTest, OpensAndOutlivesNothingItPointsTo) {
  const TemporaryFolder folder;
  const std::string bytes =
      GgufBuilder().String("name", "small").Tensor("t", {2}, 0, "12345678").Build();
  const std::string path = folder.Write("m.gguf", bytes);
  const auto file = GgufFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ((*file)->path(), path);
  EXPECT_EQ((*file)->version(), 3U);
  EXPECT_EQ((*file)->size(), bytes.size());
  EXPECT_EQ(*(*file)->metadata().String("name"), "small");
  ASSERT_EQ((*file)->tensors().size(), 1U);
  EXPECT_EQ((*file)->tensors()[0].bytes.back(), std::byte{'8'});
}

TEST(GgufFileTest, ErrorsNameTheFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(GgufFile::Open(folder / "none.gguf").status().code(), StatusCode::kNotFound);
  const auto bad = GgufFile::Open(folder.Write("bad.gguf", "GGUF"));
  EXPECT_EQ(bad.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(bad.status().message(), testing::StartsWith(folder / "bad.gguf: at byte 4"));
  EXPECT_FALSE(GgufFile::Open(folder.Write("empty.gguf", "")).ok());
  EXPECT_EQ(GgufFile::Open(folder.path()).status().code(), StatusCode::kIo);
}

TEST(FindGgufTest, AFileByItsNameOrItsMagic) {
  const TemporaryFolder folder;
  const std::string named = folder.Write("m.gguf", "");
  const std::string blob = folder.Write("0123abcd", "GGUF and more");
  EXPECT_EQ(FindGguf(named), named);
  EXPECT_EQ(FindGguf(blob), blob);
  EXPECT_FALSE(FindGguf(folder.Write("other", "GGU")).has_value());
  EXPECT_FALSE(FindGguf(folder / "missing.gguf").has_value());
}

TEST(FindGgufTest, TheOneGgufOfAFolderWithoutAConfiguration) {
  const TemporaryFolder folder;
  EXPECT_FALSE(FindGguf(folder.path()).has_value());
  folder.Write("readme.md", "");
  std::filesystem::create_directory(folder / "folder.gguf");
  const std::string only = folder.Write("m.gguf", "");
  EXPECT_EQ(FindGguf(folder.path()), only);
  const std::string other = folder.Write("b.gguf", "");
  EXPECT_FALSE(FindGguf(folder.path()).has_value());
  EXPECT_THAT(GgufFilesIn(folder.path()), testing::ElementsAre(other, only));
  std::filesystem::remove(other);
  folder.Write("config.json", "{}");
  EXPECT_FALSE(FindGguf(folder.path()).has_value());
}

}  // namespace
}  // namespace llmembed::gguf

#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/temporary_folder.h"

namespace llmembed::base {
namespace {

TEST(MappedFileTest, DroppedPagesAreReadAgain) {
  const test::TemporaryFolder folder;
  std::string contents(5 * 4096 + 17, 'a');
  for (size_t i = 0; i < contents.size(); ++i) contents[i] = static_cast<char>('a' + i % 26);
  const auto file = MappedFile::Open(folder.Write("file", contents));
  ASSERT_TRUE(file.ok());
  const auto same = [&] {
    const auto* text = reinterpret_cast<const char*>(file->bytes().data());
    return std::equal(contents.begin(), contents.end(), text);
  };
  ASSERT_TRUE(same());
  DropPages(file->bytes());
  EXPECT_TRUE(same());
  DropPages(file->bytes().subspan(5, 3));  // no whole page
  DropPages({});
  EXPECT_TRUE(same());
}

}  // namespace
}  // namespace llmembed::base

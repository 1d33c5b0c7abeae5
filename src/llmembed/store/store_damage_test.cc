// Files of the store that were cut, altered, exchanged or removed: rows get lost, never wrong.
#include "base/random.h"
#include "store/maintenance.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

constexpr uint64_t kRows = 300;

class StoreDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.segment_bytes = 10'000;
    StoreRows(folder_.path(), 0, kRows, options);
    for (const std::string& file : FilesUnder(folder_.path())) {
      files_.emplace_back(file, ReadWholeFile(file));
    }
  }

  void Restore() {
    for (const std::string& file : FilesUnder(folder_.path())) std::filesystem::remove(file);
    for (const auto& [file, contents] : files_) WriteWholeFile(file, contents);
  }

  // In a child, because damage to an index that is believed ends the process. Opens, reads, stores
  // what is missing, reads again. Returns the child's exit code: 0 all well, 10 refused.
  int UseStore() {
    return RunInChild([this] {
      auto store = EmbeddingStore::Open(folder_.path());
      if (!store.ok()) return 10;
      if (!(*store)->OpenSpace(kTestDescription, kTestDimension).ok()) return 1;
      const ReadCount count = ReadRows(store->get(), 0, kRows + 50);
      if (!count.status.ok()) return 2;
      if (count.wrong != 0) return 3;
      for (uint64_t i = 0; i < kRows; ++i) {
        if (count.is_found[i] == 0 && !AppendRows(store->get(), i, i + 1).ok()) return 4;
      }
      if (!(*store)->Flush().ok()) return 5;
      const ReadCount again = ReadRows(store->get(), 0, kRows + 50);
      if (again.wrong != 0) return 6;
      if (again.found != kRows) return 7;
      if (!(*store)->Close().ok()) return 8;
      return Verify(folder_.path()).ok() && ReadStats(folder_.path(), 0).ok() ? 0 : 9;
    });
  }

  TemporaryFolder folder_;
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(StoreDamageTest, FlippedBitsOfAnyFile) {
  base::Random random(23);
  for (const auto& [file, contents] : files_) {
    if (contents.empty()) continue;
    const bool is_format = file.ends_with("/FORMAT");
    for (int i = 0; i < 40; ++i) {
      Restore();
      std::string damaged = contents;
      // The first hundred bytes of a file are the most delicate.
      const size_t reach = i % 2 == 0 ? std::min<size_t>(100, damaged.size()) : damaged.size();
      const uint32_t place = random.Below(static_cast<uint32_t>(reach));
      damaged[place] = static_cast<char>(damaged[place] ^ (1 << random.Below(8)));
      WriteWholeFile(file, damaged);
      const int code = UseStore();
      EXPECT_TRUE(code == 0 || (code == 10 && is_format))
          << file << " byte " << place << ": " << code;
    }
  }
}

TEST_F(StoreDamageTest, AnyFileTruncated) {
  base::Random random(29);
  for (const auto& [file, contents] : files_) {
    const bool is_format = file.ends_with("/FORMAT");
    const auto size = static_cast<uint32_t>(contents.size());
    for (uint32_t length : {0U, 1U, 63U, 64U, 65U, 88U, 4095U, 4096U, size / 2, size - 1,
                            random.Below(size + 1), random.Below(size + 1)}) {
      if (length >= size) continue;
      Restore();
      WriteWholeFile(file, contents.substr(0, length));
      const int code = UseStore();
      EXPECT_TRUE(code == 0 || (code == 10 && is_format))
          << file << " cut to " << length << ": " << code;
    }
  }
}

TEST_F(StoreDamageTest, AnyFileRemovedOrFilledWithNoise) {
  base::Random random(31);
  for (const auto& [file, contents] : files_) {
    Restore();
    std::filesystem::remove(file);
    EXPECT_EQ(UseStore(), 0) << file << " removed";
    if (file.ends_with("/FORMAT")) continue;
    std::string noise = contents;
    for (char& byte : noise) byte = static_cast<char>(random.Next());
    Restore();
    WriteWholeFile(file, noise);
    EXPECT_EQ(UseStore(), 0) << file << " filled with noise";
  }
}

TEST_F(StoreDamageTest, SegmentsExchangedUnderACleanIndex) {
  const std::vector<std::string> segments = SegmentPaths(folder_.path());
  ASSERT_GE(segments.size(), 2);
  const std::string first = ReadWholeFile(segments[0]);
  WriteWholeFile(segments[0], ReadWholeFile(segments[1]));
  WriteWholeFile(segments[1], first);
  EXPECT_EQ(UseStore(), 0);
}

TEST_F(StoreDamageTest, SegmentCutWhileItIsOpen) {
  const auto store = OpenTestStore(folder_.path());
  ASSERT_EQ(ReadRows(store.get(), 0, kRows).found, kRows);
  for (const std::string& segment : SegmentPaths(folder_.path())) {
    std::filesystem::resize_file(segment, kSegmentHeaderBytes + 10);
  }
  const ReadCount count = ReadRows(store.get(), 0, kRows);
  EXPECT_TRUE(count.status.ok());
  EXPECT_EQ(count.found, 0);
  EXPECT_EQ(store->damaged_rows(), kRows);
}

TEST_F(StoreDamageTest, DamagedRowIsCountedAndMendedByStoringItAgain) {
  const std::string segment = SegmentPaths(folder_.path()).front();
  std::string contents = ReadWholeFile(segment);
  contents[kSegmentHeaderBytes + 50] ^= 1;
  WriteWholeFile(segment, contents);
  const auto store = OpenTestStore(folder_.path());
  const ReadCount count = ReadRows(store.get(), 0, kRows);
  EXPECT_EQ(count.found, kRows - 1);
  EXPECT_EQ(count.wrong, 0);
  EXPECT_EQ(store->damaged_rows(), 1);
  uint64_t missing = 0;
  while (count.is_found[missing] == 1) ++missing;
  ASSERT_TRUE(AppendRows(store.get(), missing, missing + 1).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(ReadRows(store.get(), 0, kRows).found, kRows);
}

}  // namespace
}  // namespace llmembed::store

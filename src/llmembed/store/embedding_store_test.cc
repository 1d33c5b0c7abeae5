#include "store/embedding_store.h"

#include <sys/stat.h>

#include <thread>

#include "base/file_io.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

TEST(EmbeddingStoreTest, RowsComeBackInThisRunAndTheNext) {
  const TemporaryFolder folder;
  {
    const auto store = OpenTestStore(folder.path());
    ASSERT_TRUE(AppendRows(store.get(), 0, 1'000).ok());
    ASSERT_TRUE(store->Flush().ok());
    const ReadCount count = ReadRows(store.get(), 0, 1'200);
    EXPECT_TRUE(count.status.ok()) << count.status.message();
    EXPECT_EQ(count.found, 1'000);
    EXPECT_EQ(count.wrong, 0);
    EXPECT_EQ(count.is_found[999], 1);
    EXPECT_EQ(count.is_found[1'000], 0);
  }
  const auto store = OpenTestStore(folder.path());
  const ReadCount count = ReadRows(store.get(), 0, 1'200);
  EXPECT_EQ(count.found, 1'000);
  EXPECT_EQ(count.wrong, 0);
  EXPECT_EQ(store->damaged_rows(), 0);
}

TEST(EmbeddingStoreTest, CloseWithoutFlushKeepsRows) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 10);
  StoreRows(folder.path(), 10, 20);
  EXPECT_EQ(SegmentPaths(folder.path()).size(), 1) << "the second run goes on with the segment";
  const auto store = OpenTestStore(folder.path());
  EXPECT_EQ(ReadRows(store.get(), 0, 20).found, 20);
}

TEST(EmbeddingStoreTest, MissingRowsAreLeftAsTheyWere) {
  const TemporaryFolder folder;
  const auto store = OpenTestStore(folder.path());
  const Key key = TestKey(1);
  std::vector<float> row(kTestDimension, 7.0F);
  uint8_t found = 1;
  ASSERT_TRUE(store->Read(TestSpace(), {&key, 1}, row, {&found, 1}).ok());
  EXPECT_EQ(found, 0);
  EXPECT_EQ(row, std::vector<float>(kTestDimension, 7.0F));
}

TEST(EmbeddingStoreTest, KeyAskedForTwiceIsFoundTwice) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 5);
  const auto store = OpenTestStore(folder.path());
  const std::vector<Key> keys = {TestKey(3), TestKey(9), TestKey(3)};
  std::vector<float> rows(keys.size() * kTestDimension);
  std::vector<uint8_t> found(keys.size());
  ASSERT_TRUE(store->Read(TestSpace(), keys, rows, found).ok());
  EXPECT_EQ(found, (std::vector<uint8_t>{1, 0, 1}));
  EXPECT_TRUE(
      std::equal(rows.begin(), rows.begin() + kTestDimension, rows.begin() + 2 * kTestDimension));
}

TEST(EmbeddingStoreTest, SpacesDoNotMix) {
  const TemporaryFolder folder;
  const auto store = OpenTestStore(folder.path());
  const auto a = store->OpenSpace(R"({"model":"a"})", 3);
  const auto b = store->OpenSpace(R"({"model":"b"})", 5);
  ASSERT_TRUE(a.ok() && b.ok());
  const Key key_a = MakeKey(a->id, "the text");
  const Key key_b = MakeKey(b->id, "the text");
  EXPECT_NE(key_a, key_b);
  const std::vector<float> row_a = {1, 2, 3};
  const std::vector<float> row_b = {4, 5, 6, 7, 8};
  ASSERT_TRUE(store->Append(*a, {&key_a, 1}, row_a).ok());
  ASSERT_TRUE(store->Append(*b, {&key_b, 1}, row_b).ok());
  ASSERT_TRUE(store->Flush().ok());
  std::vector<float> row(5);
  uint8_t found = 0;
  ASSERT_TRUE(store->Read(*b, {&key_b, 1}, row, {&found, 1}).ok());
  EXPECT_EQ(found, 1);
  EXPECT_EQ(row, row_b);
  // The right key in the wrong space is never answered with another space's floats.
  row.assign(5, 0.0F);
  ASSERT_TRUE(store->Read(*b, {&key_a, 1}, row, {&found, 1}).ok());
  EXPECT_EQ(found, 0);
  EXPECT_EQ(row, std::vector<float>(5, 0.0F));
  EXPECT_EQ(base::ReadSmallFile(Layout(folder.path()).SpaceFile(a->id), 100).status().ok(), true);
}

TEST(EmbeddingStoreTest, DescriptionIsWrittenAndMended) {
  const TemporaryFolder folder;
  { OpenTestStore(folder.path()); }
  const std::string path = Layout(folder.path()).SpaceFile(TestSpace().id);
  EXPECT_EQ(ReadWholeFile(path), kTestDescription);
  WriteWholeFile(path, "damaged");
  { OpenTestStore(folder.path()); }
  EXPECT_EQ(ReadWholeFile(path), kTestDescription);
}

TEST(EmbeddingStoreTest, HoldsNoText) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 100);
  for (const std::string& file : FilesUnder(folder.path())) {
    EXPECT_EQ(ReadWholeFile(file).find("text 4"), std::string::npos) << file;
  }
}

TEST(EmbeddingStoreTest, FolderIsPrivate) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/store";
  StoreRows(path, 0, 1);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700);
}

TEST(EmbeddingStoreTest, NewerVersionIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 1);
  const std::string newer = R"({"format":"llmembed-store","version":2})";
  WriteWholeFile(folder.path() + "/FORMAT", newer);
  const auto files = FilesUnder(folder.path());
  const auto store = EmbeddingStore::Open(folder.path());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.status().code(), StatusCode::kMismatch);
  EXPECT_NE(store.status().message().find("understands version 1"), std::string::npos);
  EXPECT_EQ(FilesUnder(folder.path()), files);
  EXPECT_EQ(ReadWholeFile(folder.path() + "/FORMAT"), newer);
}

TEST(EmbeddingStoreTest, FormatFileThatIsNoneIsRefused) {
  for (const char* contents :
       {"", "{", "[]", "7", R"({"format":"llmembed-store"})", R"({"format":"other","version":1})",
        R"({"format":"llmembed-store","version":-1})",
        R"({"format":"llmembed-store","version":"1"})"}) {
    const TemporaryFolder folder;
    WriteWholeFile(folder.path() + "/FORMAT", contents);
    EXPECT_EQ(EmbeddingStore::Open(folder.path()).status().code(), StatusCode::kCorrupt)
        << contents;
  }
}

TEST(EmbeddingStoreTest, UnusableFolderIsAnError) {
  const TemporaryFolder folder;
  WriteWholeFile(folder.path() + "/file", "");
  EXPECT_EQ(EmbeddingStore::Open(folder.path() + "/file/store").status().code(), StatusCode::kIo);
  EXPECT_FALSE(EmbeddingStore::Open("/proc/llmembed").ok());
}

TEST(EmbeddingStoreTest, MisuseIsAnError) {
  const TemporaryFolder folder;
  const auto store = OpenTestStore(folder.path());
  EXPECT_EQ(store->OpenSpace("{}", 0).status().code(), StatusCode::kInternal);
  EXPECT_EQ(store->OpenSpace("{}", kMaxDimension + 1).status().code(), StatusCode::kInternal);
  EXPECT_EQ(store->OpenSpace(std::string(kMaxDescriptionBytes + 1, ' '), 1).status().code(),
            StatusCode::kInternal);
  const Key key = TestKey(1);
  std::vector<float> row(kTestDimension - 1);
  uint8_t found = 0;
  EXPECT_EQ(store->Append(TestSpace(), {&key, 1}, row).code(), StatusCode::kInternal);
  EXPECT_EQ(store->Read(TestSpace(), {&key, 1}, row, {&found, 1}).code(), StatusCode::kInternal);
}

TEST(EmbeddingStoreTest, StoresOfOneProcessShareTheFolder) {
  const TemporaryFolder folder;
  auto first = OpenTestStore(folder.path());
  auto second = OpenTestStore(folder.path() + "/.");
  ASSERT_TRUE(AppendRows(first.get(), 0, 100).ok());
  ASSERT_TRUE(AppendRows(second.get(), 100, 200).ok());
  ASSERT_TRUE(first->Flush().ok());
  ASSERT_TRUE(second->Flush().ok());
  EXPECT_EQ(ReadRows(first.get(), 0, 200).found, 200);
  first.reset();
  EXPECT_FALSE(std::filesystem::exists(Layout(folder.path()).CleanMark()));
  EXPECT_EQ(ReadRows(second.get(), 0, 200).found, 200);
  second.reset();
  EXPECT_TRUE(std::filesystem::exists(Layout(folder.path()).CleanMark()));
}

TEST(EmbeddingStoreTest, ThreadsWithStoresOfTheirOwn) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  std::array<uint64_t, 4> found{};
  for (uint64_t thread = 0; thread < found.size(); ++thread) {
    threads.emplace_back([&folder, &found, thread] {
      for (int round = 0; round < 5; ++round) {
        const uint64_t begin = thread * 10'000 + static_cast<uint64_t>(round) * 100;
        const auto store = EmbeddingStore::Open(folder.path());
        if (!store.ok() || !AppendRows(store->get(), begin, begin + 100).ok()) return;
        if (!(*store)->Flush().ok()) return;
        const ReadCount count = ReadRows(store->get(), begin, begin + 100);
        if (count.wrong == 0) found[thread] += count.found;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const uint64_t count : found) EXPECT_EQ(count, 500);
}

TEST(EmbeddingStoreTest, ForkedChildLeavesItsParentsStoreAlone) {
  const TemporaryFolder folder;
  auto store = OpenTestStore(folder.path());
  ASSERT_TRUE(AppendRows(store.get(), 0, 10).ok());
  EXPECT_EQ(RunInChild([&] {
              store.reset();
              const auto own = EmbeddingStore::Open(folder.path());
              return own.ok() && AppendRows(own->get(), 10, 20).ok() ? 0 : 1;
            }),
            0);
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(ReadRows(store.get(), 0, 20).found, 20);
}

}  // namespace
}  // namespace llmembed::store

// The cap, what goes first, pruning, and processes that use the store meanwhile.
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "base/file_io.h"
#include "store/eviction.h"
#include "store/maintenance.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

constexpr uint64_t kCap = 2'000'000;
constexpr uint64_t kRowBytes = RecordBytes(kTestDimension);

StoreOptions Capped() {
  StoreOptions options;
  options.cap_bytes = kCap;
  return options;
}

// As if the files had last been used some days ago.
void Age(const std::string& folder, int days) {
  for (const std::string& segment : SegmentPaths(folder)) {
    std::filesystem::last_write_time(
        segment, std::filesystem::last_write_time(segment) - std::chrono::hours(24 * days));
  }
}

uint64_t Bytes(const std::string& folder) {
  const auto bytes = StoreBytes(Layout(folder));
  EXPECT_TRUE(bytes.ok());
  return *bytes;
}

TEST(StoreLimitsTest, OneRunStopsStoringAtTheCapWithoutAnError) {
  const TemporaryFolder folder;
  const auto store = OpenTestStore(folder.path(), Capped());
  for (uint64_t next = 0; next < 40'000; next += 500) {
    ASSERT_TRUE(AppendRows(store.get(), next, next + 500).ok());
  }
  EXPECT_TRUE(store->is_full());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_LE(Bytes(folder.path()), kCap);
  const ReadCount count = ReadRows(store.get(), 0, 40'000);
  EXPECT_EQ(count.wrong, 0);
  EXPECT_GT(count.found * kRowBytes, kCap / 2) << "the cap is made use of";
  EXPECT_EQ(count.is_found[0], 1) << "a run does not push out its own rows";
}

TEST(StoreLimitsTest, LaterRunPushesOutTheLongestUnused) {
  const TemporaryFolder folder;
  constexpr uint64_t kRunRows = 1'500;  // they fill a segment: each run has one of its own
  StoreOptions options = Capped();
  options.segment_bytes = RecordOffset(kTestDimension, kRunRows);
  std::vector<std::string> segments;  // of run 0, 1...
  for (uint64_t run = 0; run < 5; ++run) {
    StoreRows(folder.path(), run * 10'000, run * 10'000 + kRunRows, options);
    for (const std::string& segment : SegmentPaths(folder.path())) {
      if (std::ranges::find(segments, segment) == segments.end()) segments.push_back(segment);
    }
    ASSERT_EQ(segments.size(), run + 1);
    Age(folder.path(), 1);
  }
  {
    const auto store = OpenTestStore(folder.path(), options);
    EXPECT_EQ(ReadRows(store.get(), 0, kRunRows).found, kRunRows);  // the oldest, used again
  }
  Age(folder.path(), 1);
  const auto store = OpenTestStore(folder.path(), options);
  for (uint64_t next = 100'000; std::filesystem::exists(segments[1]); next += 100) {
    ASSERT_TRUE(AppendRows(store.get(), next, next + 100).ok());
    ASSERT_FALSE(store->is_full());
  }
  EXPECT_EQ(ReadRows(store.get(), 0, kRunRows).found, kRunRows);
  EXPECT_EQ(ReadRows(store.get(), 10'000, 10'000 + kRunRows).found, 0);
  // Of those in between one more may have gone: a small index grows while it forgets rows.
  EXPECT_EQ(ReadRows(store.get(), 30'000, 30'000 + kRunRows).found, kRunRows);
  EXPECT_EQ(store->damaged_rows(), 0);
}

TEST(StoreLimitsTest, ReadingMarksSegmentsAsUsed) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 10);
  Age(folder.path(), 10);
  const std::string segment = SegmentPaths(folder.path()).front();
  const auto before = std::filesystem::last_write_time(segment);
  const auto store = OpenTestStore(folder.path());
  EXPECT_EQ(ReadRows(store.get(), 100, 110).found, 0);
  EXPECT_EQ(std::filesystem::last_write_time(segment), before);
  EXPECT_EQ(ReadRows(store.get(), 0, 10).found, 10);
  EXPECT_GT(std::filesystem::last_write_time(segment), before);
}

TEST(StoreLimitsTest, DataSetLargerThanTheCapKeepsItsHits) {
  const TemporaryFolder folder;
  uint64_t found = 0;
  for (int run = 0; run < 3; ++run) {
    const auto store = OpenTestStore(folder.path(), Capped());
    const ReadCount count = ReadRows(store.get(), 0, 30'000);
    if (run > 0) {
      EXPECT_GT(count.found, 5'000);
      EXPECT_GE(count.found, found);
    }
    found = count.found;
    for (uint64_t i = 0; i < 30'000; i += 100) {
      if (count.is_found[i] == 1) continue;
      ASSERT_TRUE(AppendRows(store.get(), i, i + 100).ok());
    }
    EXPECT_TRUE(store->is_full());
    ASSERT_TRUE(store->Close().ok());
    EXPECT_LE(Bytes(folder.path()), kCap);
  }
}

TEST(StoreLimitsTest, StatsCountRowsBySpace) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 123);
  {
    const auto store = OpenTestStore(folder.path());
    const auto other = store->OpenSpace(R"({"other":true})", 2);
    const Key key = MakeKey(other->id, "x");
    const std::vector<float> row = {1, 2};
    ASSERT_TRUE(store->Append(*other, {&key, 1}, row).ok());
  }
  const auto stats = ReadStats(folder.path(), 99);
  ASSERT_TRUE(stats.ok()) << stats.status().message();
  EXPECT_EQ(stats->path, folder.path());
  EXPECT_EQ(stats->format_version, kStoreVersion);
  EXPECT_EQ(stats->rows, 124);
  EXPECT_EQ(stats->cap_bytes, 99);
  EXPECT_EQ(stats->bytes, Bytes(folder.path()));
  std::map<std::string, StoreSpace> spaces;
  for (const StoreSpace& space : stats->spaces) spaces[space.description] = space;
  ASSERT_EQ(spaces.size(), 2);
  EXPECT_EQ(spaces[kTestDescription].rows, 123);
  EXPECT_EQ(spaces[kTestDescription].bytes, kSegmentHeaderBytes + 123 * kRowBytes);
  EXPECT_EQ(spaces[kTestDescription].id, base::Hex(TestSpace().id));
  EXPECT_EQ(spaces[R"({"other":true})"].rows, 1);
}

TEST(StoreLimitsTest, WhereNoStoreIsThereIsNothingToCareFor) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/none";
  EXPECT_EQ(ReadStats(path, 0).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Verify(path).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Prune(path, 0).status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(StoreLimitsTest, VerifyNamesFileAndOffsetOfDamage) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 10);
  const std::string segment = SegmentPaths(folder.path()).front();
  std::string contents = ReadWholeFile(segment);
  contents[RecordOffset(kTestDimension, 4) + 30] ^= 4;
  WriteWholeFile(segment, contents + "tail");
  std::filesystem::remove(Layout(folder.path()).SpaceFile(TestSpace().id));
  const auto report = Verify(folder.path());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->rows, 9);
  EXPECT_EQ(report->damaged_rows, 1);
  EXPECT_EQ(report->incomplete_bytes, 4);
  ASSERT_EQ(report->problems.size(), 2);
  EXPECT_EQ(report->problems[0], segment + ": offset " +
                                     std::to_string(RecordOffset(kTestDimension, 4)) +
                                     ": the checksum of record 4 does not fit");
  EXPECT_NE(report->problems[1].find("description"), std::string::npos);
}

TEST(StoreLimitsTest, PruneRemovesLongestUnusedDownToTheTarget) {
  const TemporaryFolder folder;
  for (uint64_t run = 0; run < 8; ++run) {
    StoreOptions options;
    options.segment_bytes = 100'000;
    StoreRows(folder.path(), run * 10'000, run * 10'000 + 900, options);
    Age(folder.path(), 1);
  }
  const uint64_t before = Bytes(folder.path());
  const uint64_t target = before - 250'000;
  const auto freed = Prune(folder.path(), target);
  ASSERT_TRUE(freed.ok()) << freed.status().message();
  EXPECT_LE(Bytes(folder.path()), target);
  EXPECT_EQ(Bytes(folder.path()), before - *freed);
  {
    const auto store = OpenTestStore(folder.path());
    EXPECT_EQ(ReadRows(store.get(), 70'000, 70'900).found, 900);
    EXPECT_EQ(ReadRows(store.get(), 0, 900).found, 0);
    EXPECT_EQ(store->damaged_rows(), 0);
  }
  EXPECT_EQ(*Prune(folder.path(), before), 0);
  ASSERT_TRUE(Prune(folder.path(), 0).ok());
  EXPECT_TRUE(SegmentPaths(folder.path()).empty());
}

TEST(StoreLimitsTest, PruneShrinksTheIndexToo) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 150'000);
  const uint64_t before = IndexBytes(Layout(folder.path()));
  EXPECT_GT(before, 2'000'000);
  ASSERT_TRUE(Prune(folder.path(), 0).ok());
  EXPECT_LT(IndexBytes(Layout(folder.path())), 100'000);
}

TEST(StoreLimitsTest, PruneSparesSegmentsThatAreBeingWritten) {
  const TemporaryFolder folder;
  const auto store = OpenTestStore(folder.path());
  ASSERT_TRUE(AppendRows(store.get(), 0, 100).ok());
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(RunInChild([&] { return Prune(folder.path(), 0).ok() ? 0 : 1; }), 0);
  EXPECT_EQ(ReadRows(store.get(), 0, 100).found, 100);
}

TEST(StoreLimitsTest, PruneWhileOthersReadAndWrite) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.segment_bytes = 20'000;
  StoreRows(folder.path(), 0, 1'000, options);
  std::vector<pid_t> children;
  for (uint64_t child = 0; child < 2; ++child) {
    children.push_back(StartChild([&folder, &options, child] {
      auto store = EmbeddingStore::Open(folder.path(), options);
      if (!store.ok()) return 1;
      uint64_t next = child * 1'000'000;
      for (int round = 0; round < 150; ++round, next += 200) {
        if (!AppendRows(store->get(), next, next + 200).ok()) return 2;
        if (round % 3 == 0 && !(*store)->Flush().ok()) return 3;
        const ReadCount count = ReadRows(store->get(), child * 1'000'000, next + 200);
        if (!count.status.ok()) return 4;
        if (count.wrong != 0) return 5;
      }
      if ((*store)->damaged_rows() != 0) return 6;
      return (*store)->Close().ok() ? 0 : 7;
    }));
  }
  for (int i = 0; i < 40; ++i) {
    const auto freed = Prune(folder.path(), 200'000);
    EXPECT_TRUE(freed.ok()) << freed.status().message();
    ::usleep(5'000);
  }
  for (const pid_t child : children) EXPECT_EQ(WaitForChild(child), 0);
  const auto report = Verify(folder.path());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->damaged_rows, 0);
}

TEST(StoreLimitsTest, ProcessesShareWhatTheyStore) {
  const TemporaryFolder folder;
  constexpr uint64_t kRows = 4'000;
  std::vector<pid_t> children;
  for (uint64_t child = 0; child < 4; ++child) {
    children.push_back(StartChild([&folder, child] {
      auto store = EmbeddingStore::Open(folder.path());
      if (!store.ok() || !(*store)->OpenSpace(kTestDescription, kTestDimension).ok()) return 1;
      // Half of what each stores, its neighbour stores too.
      for (uint64_t next = child * kRows / 2; next < child * kRows / 2 + kRows; next += 100) {
        if (!AppendRows(store->get(), next, next + 100).ok()) return 2;
        if (!(*store)->Flush().ok()) return 3;
        const ReadCount count = ReadRows(store->get(), 0, 4 * kRows);
        if (!count.status.ok() || count.wrong != 0) return 4;
        if (count.is_found[next] == 0) return 5;
      }
      return (*store)->damaged_rows() == 0 && (*store)->Close().ok() ? 0 : 6;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(WaitForChild(child), 0);
  const auto store = OpenTestStore(folder.path());
  const ReadCount count = ReadRows(store.get(), 0, 4 * kRows);
  EXPECT_EQ(count.found, 5 * kRows / 2);
  EXPECT_EQ(count.wrong, 0);
}

}  // namespace
}  // namespace llmembed::store

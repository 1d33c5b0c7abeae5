#include "store/index.h"

#include <cstring>

#include "base/random.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

Key KeyOf(uint64_t number) {
  base::Random random(number, 3);
  const std::array<uint32_t, 4> words = {random.Next(), random.Next(), random.Next(),
                                         random.Next()};
  Key key;
  std::memcpy(key.data(), words.data(), key.size());
  return key;
}

Location LocationOf(uint64_t number) {
  return {static_cast<uint32_t>(number % 7), static_cast<uint32_t>(number)};
}

std::vector<IndexEntry> Entries(uint64_t begin, uint64_t end) {
  std::vector<IndexEntry> entries;
  for (uint64_t i = begin; i < end; ++i) entries.push_back({ShortKey(KeyOf(i)), LocationOf(i)});
  return entries;
}

std::vector<IndexHit> FindAll(Index* index, uint64_t begin, uint64_t end) {
  std::vector<Key> keys;
  for (uint64_t i = begin; i < end; ++i) keys.push_back(KeyOf(i));
  std::vector<IndexHit> hits;
  const Status status = index->Find(keys, &hits);
  EXPECT_TRUE(status.ok()) << status.message();
  return hits;
}

std::unique_ptr<Index> OpenIndex(const TemporaryFolder& folder) {
  auto index = Index::Open(folder.path());
  EXPECT_TRUE(index.ok()) << index.status().message();
  return *std::move(index);
}

TEST(IndexBucketTest, AddsReplacesFindsAndErases) {
  std::vector<std::byte> packed;
  AddToBucket({0x0001'0000'0000'0005, {1, 2}}, &packed);
  AddToBucket({0x0001'8000'0000'0005, {3, 4}}, &packed);
  AddToBucket({0x0001'0000'0000'0005, {5, 6}}, &packed);
  EXPECT_EQ(packed.size(), 2 * kPackedEntryBytes);
  EXPECT_EQ(BucketOf(0x0001'8000'0000'0005), 1);
  EXPECT_EQ(FindInBucket(packed, 0x0001'0000'0000'0005)->segment, 5);
  EXPECT_EQ(FindInBucket(packed, 0x0001'8000'0000'0005)->record, 4);
  EXPECT_FALSE(FindInBucket(packed, 0x0001'0000'0000'0006).has_value());
  EXPECT_EQ(EraseFromBucket({5, 9}, &packed), 1);
  EXPECT_FALSE(FindInBucket(packed, 0x0001'0000'0000'0005).has_value());
  EXPECT_EQ(FindInBucket(packed, 0x0001'8000'0000'0005)->segment, 3);
  EXPECT_EQ(EraseFromBucket({3}, &packed), 1);
  EXPECT_TRUE(packed.empty());
}

TEST(IndexTest, FindsWhatWasPutAndNothingElse) {
  const TemporaryFolder folder;
  const auto index = OpenIndex(folder);
  std::vector<IndexEntry> entries = Entries(0, 100'000);
  ASSERT_TRUE(index->Put(entries).ok());
  const std::vector<IndexHit> hits = FindAll(index.get(), 90'000, 110'000);
  ASSERT_EQ(hits.size(), 10'000);
  for (const IndexHit& hit : hits) EXPECT_EQ(hit.location.record, 90'000 + hit.position);
}

TEST(IndexTest, LaterEntryReplacesEarlierOne) {
  const TemporaryFolder folder;
  const auto index = OpenIndex(folder);
  std::vector<IndexEntry> twice = {{ShortKey(KeyOf(1)), {1, 1}}, {ShortKey(KeyOf(1)), {2, 2}}};
  ASSERT_TRUE(index->Put(twice).ok());
  EXPECT_EQ(FindAll(index.get(), 1, 2).at(0).location.segment, 2);
  std::vector<IndexEntry> again = {{ShortKey(KeyOf(1)), {3, 3}}};
  ASSERT_TRUE(index->Put(again).ok());
  EXPECT_EQ(FindAll(index.get(), 1, 2).at(0).location.segment, 3);
}

// Few and many entries a bucket: buckets within a page and buckets of their own pages.
class IndexEraseTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(IndexEraseTest, ErasesTheEntriesOfTheSegmentsAlone) {
  const TemporaryFolder folder;
  const auto index = OpenIndex(folder);
  const uint64_t buckets = GetParam();
  std::vector<Key> keys;
  std::vector<IndexEntry> entries;
  for (uint64_t i = 0; i < 40'000; ++i) {
    Key key = KeyOf(i);
    const auto bucket = static_cast<uint16_t>(i % buckets);
    std::memcpy(key.data() + 6, &bucket, sizeof(bucket));
    keys.push_back(key);
    entries.push_back({ShortKey(key), LocationOf(i)});
  }
  ASSERT_TRUE(index->Put(entries).ok());
  ASSERT_TRUE(index->EraseSegments({2, 3, 6}).ok());
  ASSERT_TRUE(index->EraseSegments({}).ok());
  std::vector<IndexHit> hits;
  ASSERT_TRUE(index->Find(keys, &hits).ok());
  uint64_t expected = 0;
  for (uint64_t i = 0; i < keys.size(); ++i) expected += (0b1001100 >> (i % 7) & 1) == 0 ? 1 : 0;
  EXPECT_EQ(hits.size(), expected);
  for (const IndexHit& hit : hits) {
    EXPECT_EQ(hit.location.record, hit.position);
    EXPECT_EQ(hit.location.segment, hit.position % 7);
  }
  ASSERT_TRUE(index->EraseSegments({0, 1, 4, 5}).ok());
  hits.clear();
  ASSERT_TRUE(index->Find(keys, &hits).ok());
  EXPECT_TRUE(hits.empty());
}

INSTANTIATE_TEST_SUITE_P(Buckets, IndexEraseTest, ::testing::Values(60'000, 5'000, 100, 1));

TEST(IndexTest, GenerationTellsOfChanges) {
  const TemporaryFolder folder;
  const auto index = OpenIndex(folder);
  const uint64_t before = index->Generation();
  FindAll(index.get(), 0, 10);
  EXPECT_EQ(index->Generation(), before);
  std::vector<IndexEntry> entries = Entries(0, 1);
  ASSERT_TRUE(index->Put(entries).ok());
  EXPECT_NE(index->Generation(), before);
}

TEST(IndexTest, CompactedCopyIsSmallerAndHoldsTheSame) {
  const TemporaryFolder folder;
  const TemporaryFolder copy;
  const auto index = OpenIndex(folder);
  std::vector<IndexEntry> entries = Entries(0, 200'000);
  ASSERT_TRUE(index->Put(entries).ok());
  EXPECT_FALSE(index->IsSparse());
  ASSERT_TRUE(index->EraseSegments({0, 1, 2, 3, 4, 5, 6}).ok());
  entries = Entries(0, 1'000);
  ASSERT_TRUE(index->Put(entries).ok());
  EXPECT_TRUE(index->IsSparse());
  ASSERT_TRUE(index->CopyCompacted(copy.path() + "/data.mdb").ok());
  EXPECT_LT(std::filesystem::file_size(copy.path() + "/data.mdb"),
            std::filesystem::file_size(folder.path() + "/data.mdb"));
  const auto compacted = OpenIndex(copy);
  EXPECT_FALSE(compacted->IsSparse());
  EXPECT_EQ(FindAll(compacted.get(), 0, 7'000).size(), 1'000);
}

// The map starts at 64 MiB: one process outgrows it while another has it open.
TEST(IndexTest, MapGrowsHereAndInOtherProcesses) {
  const TemporaryFolder folder;
  { OpenIndex(folder); }
  constexpr uint64_t kEntries = 4'500'000;
  constexpr uint64_t kAtATime = 500'000;
  std::array<int, 2> ready{};
  std::array<int, 2> grown{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  ASSERT_EQ(::pipe(grown.data()), 0);
  const pid_t other = StartChild([&] {
    const auto index = OpenIndex(folder);
    char signal = 'r';
    if (::write(ready[1], &signal, 1) != 1 || ::read(grown[0], &signal, 1) != 1) return 1;
    if (FindAll(index.get(), kEntries - 1'000, kEntries).size() != 1'000) return 2;
    std::vector<IndexEntry> more = Entries(kEntries, kEntries + 10);
    return index->Put(more).ok() ? 0 : 3;
  });
  char signal = 0;
  ASSERT_EQ(::read(ready[0], &signal, 1), 1);
  const auto index = OpenIndex(folder);
  for (uint64_t begin = 0; begin < kEntries; begin += kAtATime) {
    std::vector<IndexEntry> entries = Entries(begin, begin + kAtATime);
    const Status status = index->Put(entries);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  EXPECT_GT(std::filesystem::file_size(folder.path() + "/data.mdb"), 64U << 20);
  ASSERT_EQ(::write(grown[1], &signal, 1), 1);
  EXPECT_EQ(WaitForChild(other), 0);
  EXPECT_EQ(FindAll(index.get(), 0, 1'000).size(), 1'000);
  EXPECT_EQ(FindAll(index.get(), kEntries, kEntries + 20).size(), 10);
}

}  // namespace
}  // namespace llmembed::store

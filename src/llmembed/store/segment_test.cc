#include <fcntl.h>

#include <cstring>

#include "base/random.h"
#include "store/segment_reader.h"
#include "store/segment_writer.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

constexpr uint64_t kRoomy = 1 << 20;

class SegmentTest : public ::testing::Test {
 protected:
  SegmentTest() : layout_(folder_.path()) { EXPECT_TRUE(PrepareFolders(layout_).ok()); }

  // Appends rows [begin, end) with a writer that is let go afterwards; returns its segment.
  uint32_t Write(uint64_t begin, uint64_t end, uint64_t segment_bytes = kRoomy) {
    auto writer = SegmentWriter::Open(layout_, TestSpace(), segment_bytes, &FileCalls::System());
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    std::vector<float> row(kTestDimension);
    for (uint64_t number = begin; number < end; ++number) {
      FillRow(number, row);
      const Key key = TestKey(number);
      EXPECT_TRUE((*writer)->Append(std::span(&key, 1), row).ok());
    }
    EXPECT_TRUE((*writer)->Sync().ok());
    return (*writer)->number();
  }

  TemporaryFolder folder_;
  Layout layout_;
};

TEST(SegmentFormatTest, HeaderSaysSpaceAndDimension) {
  const auto space = DecodeSegmentHeader(EncodeSegmentHeader(TestSpace()));
  ASSERT_TRUE(space.has_value());
  EXPECT_EQ(space->id, TestSpace().id);
  EXPECT_EQ(space->dimension, kTestDimension);
}

TEST(SegmentFormatTest, EveryFlippedHeaderBitIsNoticed) {
  const SegmentHeader whole = EncodeSegmentHeader(TestSpace());
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    SegmentHeader header = whole;
    header[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(DecodeSegmentHeader(header).has_value()) << "bit " << bit;
  }
  EXPECT_FALSE(DecodeSegmentHeader(std::span(whole).first(63)).has_value());
  EXPECT_FALSE(DecodeSegmentHeader(EncodeSegmentHeader({TestSpace().id, 0})).has_value());
  EXPECT_FALSE(
      DecodeSegmentHeader(EncodeSegmentHeader({TestSpace().id, kMaxDimension + 1})).has_value());
}

TEST(SegmentFormatTest, EveryFlippedRecordBitIsNoticed) {
  std::vector<float> row(kTestDimension);
  FillRow(5, row);
  std::vector<std::byte> record(RecordBytes(kTestDimension));
  EncodeRecord(TestKey(5), row, record);
  EXPECT_EQ(DecodeRecordKey(record), TestKey(5));
  for (size_t bit = 0; bit < record.size() * 8; ++bit) {
    record[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(DecodeRecordKey(record).has_value()) << "bit " << bit;
    record[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

TEST_F(SegmentTest, AppendedRowsAreScanned) {
  const uint32_t number = Write(0, 10);
  std::vector<Key> keys;
  const auto scan = ScanSegment(layout_.SegmentFile(number), [&](uint32_t record, const Key& key) {
    EXPECT_EQ(record, keys.size());
    keys.push_back(key);
    return Status();
  });
  ASSERT_TRUE(scan.ok());
  EXPECT_EQ(scan->rows, 10);
  EXPECT_EQ(scan->damaged_rows, 0);
  ASSERT_EQ(keys.size(), 10);
  EXPECT_EQ(keys[9], TestKey(9));
}

TEST_F(SegmentTest, ScanStopsAtTheCallersError) {
  const uint32_t number = Write(0, 10);
  int calls = 0;
  const auto scan = ScanSegment(layout_.SegmentFile(number), [&](uint32_t, const Key&) {
    ++calls;
    return Status(StatusCode::kCancelled, "enough");
  });
  EXPECT_EQ(scan.status().code(), StatusCode::kCancelled);
  EXPECT_EQ(calls, 1);
}

TEST_F(SegmentTest, LetGoSegmentIsTakenOverAndItsIncompleteTailCutOff) {
  const uint32_t number = Write(0, 3);
  const std::string path = layout_.SegmentFile(number);
  WriteWholeFile(path, ReadWholeFile(path) + std::string(RecordBytes(kTestDimension) - 1, 'x'));
  EXPECT_EQ(Write(3, 5), number);
  EXPECT_EQ(std::filesystem::file_size(path), RecordOffset(kTestDimension, 5));
}

TEST_F(SegmentTest, SegmentWithWriterIsNotTakenOver) {
  const auto first = SegmentWriter::Open(layout_, TestSpace(), kRoomy, &FileCalls::System());
  const auto second = SegmentWriter::Open(layout_, TestSpace(), kRoomy, &FileCalls::System());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE((*first)->number(), (*second)->number());
}

TEST_F(SegmentTest, SegmentOfAnotherSpaceOrDimensionIsNotTakenOver) {
  const uint32_t number = Write(0, 1);
  for (const Space& other : {Space{base::Sha256Of("other"), kTestDimension},
                             Space{TestSpace().id, kTestDimension + 1}}) {
    const auto writer = SegmentWriter::Open(layout_, other, kRoomy, &FileCalls::System());
    ASSERT_TRUE(writer.ok());
    EXPECT_NE((*writer)->number(), number);
  }
}

TEST_F(SegmentTest, FullSegmentHasNoRoomAndIsLeftAlone) {
  const uint64_t three_rows = RecordOffset(kTestDimension, 3) + 1;
  const uint32_t number = Write(0, 3, three_rows);
  EXPECT_NE(Write(3, 4, three_rows), number);
  // A row longer than a segment may be still goes into one.
  const auto writer =
      SegmentWriter::Open(layout_, {base::Sha256Of("long rows"), 1000}, 100, &FileCalls::System());
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ((*writer)->Room(), 1);
}

TEST_F(SegmentTest, TruncatedAnywhereGivesTheWholeRecordsBeforeTheCut) {
  const uint32_t number = Write(0, 3);
  const std::string path = layout_.SegmentFile(number);
  const std::string whole = ReadWholeFile(path);
  const uint64_t record_bytes = RecordBytes(kTestDimension);
  for (size_t length = 0; length <= whole.size(); ++length) {
    WriteWholeFile(path, whole.substr(0, length));
    const auto scan = ScanSegment(path, [](uint32_t, const Key&) { return Status(); });
    if (length < kSegmentHeaderBytes) {
      EXPECT_EQ(scan.status().code(), StatusCode::kCorrupt) << "length " << length;
      continue;
    }
    ASSERT_TRUE(scan.ok()) << "length " << length;
    EXPECT_EQ(scan->rows, (length - kSegmentHeaderBytes) / record_bytes);
    EXPECT_EQ(scan->incomplete_bytes, (length - kSegmentHeaderBytes) % record_bytes);
    EXPECT_EQ(scan->damaged_rows, 0);
  }
}

}  // namespace
}  // namespace llmembed::store

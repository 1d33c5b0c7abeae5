#include "weights/vector_file_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "weights/safetensors.h"
#include "weights/test_support.h"

namespace llmembed::weights {
namespace {

using tensor::Shape;
using testing::HasSubstr;

std::vector<float> Ramp(size_t count, float first) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

std::vector<float> ValuesOf(const SafetensorsFile& file, const std::string& name) {
  const auto values = file.Find(name)->As<float>();
  return values ? std::vector<float>(values->begin(), values->end()) : std::vector<float>();
}

TEST(VectorFileWriterTest, ColumnsMayTakeTurns) {
  const TemporaryFolder folder;
  const std::string path = folder / "v.safetensors";
  auto writer = VectorFileWriter::Create(path, {{"z", 3}, {"a", 2}, {"m", 1}}, {{"model", "x"}});
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  ASSERT_TRUE(writer->AppendRows(1, Ramp(4, 100)).ok());
  ASSERT_TRUE(writer->AppendRows(0, Ramp(6, 0)).ok());
  ASSERT_TRUE(writer->AppendRows(2, Ramp(3, 200)).ok());
  ASSERT_TRUE(writer->AppendRows(0, Ramp(3, 6)).ok());
  ASSERT_TRUE(writer->AppendRows(1, Ramp(2, 104)).ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  const Status committed = writer->Commit();
  ASSERT_TRUE(committed.ok()) << committed.message();
  EXPECT_EQ(EntryCount(folder), 1U);
  EXPECT_EQ(writer->Commit().code(), StatusCode::kInternal);

  const auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ((*file)->metadata(), (Metadata{{"model", "x"}}));
  EXPECT_EQ((*file)->Find("z")->shape, (Shape{3, 3}));
  EXPECT_EQ(ValuesOf(**file, "z"), Ramp(9, 0));
  EXPECT_EQ(ValuesOf(**file, "a"), Ramp(6, 100));
  EXPECT_EQ(ValuesOf(**file, "m"), Ramp(3, 200));
  // In the order given, not by name.
  EXPECT_LT((*file)->Find("z")->bytes.data(), (*file)->Find("a")->bytes.data());
  EXPECT_LT((*file)->Find("a")->bytes.data(), (*file)->Find("m")->bytes.data());
}

TEST(VectorFileWriterTest, ManyRowsGoThroughEveryBuffer) {
  const TemporaryFolder folder;
  const std::string path = folder / "v.safetensors";
  auto writer = VectorFileWriter::Create(path, {{"a", 384}, {"b", 128}});
  ASSERT_TRUE(writer.ok());
  constexpr size_t kBatches = 50, kRows = 100;
  for (size_t batch = 0; batch < kBatches; ++batch) {
    const auto first = static_cast<float>(batch);
    ASSERT_TRUE(writer->AppendRows(0, Ramp(kRows * 384, first)).ok());
    ASSERT_TRUE(writer->AppendRows(1, Ramp(kRows * 128, -first)).ok());
  }
  ASSERT_TRUE(writer->Commit().ok());
  const auto file = SafetensorsFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  const auto a = *(*file)->Find("a")->As<float>();
  const auto b = *(*file)->Find("b")->As<float>();
  ASSERT_EQ(a.size(), kBatches * kRows * 384);
  ASSERT_EQ(b.size(), kBatches * kRows * 128);
  for (size_t batch = 0; batch < kBatches; ++batch) {
    const auto first = static_cast<float>(batch);
    EXPECT_EQ(a[batch * kRows * 384], first);
    EXPECT_EQ(b[(batch + 1) * kRows * 128 - 1], -first + kRows * 128 - 1);
  }
}

TEST(VectorFileWriterTest, NoRows) {
  const TemporaryFolder folder;
  auto writer = VectorFileWriter::Create(folder / "v.safetensors", {{"a", 3}, {"b", 2}});
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->AppendRows(0, {}).ok());
  ASSERT_TRUE(writer->Commit().ok());
  const auto file = SafetensorsFile::Open(folder / "v.safetensors");
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ((*file)->Find("b")->shape, (Shape{0, 2}));
}

TEST(VectorFileWriterTest, NpyIsNumPysFormat) {
  const TemporaryFolder folder;
  auto writer = VectorFileWriter::Create(folder / "v.npy", {{"", 2}});
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  ASSERT_TRUE(writer->AppendRows(0, Ramp(2, 1)).ok());
  ASSERT_TRUE(writer->AppendRows(0, Ramp(4, 3)).ok());
  ASSERT_TRUE(writer->Commit().ok());
  const std::string bytes = ReadFile(folder / "v.npy");
  ASSERT_EQ(bytes.size(), 128U + 6 * sizeof(float));
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(bytes.substr(10, 61), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }  ");
  EXPECT_EQ(bytes[127], '\n');
  std::vector<float> values(6);
  std::memcpy(values.data(), bytes.data() + 128, 6 * sizeof(float));
  EXPECT_EQ(values, Ramp(6, 1));
}

TEST(VectorFileWriterTest, UsageErrors) {
  const TemporaryFolder folder;
  const auto code_of = [&](const std::string& name, std::vector<VectorColumn> columns) {
    return VectorFileWriter::Create(folder / name, std::move(columns)).status().code();
  };
  EXPECT_EQ(code_of("v.csv", {{"a", 1}}), StatusCode::kUsage);
  EXPECT_EQ(code_of("v", {{"a", 1}}), StatusCode::kUsage);
  EXPECT_EQ(code_of("v.npy", {{"a", 1}, {"b", 1}}), StatusCode::kUsage);
  EXPECT_EQ(code_of("v.safetensors", {}), StatusCode::kUsage);
  EXPECT_EQ(code_of("v.safetensors", {{"a", 0}}), StatusCode::kUsage);
  EXPECT_EQ(code_of("v.safetensors", {{"a", 1}, {"a", 1}}), StatusCode::kUsage);
  EXPECT_EQ(code_of("no folder/v.npy", {{"a", 1}}), StatusCode::kNotFound);
  EXPECT_EQ(EntryCount(folder), 0U);
}

TEST(VectorFileWriterTest, NothingIsLeftWithoutCommit) {
  const TemporaryFolder folder;
  WriteFile(folder / "v.safetensors", "old");
  {
    auto writer = VectorFileWriter::Create(folder / "v.safetensors", {{"a", 3}, {"b", 2}});
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->AppendRows(0, Ramp(300, 0)).ok());
    ASSERT_TRUE(writer->AppendRows(1, Ramp(200, 0)).ok());
  }
  EXPECT_EQ(EntryCount(folder), 1U);
  EXPECT_EQ(ReadFile(folder / "v.safetensors"), "old");
}

TEST(VectorFileWriterTest, WrongCallsSpoilTheFile) {
  const TemporaryFolder folder;
  auto writer = VectorFileWriter::Create(folder / "v.safetensors", {{"a", 3}});
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(writer->AppendRows(0, Ramp(4, 0)).code(), StatusCode::kInternal);
  EXPECT_EQ(writer->Commit().code(), StatusCode::kInternal);

  writer = VectorFileWriter::Create(folder / "v.safetensors", {{"a", 3}, {"b", 1}});
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(writer->AppendRows(0, Ramp(3, 0)).ok());
  const Status uneven = writer->Commit();
  EXPECT_EQ(uneven.code(), StatusCode::kInternal);
  EXPECT_THAT(uneven.message(), HasSubstr("\"b\" have 0 rows, the first 1"));
  EXPECT_FALSE(std::filesystem::exists(folder / "v.safetensors"));
}

// A limit on the length of files stands in for a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    rlimit limit = old_limit_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int);
};

TEST(VectorFileWriterTest, AFullDiskIsAnErrorAndLeavesNothing) {
  const TemporaryFolder folder;
  for (const size_t column : {0, 1}) {  // the file itself, and a temporary one beside it
    Status failed;
    {
      const FileSizeLimit limit(1 << 20);
      auto writer = VectorFileWriter::Create(folder / "v.safetensors", {{"a", 64}, {"b", 64}});
      ASSERT_TRUE(writer.ok());
      for (int batch = 0; batch < 100 && failed.ok(); ++batch) {
        failed = writer->AppendRows(column, Ramp(64 * 100, 0));
      }
      EXPECT_EQ(writer->Commit().code(), failed.code());
    }
    EXPECT_EQ(failed.code(), StatusCode::kIo) << column;
    EXPECT_THAT(failed.message(), HasSubstr("cannot write"));
    EXPECT_EQ(EntryCount(folder), 0U);
  }
}

}  // namespace
}  // namespace llmembed::weights

#include "hub/blob_download.h"

#include "hub/hub_fixture.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kWeights = ".safetensors?";  // as the storage is asked for them

class BlobDownloadTest : public HubTest {
 protected:
  void SetWeightsFault(HubServer::Json fault) {
    fault["method"] = "GET";
    fault["path"] = kWeights;
    server_->Set({{"faults", {fault}}});
  }

  void ExpectWholeModel(const Result<std::string>& folder) {
    ASSERT_TRUE(folder.ok()) << folder.status().message();
    EXPECT_EQ(test::ReadTestFile(*folder + "/model.safetensors"), Weights());
    EXPECT_EQ(IncompletePath(), "");
  }

  std::string LastRange() {
    std::string range;
    for (const auto& request : server_->Requests()) {
      const std::string path = request["path"];
      if (path.find(kWeights) != std::string::npos) range = request["range"];
    }
    return range;
  }
};

TEST_F(BlobDownloadTest, GoesOnAfterACutConnection) {
  SetWeightsFault({{"cut_after", 1000000}, {"times", 1}});
  ExpectWholeModel(Pull());
  EXPECT_EQ(CountRequests("GET", kWeights), 2);
  EXPECT_EQ(LastRange(), "bytes=1000000-");
}

TEST_F(BlobDownloadTest, AServerThatAlwaysCutsIsGivenUpAndTheRestIsFetchedNextTime) {
  SetWeightsFault({{"cut_after", 100000}});
  const auto cut = Pull();
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.status().code(), StatusCode::kNetwork);
  EXPECT_EQ(CountRequests("GET", kWeights), 5);
  EXPECT_EQ(fs::file_size(IncompletePath()), 500000u);
  EXPECT_FALSE(ModelPath(kName, Context()).ok());
  server_->Reset();
  ExpectWholeModel(Pull());
  EXPECT_EQ(LastRange(), "bytes=500000-");
}

TEST_F(BlobDownloadTest, CancelKeepsWhatIsThere) {
  SetWeightsFault({{"pause", 0.02}});
  observer_.cancel_at = 1 << 20;
  const auto cancelled = Pull();
  ASSERT_FALSE(cancelled.ok());
  EXPECT_EQ(cancelled.status().code(), StatusCode::kCancelled);
  const auto kept = fs::file_size(IncompletePath());
  EXPECT_GE(kept, 1u << 20);
  EXPECT_LT(kept, 3u << 20);

  observer_.cancel_at = UINT64_MAX;
  observer_.cancelled = false;
  server_->Reset();
  ExpectWholeModel(Pull());
  EXPECT_EQ(LastRange(), "bytes=" + std::to_string(kept) + "-");
}

TEST_F(BlobDownloadTest, StartsAgainWhenTheServerIgnoresTheRange) {
  server_->Set({{"faults",
                 {{{"path", kWeights}, {"cut_after", 1000000}, {"times", 1}},
                  {{"path", kWeights}, {"ignore_range", true}}}}});
  ExpectWholeModel(Pull());
}

TEST_F(BlobDownloadTest, RefusesAnotherRangeThanAskedFor) {
  server_->Set({{"faults",
                 {{{"path", kWeights}, {"cut_after", 1000000}, {"times", 1}},
                  {{"path", kWeights}, {"headers", {{"Content-Range", "bytes 5-9/10"}}}}}}});
  const auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(folder.status().message(), HasSubstr("range"));
}

TEST_F(BlobDownloadTest, ForgetsAPartialFileThatIsTooLong) {
  SetWeightsFault({{"cut_after", 100000}});
  ASSERT_FALSE(Pull().ok());
  test::WriteTestFile(IncompletePath(), std::string(4 << 20, 'x'));
  server_->Reset();
  ExpectWholeModel(Pull());
  EXPECT_EQ(LastRange(), "");
}

TEST_F(BlobDownloadTest, RemovesAPartialFileWithForeignBytes) {
  SetWeightsFault({{"cut_after", 100000}});
  ASSERT_FALSE(Pull().ok());
  test::WriteTestFile(IncompletePath(), "these are not its first bytes");
  server_->Reset();
  const auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(IncompletePath(), "");
  ExpectWholeModel(Pull());
}

TEST_F(BlobDownloadTest, RefusesAWrongHash) {
  SetWeightsFault({{"damage", true}});
  auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kCorrupt);
  EXPECT_EQ(IncompletePath(), "");
  EXPECT_FALSE(ModelPath(kName, Context()).ok());

  fs::remove_all(folder_ / "hf");
  server_->Set({{"faults", {{{"method", "GET"}, {"path", "vocab.txt"}, {"damage", true}}}}});
  folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kCorrupt);
}

TEST_F(BlobDownloadTest, RefusesAWrongSize) {
  SetWeightsFault({{"keep", 1000}});
  auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(folder.status().message(), HasSubstr("ended after 1000 of 3145728 bytes"));
  EXPECT_THAT(folder.status().message(), testing::Not(HasSubstr("signature")));

  server_->Set({{"faults", {{{"method", "HEAD"}, {"headers", {{"X-Linked-Size", "5"}}}}}}});
  folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kCorrupt);
  EXPECT_THAT(folder.status().message(), HasSubstr("longer than the 5 bytes"));
}

TEST_F(BlobDownloadTest, TriesAgainAfterServerErrors) {
  server_->Set({{"faults",
                 {{{"path", "/api/"}, {"status", 500}, {"times", 1}},
                  {{"method", "HEAD"}, {"status", 503}, {"times", 1}},
                  {{"path", kWeights}, {"status", 502}, {"times", 1}}}}});
  ExpectWholeModel(Pull());
}

TEST_F(BlobDownloadTest, DoesNotTryAgainWhatWillNotChange) {
  SetWeightsFault({{"status", 404}});
  const auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(folder.status().message(), HasSubstr("HTTP 404"));
  EXPECT_EQ(CountRequests("GET", kWeights), 1);
}

TEST_F(BlobDownloadTest, AnEmptyFileIsAFile) {
  test::WriteTestFile(Served("vocab.txt"), "");
  const auto folder = Pull();
  ASSERT_TRUE(folder.ok()) << folder.status().message();
  EXPECT_TRUE(fs::exists(*folder + "/vocab.txt"));
}

}  // namespace
}  // namespace llmembed::hub

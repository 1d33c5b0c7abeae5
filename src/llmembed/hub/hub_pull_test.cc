#include "hub/hub_pull.h"

#include <sys/wait.h>

#include "hub/hub_fixture.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Json = HubServer::Json;

class HubPullTest : public HubTest {};

TEST_F(HubPullTest, FetchesTheFilesOfAModelIntoTheSharedCacheLayout) {
  const auto folder = Pull();
  ASSERT_TRUE(folder.ok()) << folder.status().message();
  const std::string commit = test::ReadTestFile(Cached("refs/main"));
  EXPECT_EQ(commit.size(), 40u);
  EXPECT_EQ(*folder, Cached("snapshots/" + commit));
  EXPECT_EQ(test::ReadTestFile(*folder + "/model.safetensors"), Weights());
  EXPECT_EQ(test::ReadTestFile(*folder + "/vocab.txt"), "[PAD]\n[UNK]\n");
  EXPECT_FALSE(fs::exists(*folder + "/pytorch_model.bin"));

  const std::string link = fs::read_symlink(*folder + "/model.safetensors").string();
  EXPECT_THAT(link, testing::MatchesRegex("\\.\\./\\.\\./blobs/[0-9a-f]{64}"));
  EXPECT_THAT(fs::read_symlink(*folder + "/config.json").string(),
              testing::MatchesRegex("\\.\\./\\.\\./blobs/[0-9a-f]{40}"));
  EXPECT_EQ(IncompletePath(), "");
  EXPECT_EQ(observer_.stage, "downloading");
  EXPECT_EQ(observer_.done, observer_.total);
  EXPECT_EQ(observer_.total, (3u << 20) + 22 + 12);
  EXPECT_TRUE(observer_.finished);

  const auto path = ModelPath(kName, Context());
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(*path, *folder);
}

TEST_F(HubPullTest, TakesNothingTwiceAndRepairsWhatIsDamaged) {
  const auto folder = Pull();
  ASSERT_TRUE(folder.ok());
  server_->Reset();
  ASSERT_TRUE(Pull().ok());
  EXPECT_EQ(CountRequests("GET", "resolve"), 0);
  EXPECT_EQ(CountRequests("GET", ".safetensors"), 0);

  const std::string blob = fs::canonical(*folder + "/model.safetensors").string();
  test::WriteTestFile(blob, std::string(3 << 20, 'x'));
  ASSERT_TRUE(Pull().ok());
  EXPECT_EQ(test::ReadTestFile(*folder + "/model.safetensors"), Weights());
}

TEST_F(HubPullTest, KeepsBranchesApartAndTakesACommitWithoutAsking) {
  const auto branch = Pull(std::string(kName) + "@refs/pr/1");
  ASSERT_TRUE(branch.ok()) << branch.status().message();
  const std::string commit = test::ReadTestFile(Cached("refs/refs/pr/1"));
  EXPECT_FALSE(fs::exists(Cached("refs/main")));
  server_->Reset();
  const auto pinned = Pull(std::string(kName) + "@" + commit);
  ASSERT_TRUE(pinned.ok());
  EXPECT_EQ(*pinned, *branch);
  EXPECT_EQ(server_->Connections(), 0);
  EXPECT_FALSE(ModelPath(std::string(kName) + "@main", Context()).ok());
  EXPECT_TRUE(ModelPath(kName, Context()).ok());
}

TEST_F(HubPullTest, APinnedCommitLeavesNoRef) {
  ASSERT_TRUE(Pull().ok());
  const std::string commit = test::ReadTestFile(Cached("refs/main"));
  fs::remove_all(folder_ / "hf");
  ASSERT_TRUE(Pull(std::string(kName) + "@" + commit).ok());
  EXPECT_FALSE(fs::exists(Cached("refs")));
  EXPECT_TRUE(ModelPath(kName, Context()).ok());
}

TEST_F(HubPullTest, OfflineOpensNoSocket) {
  RunContext offline = Context();
  offline.offline = true;
  const auto missing = PullModel(kName, offline);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(missing.status().message(), HasSubstr("offline"));
  EXPECT_EQ(server_->Connections(), 0);

  const auto fetched = Pull();
  ASSERT_TRUE(fetched.ok());
  server_->Reset();
  const auto present = PullModel(kName, offline);
  ASSERT_TRUE(present.ok());
  EXPECT_EQ(*present, *fetched);
  EXPECT_EQ(server_->Connections(), 0);

  fs::remove_all(folder_ / "hf");
  environment_.Set("HF_HUB_OFFLINE", "true");
  EXPECT_EQ(Pull().status().code(), StatusCode::kNetwork);
  EXPECT_EQ(server_->Connections(), 0);
}

TEST_F(HubPullTest, SendsTheTokenToTheHubAlone) {
  environment_.Set("HF_TOKEN", " hf_secret\n");
  server_->Set({{"token", "hf_secret"}});
  ASSERT_TRUE(Pull().ok());
  int to_storage = 0;
  for (const auto& request : server_->Requests()) {
    if (request["server"] == "storage") {
      ++to_storage;
      EXPECT_EQ(request["authorization"], "");
    } else {
      EXPECT_EQ(request["authorization"], "Bearer hf_secret");
    }
  }
  EXPECT_GT(to_storage, 0);
}

TEST_F(HubPullTest, ReadsTheTokenOfAnEarlierLogin) {
  test::WriteTestFile(folder_ / "hf/token", "hf_file\n");
  server_->Set({{"token", "hf_file"}});
  EXPECT_TRUE(Pull().ok());
  environment_.Set("HF_TOKEN", "two\nlines");
  const auto refused = Pull();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), StatusCode::kUsage);
  EXPECT_THAT(refused.status().message(), testing::Not(HasSubstr("lines")));
}

TEST_F(HubPullTest, SaysWhatARefusalMeans) {
  server_->Set({{"token", "another"}});
  EXPECT_THAT(Pull().status().message(), HasSubstr("set HF_TOKEN"));
  environment_.Set("HF_TOKEN", "hf_wrong");
  EXPECT_THAT(Pull().status().message(), HasSubstr("refused the token"));
  server_->Set({{"faults", {{{"path", "resolve"}, {"status", 403}}}}});
  const auto gated = Pull();
  EXPECT_EQ(gated.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(gated.status().message(), HasSubstr("accept its conditions"));
}

TEST_F(HubPullTest, SaysWhatIsNotThere) {
  const auto repository = Pull("owner/nothing");
  EXPECT_EQ(repository.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(repository.status().message(), HasSubstr("no such repository"));
  const auto revision = Pull(std::string(kName) + "@v9");
  EXPECT_EQ(revision.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(revision.status().message(), HasSubstr("no revision 'v9'"));
}

TEST_F(HubPullTest, RefusesHostileListings) {
  for (const char* name : {"../../evil.safetensors", "/tmp/evil.safetensors", "a\nb"}) {
    server_->Set({{"siblings", {"config.json", "model.safetensors", name}}});
    const auto folder = Pull();
    ASSERT_FALSE(folder.ok());
    EXPECT_EQ(folder.status().code(), StatusCode::kCorrupt);
  }
  server_->Set({{"siblings", {1, 2}}});
  EXPECT_EQ(Pull().status().code(), StatusCode::kNetwork);
  EXPECT_FALSE(fs::exists(folder_ / "hf"));
}

TEST_F(HubPullTest, RefusesFilesWithoutHashSizeOrOfAnotherCommit) {
  const Json without_hash = {{"X-Linked-ETag", nullptr}, {"ETag", "\"weak\""}};
  const Json without_size = {{"X-Linked-Size", "-3"}};
  const Json other_commit = {{"X-Repo-Commit", std::string(40, 'a')}};
  for (const Json& headers : {without_hash, without_size, other_commit}) {
    server_->Set({{"faults", {{{"method", "HEAD"}, {"headers", headers}}}}});
    const auto folder = Pull();
    ASSERT_FALSE(folder.ok()) << headers;
    EXPECT_EQ(folder.status().code(), StatusCode::kNetwork) << headers;
  }
}

TEST_F(HubPullTest, AnEtagCannotNameAFileElsewhere) {
  server_->Set(
      {{"faults", {{{"method", "HEAD"}, {"headers", {{"X-Linked-ETag", "\"../../x\""}}}}}}});
  EXPECT_FALSE(Pull().ok());
  EXPECT_FALSE(fs::exists(folder_ / "hf"));
}

TEST_F(HubPullTest, FollowsRedirectsButNotForEver) {
  server_->Set(
      {{"faults",
        {{{"path", "/api/"}, {"redirect", "/api/models/owner/tiny-bert/revision/main"}}}}});
  const auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(folder.status().message(), HasSubstr("redirects"));
  EXPECT_EQ(CountRequests("GET", "/api/"), 6);
}

TEST_F(HubPullTest, ARedirectToAnotherPortDoesNotGetTheToken) {
  environment_.Set("HF_TOKEN", "hf_secret");
  server_->Set({{"faults",
                 {{{"path", "/api/"},
                   {"redirect", server_->StorageUrl() + "/owner/tiny-bert/vocab.txt"}}}}});
  EXPECT_FALSE(Pull().ok());
  const auto requests = server_->Requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0]["authorization"], "Bearer hf_secret");
  EXPECT_EQ(requests[1]["server"], "storage");
  EXPECT_EQ(requests[1]["authorization"], "");
}

TEST_F(HubPullTest, TwoProcessesShareOneDownload) {
  server_->Set({{"faults", {{{"method", "GET"}, {"path", ".safetensors?"}, {"pause", 0.01}}}}});
  const pid_t other = ::fork();
  if (other == 0) ::_exit(PullModel(kName, Context()).ok() ? 0 : 1);
  const auto folder = Pull();
  int state = 0;
  ::waitpid(other, &state, 0);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  ASSERT_TRUE(folder.ok()) << folder.status().message();
  EXPECT_EQ(test::ReadTestFile(*folder + "/model.safetensors"), Weights());
  EXPECT_EQ(CountRequests("GET", ".safetensors?"), 1);
}

TEST_F(HubPullTest, AHubThatIsNotThereIsANetworkError) {
  server_.reset();
  const auto folder = Pull();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.status().code(), StatusCode::kNetwork);
}

}  // namespace
}  // namespace llmembed::hub

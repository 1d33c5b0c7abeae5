#include "pipeline/bench/child_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/file_io.h"

namespace llmembed::pipeline {
namespace {

using StartClock = std::chrono::steady_clock;

constexpr auto kGlance = std::chrono::microseconds(500);  // between two looks whether it has ended

// Returns 0 or an errno.
int SpawnSilent(const std::vector<std::string>& arguments, pid_t* process) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> words;
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  const int error =
      ::posix_spawn(process, words[0], &actions, /*attributes=*/nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

Result<double> TimeProgram(const std::vector<std::string>& arguments, const RunContext& context) {
  const auto begin = StartClock::now();
  pid_t process = 0;
  const int error = SpawnSilent(arguments, &process);
  if (error != 0) return base::IoError(arguments[0], "run", error);
  int state = 0;
  bool is_told = false;
  while (true) {
    const pid_t ended = ::waitpid(process, &state, WNOHANG);
    if (ended == process) break;
    if (ended < 0 && errno != EINTR) return base::IoError(arguments[0], "await", errno);
    if (context.IsCancelled() && !is_told) is_told = ::kill(process, SIGTERM) == 0;
    std::this_thread::sleep_for(kGlance);
  }
  const double seconds = std::chrono::duration<double>(StartClock::now() - begin).count();
  if (context.IsCancelled()) return Status(StatusCode::kCancelled, "stopped");
  if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) {
    std::string command;
    for (const std::string& argument : arguments)
      command += (command.empty() ? "" : " ") + argument;
    return Status(StatusCode::kInternal, "a program that was to be timed failed: " + command);
  }
  return seconds;
}

}  // namespace llmembed::pipeline

#include "hub/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/file_io.h"
#include "base/utf8.h"
#include "hub/unique_fd.h"

extern char** environ;

namespace llmembed::hub {
namespace {

constexpr int kTickMilliseconds = 200;
constexpr int kTicksBeforeForce = 10;
constexpr size_t kMaxTailBytes = 4096;

// The inherited environment, with `changes` in place of the variables of the same name.
std::vector<std::string> MergedEnvironment(const std::vector<std::string>& changes) {
  std::vector<std::string> merged = changes;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool changed = std::any_of(changes.begin(), changes.end(),
                                     [&](const auto& change) { return change.starts_with(name); });
    if (!changed) merged.emplace_back(text);
  }
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& text : *strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// posix_spawn's two settings objects, freed at the end.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

// Starts the program in a process group of its own (so that its children end with it), with
// standard error going to `error_pipe` and nothing to read. Returns 0 or an errno.
int Spawn(const Command& command, int error_pipe, pid_t* process) {
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&settings.actions, error_pipe, STDERR_FILENO);
  posix_spawn_file_actions_addchdir_np(&settings.actions, command.working_folder.c_str());
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setpgroup(&settings.attributes, 0);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = MergedEnvironment(command.environment);
  return posix_spawnp(process, arguments[0].c_str(), &settings.actions, &settings.attributes,
                      Pointers(&arguments).data(), Pointers(&environment).data());
}

// Reads what has come so far, keeping the end of it. False at the end of the stream.
bool Drain(int descriptor, std::string* tail) {
  std::array<char, 4096> block;
  while (true) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN;
    if (count == 0) return false;
    tail->append(block.data(), static_cast<size_t>(count));
    if (tail->size() > kMaxTailBytes) tail->erase(0, tail->size() - kMaxTailBytes);
  }
}

// Sleeps for a tick, or less when the program says something.
void WaitForOutput(int descriptor, bool is_open) {
  pollfd poll_descriptor{.fd = is_open ? descriptor : -1, .events = POLLIN, .revents = 0};
  ::poll(&poll_descriptor, 1, kTickMilliseconds);
}

}  // namespace

Result<CommandResult> RunCommand(const Command& command, const RunContext& context) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return base::IoError("pipe", "create", errno);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);

  pid_t process = 0;
  const int spawn_error = Spawn(command, writing.get(), &process);
  if (spawn_error != 0) return base::IoError(command.arguments[0], "run", spawn_error);
  writing.Close();

  CommandResult result;
  bool is_open = true;
  int ticks_since_cancel = 0;
  int state = 0;
  while (true) {
    const pid_t ended = ::waitpid(process, &state, WNOHANG);
    if (ended < 0 && errno != EINTR) return base::IoError(command.arguments[0], "await", errno);
    if (is_open) is_open = Drain(reading.get(), &result.error_tail);
    if (ended == process) break;
    if (context.IsCancelled()) {
      if (ticks_since_cancel == 0) ::kill(-process, SIGTERM);
      if (ticks_since_cancel == kTicksBeforeForce) ::kill(-process, SIGKILL);
      ++ticks_since_cancel;
    }
    WaitForOutput(reading.get(), is_open && ticks_since_cancel == 0);
    if (command.on_tick) command.on_tick();
  }
  if (context.IsCancelled()) return Status(StatusCode::kCancelled, "cancelled");
  result.exit_code = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
  result.error_tail = base::ReplaceInvalidUtf8(result.error_tail);
  return result;
}

}  // namespace llmembed::hub

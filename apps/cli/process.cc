#include "process.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "exit_codes.h"

namespace llmembed::cli {
namespace {

std::atomic<bool> interrupted = false;
std::atomic<int> interrupt_signal = 0;
std::atomic<int> failing_input = -1;  // a descriptor that cannot be read
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler uses them");

extern "C" void HandleInterrupt(int signal) {
  if (interrupted.exchange(true)) ::_exit(ExitCodeOfSignal(signal));
  interrupt_signal = signal;
  const int saved_errno = errno;
  if (failing_input >= 0) (void)::dup2(failing_input, STDIN_FILENO);
  errno = saved_errno;
}

void CatchUnlessIgnored(int signal) {
  struct sigaction action = {};
  // nohup and a shell's background jobs ignore signals on purpose: that stays so.
  if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = HandleInterrupt;  // without SA_RESTART: a waiting read is to wake up
  (void)::sigaction(signal, &action, nullptr);
}

void HoldStandardDescriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Opened the wrong way round, so that using it fails.
    (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

void PrepareProcess() {
  HoldStandardDescriptors();
  failing_input = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  CatchUnlessIgnored(SIGINT);
  CatchUnlessIgnored(SIGTERM);
}

const std::atomic<bool>& InterruptFlag() { return interrupted; }

int InterruptSignal() { return interrupt_signal; }

}  // namespace llmembed::cli

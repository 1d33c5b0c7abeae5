// What the process agrees with the system on: signals and the three standard descriptors.
#pragma once

#include <atomic>

namespace llmembed::cli {

// Once, before anything else.
// - SIGINT and SIGTERM set a flag the first time, and from then on standard input cannot be read:
//   a program that waits for its user wakes up, and does not take what it has for all there is.
//   The second one ends the process at once.
// - SIGPIPE and SIGXFSZ are ignored: the write they are about fails instead.
// - A closed standard descriptor is held by one that fails, lest a file of ours becomes it.
void PrepareProcess();

// True from the first SIGINT or SIGTERM on.
const std::atomic<bool>& InterruptFlag();

// The signal that came first, or 0.
int InterruptSignal();

}  // namespace llmembed::cli

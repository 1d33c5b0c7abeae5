// llmembed: one verb a run. Results go to standard output, everything else to standard error.
#include <unistd.h>

#include <exception>
#include <new>

#include "command_line.h"
#include "exit_codes.h"
#include "llmembed/version.h"
#include "process.h"
#include "progress.h"
#include "standard_output.h"
#include "terminal.h"

namespace llmembed::cli {
namespace {

RunContext MakeContext(const RunOptions& options, Observer* observer) {
  RunContext context;
  context.observer = observer;
  context.cancelled = &InterruptFlag();
  context.threads = static_cast<unsigned>(options.threads);
  context.home = options.home;
  context.store = options.store;
  context.packed = options.packed;
  context.offline = options.offline;
  context.device = options.device;
  context.gguf_weights = options.gguf_weights;
  return context;
}

const char* StoppedNote(Kept kept, const RunContext& context) {
  if (kept == Kept::kDownload) {
    return "stopped; what was downloaded is kept: the same command goes on from there";
  }
  if (kept == Kept::kVectors && context.store == "none") {
    return "stopped; without a store nothing is kept";
  }
  if (kept == Kept::kVectors) {
    return "stopped; the vectors made so far are in the store: the same command continues where "
           "it was";
  }
  return "stopped";
}

// The exit code of a job that ended with `status`, everything to be said about it having been said.
int Conclude(const Command& command, const Session& session, const Status& status) {
  if (session.output->reader_gone()) return ExitCode(StatusCode::kOk);
  // Standard input fails once the user has stopped the program.
  const bool input_cut = InterruptSignal() != 0 && status.code() == StatusCode::kIo;
  if (status.code() == StatusCode::kCancelled || input_cut) {
    PrintNote(StoppedNote(command.kept, session.context));
    return InterruptSignal() == 0 ? ExitCode(StatusCode::kCancelled)
                                  : ExitCodeOfSignal(InterruptSignal());
  }
  if (!status.ok()) PrintError(status.message());
  if (status.code() == StatusCode::kUsage) PrintNote(HelpHint(*command.app));
  return ExitCode(status.code());
}

int RunCommand(const Command& command, const RunOptions& options, StandardOutput* output) {
  ProgressObserver observer(options.quiet ? ProgressObserver::Verbosity::kQuiet
                                          : ProgressObserver::Verbosity::kNormal);
  Session session{MakeContext(options, &observer), output};
  Status status = command.run(session);
  ClearLineInPlace();
  // What was printed before an error is still worth reading.
  const Status flushed = output->Flush();
  return Conclude(command, session, status.ok() ? flushed : status);
}

int Run(int argc, const char* const* argv) {
  if (const Status limited = LimitInstructionSet(""); !limited.ok()) {
    PrintError(limited.message());
    return ExitCode(limited.code());
  }
  StandardOutput output;
  CommandLine command_line;
  const auto parsed = command_line.Parse(argc, argv);
  if (const auto* fault = std::get_if<UsageFault>(&parsed)) {
    PrintError(fault->status.message());
    PrintNote(fault->hint);
    return ExitCode(fault->status.code());
  }
  if (const auto* information = std::get_if<InformationAsked>(&parsed)) {
    (void)output.Write(information->text);
    const Status flushed = output.Flush();
    if (flushed.ok() || output.reader_gone()) return ExitCode(StatusCode::kOk);
    PrintError(flushed.message());
    return ExitCode(flushed.code());
  }
  return RunCommand(*std::get<const Command*>(parsed), command_line.run_options(), &output);
}

}  // namespace
}  // namespace llmembed::cli

int main(int argc, char** argv) {
  using llmembed::StatusCode;
  using llmembed::cli::ExitCode;
  llmembed::cli::PrepareProcess();
  try {
    return llmembed::cli::Run(argc, argv);
  } catch (const std::bad_alloc&) {
    llmembed::cli::WriteToStandardError("llmembed: error: out of memory\n");
    return ExitCode(StatusCode::kOutOfMemory);
  } catch (const std::exception& exception) {
    llmembed::cli::PrintError(exception.what());
    return ExitCode(StatusCode::kInternal);
  }
}

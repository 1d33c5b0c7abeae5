#include "exit_codes.h"

#include <csignal>

namespace llmembed::cli {

int ExitCode(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return 0;
    case StatusCode::kUsage:
      return 2;
    case StatusCode::kNotFound:
      return 3;
    case StatusCode::kBadData:
      return 4;
    case StatusCode::kCorrupt:
      return 5;
    case StatusCode::kUnsupported:
      return 6;
    case StatusCode::kMismatch:
      return 7;
    case StatusCode::kIo:
      return 8;
    case StatusCode::kNetwork:
      return 9;
    case StatusCode::kOutOfMemory:
      return 10;
    case StatusCode::kCancelled:
      return ExitCodeOfSignal(SIGINT);
    case StatusCode::kInternal:
      break;
  }
  return 70;  // EX_SOFTWARE of sysexits.h
}

}  // namespace llmembed::cli

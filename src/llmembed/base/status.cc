#include "llmembed/status.h"

namespace llmembed {

const char* StatusCodeName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "ok";
    case StatusCode::kUsage:
      return "usage";
    case StatusCode::kNotFound:
      return "not_found";
    case StatusCode::kBadData:
      return "bad_data";
    case StatusCode::kCorrupt:
      return "corrupt";
    case StatusCode::kUnsupported:
      return "unsupported";
    case StatusCode::kMismatch:
      return "mismatch";
    case StatusCode::kIo:
      return "io";
    case StatusCode::kNetwork:
      return "network";
    case StatusCode::kCancelled:
      return "cancelled";
    case StatusCode::kOutOfMemory:
      return "out_of_memory";
    case StatusCode::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace llmembed

// Care of the embedding store: what is in it, is it whole, make it smaller.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llmembed/export.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed {

// One vector space of the store: everything that decides a vector, and how many there are.
struct StoreSpace {
  std::string id;           // hash of the description
  std::string description;  // canonical JSON: model, tap, dtype, length rule, engine
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

struct StoreStats {
  std::string path;
  uint32_t format_version = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;      // on disk, index included
  uint64_t cap_bytes = 0;  // what it may grow to
  std::vector<StoreSpace> spaces;
};

struct StoreVerifyReport {
  uint64_t rows = 0;
  uint64_t damaged_rows = 0;          // checksum does not fit; they will be embedded again
  uint64_t damaged_segments = 0;      // files whose header is damaged: none of their rows is found
  uint64_t incomplete_bytes = 0;      // tails of interrupted writes; harmless
  std::vector<std::string> problems;  // one line each: file, offset, what
};

LLMEMBED_EXPORT Result<StoreStats> GetStoreStats(const RunContext& context);
LLMEMBED_EXPORT Result<StoreVerifyReport> VerifyStore(const RunContext& context);

// Removes the longest unused vectors until at most `target_bytes` are left; returns bytes freed.
LLMEMBED_EXPORT Result<uint64_t> PruneStore(uint64_t target_bytes, const RunContext& context);

}  // namespace llmembed

// Care of a store: what is in it, is it whole, make it smaller.
#pragma once

#include <cstdint>
#include <string>

#include "llmembed/status.h"
#include "llmembed/store.h"

namespace llmembed::store {

// The first two neither lock nor change anything: they may run beside any use of the store, and on
// a folder that cannot be written to. A row whose vector was stored twice counts twice.
// kNotFound (no store there), kMismatch (another version), kCorrupt (FORMAT), kIo.
Result<StoreStats> ReadStats(const std::string& folder, uint64_t cap_bytes);

// Reads everything.
Result<StoreVerifyReport> Verify(const std::string& folder);

// Removes the longest unused segments that nobody is appending to until the store has at most
// `target_bytes`; returns the bytes freed. Safe while others use the store.
Result<uint64_t> Prune(const std::string& folder, uint64_t target_bytes);

}  // namespace llmembed::store

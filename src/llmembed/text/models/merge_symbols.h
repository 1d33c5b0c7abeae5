// Byte-pair encoding's inner loop: neighbours merge, the lowest rank first, until none can.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "text/models/merge_table.h"

namespace llmembed::text {

// Replaces the symbols by what remains of them. Of pairs of one rank the leftmost goes first, as in
// Hugging Face. O(n log n) in the number of symbols, in memory from their vector's resource.
// Precondition: fewer than 2^32 - 1 symbols, all known to the table.
void MergeSymbols(const MergeTable& merges, std::pmr::vector<uint32_t>* symbols);

}  // namespace llmembed::text

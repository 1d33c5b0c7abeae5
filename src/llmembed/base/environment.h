// The only place that reads environment variables.
#pragma once

#include <optional>
#include <string>

namespace llmembed::base {

// The variable's value; nullopt when unset or empty.
std::optional<std::string> EnvironmentVariable(const char* name);

// The folder of our caches: `override`, else LLMEMBED_HOME, else XDG_CACHE_HOME/llmembed, else
// ~/.cache/llmembed. Not created here.
std::string HomeFolder(const std::string& override_path);

}  // namespace llmembed::base

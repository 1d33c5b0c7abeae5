#include "base/environment.h"

#include <cstdlib>

namespace llmembed::base {

std::optional<std::string> EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::string HomeFolder(const std::string& override_path) {
  if (!override_path.empty()) return override_path;
  if (auto home = EnvironmentVariable("LLMEMBED_HOME")) return *home;
  if (auto cache = EnvironmentVariable("XDG_CACHE_HOME")) return *cache + "/llmembed";
  return EnvironmentVariable("HOME").value_or("/tmp") + "/.cache/llmembed";
}

}  // namespace llmembed::base

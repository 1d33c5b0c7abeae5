#include "hub/hub_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/environment.h"
#include "base/file_io.h"

namespace llmembed::hub {
namespace {

using base::EnvironmentVariable;

constexpr const char* kPublicHub = "https://huggingface.co";
constexpr uint64_t kMaxTokenBytes = 4096;

std::string UserHome() { return EnvironmentVariable("HOME").value_or("/"); }

std::string ExpandTilde(const std::string& path) {
  return path == "~" || path.starts_with("~/") ? UserHome() + path.substr(1) : path;
}

std::string HuggingFaceHome() {
  if (const auto home = EnvironmentVariable("HF_HOME")) return ExpandTilde(*home);
  if (const auto cache = EnvironmentVariable("XDG_CACHE_HOME")) return *cache + "/huggingface";
  return UserHome() + "/.cache/huggingface";
}

Result<std::string> ReadToken() {
  std::string token = EnvironmentVariable("HF_TOKEN").value_or("");
  std::string source = "HF_TOKEN";
  if (token.empty()) {
    source =
        ExpandTilde(EnvironmentVariable("HF_TOKEN_PATH").value_or(HuggingFaceHome() + "/token"));
    Result<std::string> file = base::ReadSmallFile(source, kMaxTokenBytes);
    if (!file.ok() && file.status().code() == StatusCode::kNotFound) return std::string();
    if (!file.ok()) return file.status();
    token = *std::move(file);
  }
  constexpr std::string_view kSpace = " \t\r\n";
  token.erase(0, std::min(token.find_first_not_of(kSpace), token.size()));
  token.erase(token.find_last_not_of(kSpace) + 1);
  // It becomes a header line: a line break inside would become another header.
  if (!std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    return Status(StatusCode::kUsage,
                  source + ": not a token: it holds spaces or other characters");
  }
  return token;
}

bool IsSwitchedOn(const char* variable) {
  std::string value = EnvironmentVariable(variable).value_or("");
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  constexpr std::array<std::string_view, 4> kOn = {"1", "ON", "YES", "TRUE"};
  return std::find(kOn.begin(), kOn.end(), value) != kOn.end();
}

}  // namespace

std::string HubCacheFolder() {
  for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const auto folder = EnvironmentVariable(name)) return ExpandTilde(*folder);
  }
  return HuggingFaceHome() + "/hub";
}

Result<HubSettings> ReadHubSettings() {
  std::string endpoint = EnvironmentVariable("HF_ENDPOINT").value_or(kPublicHub);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  Result<Url> url = ParseUrl(endpoint);
  if (!url.ok()) return Status(StatusCode::kUsage, "HF_ENDPOINT: " + url.status().message());
  LLMEMBED_ASSIGN_OR_RETURN(std::string token, ReadToken());
  HubSettings settings;
  settings.endpoint = *std::move(url);
  settings.cache_folder = HubCacheFolder();
  settings.token = std::move(token);
  return settings;
}

RunContext WithEnvironmentsOffline(const RunContext& context) {
  RunContext changed = context;
  changed.offline =
      context.offline || IsSwitchedOn("HF_HUB_OFFLINE") || IsSwitchedOn("TRANSFORMERS_OFFLINE");
  return changed;
}

}  // namespace llmembed::hub

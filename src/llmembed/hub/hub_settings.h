// Where the hub is, where its cache lies and who we are: the environment variables of the
// huggingface_hub library, so that both share one cache and one login.
#pragma once

#include <chrono>
#include <string>

#include "hub/url.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

struct HubSettings {
  Url endpoint;              // HF_ENDPOINT, else the public hub
  std::string cache_folder;  // HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub
  std::string token;         // HF_TOKEN, else the file HF_TOKEN_PATH or HF_HOME/token; may be ""
  std::chrono::milliseconds first_pause{500};  // before a failed request is sent again
};

std::string HubCacheFolder();

// kUsage when a variable holds something unusable.
Result<HubSettings> ReadHubSettings();

// The context, offline also when HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE says so.
RunContext WithEnvironmentsOffline(const RunContext& context);

}  // namespace llmembed::hub

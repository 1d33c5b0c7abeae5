// A whole model from a hub into the shared cache.
#pragma once

#include <string>

#include "hub/hub_name.h"
#include "hub/hub_settings.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// Brings the model's files (SelectModelFiles) into the cache and returns the snapshot's folder.
// What is there already is verified and not fetched again. Offline, and for a commit that is
// already complete, no socket is opened. Several processes may pull the same at once.
Result<std::string> PullFromHub(const HubName& name, const HubSettings& settings,
                                const RunContext& context);

}  // namespace llmembed::hub

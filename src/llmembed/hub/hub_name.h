// The name of a model on a hub, "owner/name[@revision]", and the files of it that we take.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"

namespace llmembed::hub {

struct HubName {
  std::string repository;  // "owner/name"
  std::string revision;    // branch, tag or commit; "" when the name gave none

  // The revision to ask a hub for: its default branch when none was given.
  std::string RevisionOrMain() const { return revision.empty() ? "main" : revision; }
  std::string Text() const { return revision.empty() ? repository : repository + "@" + revision; }
};

// Follows the hub's own rules, so that a name can neither leave the cache folder nor be taken for
// another's: letters, digits and "-_." only, no "--" or "..", at most 96 bytes. kUsage otherwise.
Result<HubName> ParseHubName(std::string_view text);

bool IsCommitHash(std::string_view text);  // 40 lower-case hex digits

// Of a repository's files the ones that a model folder needs, config.json last: configuration,
// tokenizer and safetensors weights, all from the top folder. Never pickles or code.
// kUnsupported: no config.json or no safetensors weights among them; kCorrupt: a hostile name.
Result<std::vector<std::string>> SelectModelFiles(std::span<const std::string> files,
                                                  const std::string& repository);

}  // namespace llmembed::hub

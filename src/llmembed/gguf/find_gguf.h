// Whether a model is a GGUF file, and which.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace llmembed::gguf {

// `path` itself if it is a file that begins with GGUF's magic or is named *.gguf; the one *.gguf of
// a folder that has no config.json. nullopt for everything else, several *.gguf included, and for
// what cannot be read. Looks at names and four bytes; whether it is sound, GgufFile::Open says.
std::optional<std::string> FindGguf(const std::string& path);

// The *.gguf files of a folder by name, paths included; empty for anything else.
std::vector<std::string> GgufFilesIn(const std::string& folder);

}  // namespace llmembed::gguf

// Judges file names that a hub or an archive gives us.
#pragma once

#include <string_view>

namespace llmembed::hub {

// Whether `path` stays inside the folder it is put into: relative, at most 1,024 bytes, no empty,
// "." or ".." component, no backslash and no control character.
bool IsSafeRelativePath(std::string_view path);

}  // namespace llmembed::hub

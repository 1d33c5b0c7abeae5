#include "hub/safe_path.h"

#include <algorithm>

namespace llmembed::hub {
namespace {

constexpr size_t kMaxPathBytes = 1024;

bool IsRefusedCharacter(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f || byte == '\\';
}

}  // namespace

bool IsSafeRelativePath(std::string_view path) {
  if (path.size() > kMaxPathBytes) return false;
  if (std::any_of(path.begin(), path.end(), IsRefusedCharacter)) return false;
  while (true) {
    const size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (component.empty() || component == "." || component == "..") return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace llmembed::hub

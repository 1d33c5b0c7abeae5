// One file of a hub onto the disk: resumable, bounded by its announced size, verified by its hash.
#pragma once

#include <cstdint>
#include <string>

#include "hub/http_client.h"
#include "hub/hub_api.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"

namespace llmembed::hub {

// Tells the observer, at most once per MiB, how far all files of a pull are.
class DownloadProgress {
 public:
  DownloadProgress(const RunContext& context, uint64_t total_bytes)
      : context_(&context), total_(total_bytes) {}

  void Update(uint64_t bytes_of_this_file);
  void FinishFile(uint64_t bytes);
  void FinishAll();

 private:
  void Report(uint64_t done, bool finished);

  const RunContext* context_;
  uint64_t total_;
  uint64_t finished_files_ = 0;
  uint64_t reported_ = 0;
};

// Downloads to `path`.incomplete, going on where an earlier try stopped, and renames it to `path`
// once size and hash are right. kCorrupt (and the partial file is removed) when the hash is wrong;
// kNetwork, kCancelled or kIo keep it for the next try. The caller holds the blob's lock.
Status DownloadBlob(HttpClient* client, const RemoteFile& file, const std::string& path,
                    const RunContext& context, DownloadProgress* progress);

}  // namespace llmembed::hub

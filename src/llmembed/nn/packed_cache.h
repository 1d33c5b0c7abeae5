// Packed linear layers on disk: what one run packed, the next one maps.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "compute/ops.h"
#include "llmembed/status.h"

namespace llmembed::nn {

struct PackedCacheOptions {
  std::string root;   // the folder of all models' packed layers
  std::string model;  // what the weights are made from and by, e.g. hashes of files and versions
  uint64_t cap_bytes = 40ULL << 30;  // what the root may grow to
};

// The layers of one model packed by one kind of backend: a folder with a file for each, and a
// manifest that says which files they are (base::FileFingerprint). A file that is no longer the one
// it was, or not whole, is taken for none: the layer is packed again. Thread-safe.
class PackedCache {
 public:
  // Nothing is made before something is kept. `backend` must outlive the cache.
  static std::unique_ptr<PackedCache> Open(const PackedCacheOptions& options,
                                           const compute::Backend& backend);

  // The layer of that name, mapped; null: there is none of these sizes and this use.
  std::unique_ptr<compute::PackedLinear> Find(const std::string& name, size_t inputs,
                                              size_t outputs, compute::OutputUse use) const;

  // Writes a layer. After the first failure nothing more is written.
  void Keep(const std::string& name, const compute::PackedLinear& linear, compute::OutputUse use);

  // Makes what was kept findable, and removes the longest unused other models beyond the cap.
  // kIo: what the first failure to write was; nothing else is lost.
  Status Commit();

 private:
  PackedCache(PackedCacheOptions options, const compute::Backend& backend);
  std::string PathOf(const std::string& name) const { return folder_ + "/" + name + ".packed"; }
  Status Write(const std::string& name, const compute::PackedLinear& linear,
               compute::OutputUse use);
  void RemoveBeyondCap() const;

  const PackedCacheOptions options_;
  const compute::Backend& backend_;
  const std::string folder_;
  base::Json known_;  // name -> fingerprint: when this was opened
  mutable std::mutex mutex_;
  base::Json kept_ = base::Json::object();  // likewise, since then
  Status first_failure_;
};

}  // namespace llmembed::nn

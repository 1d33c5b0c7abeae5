// `store stats`, `store verify`, `store prune`.
#include "llmembed/store.h"
#include "pipeline/runtime.h"
#include "store/embedding_store.h"
#include "store/maintenance.h"

namespace llmembed {
namespace {

Result<std::string> FolderOrError(const RunContext& context) {
  std::string folder = pipeline::StoreFolder(context);
  if (folder.empty()) return Status(StatusCode::kUsage, "--store none names no store");
  return folder;
}

}  // namespace

Result<StoreStats> GetStoreStats(const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string folder, FolderOrError(context));
  return store::ReadStats(folder, store::StoreOptions().cap_bytes);
}

Result<StoreVerifyReport> VerifyStore(const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string folder, FolderOrError(context));
  return store::Verify(folder);
}

Result<uint64_t> PruneStore(uint64_t target_bytes, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string folder, FolderOrError(context));
  return store::Prune(folder, target_bytes);
}

}  // namespace llmembed

#include "pipeline/runtime.h"

#include <utility>

#include "base/environment.h"
#include "base/file_io.h"
#include "compute/device.h"
#include "compute/ops.h"
#include "llmembed/models.h"
#include "llmembed/version.h"

namespace llmembed::pipeline {

std::string StoreFolder(const RunContext& context) {
  if (context.store == "none") return "";
  return context.store.empty() ? base::HomeFolder(context.home) + "/store" : context.store;
}

std::string PackedFolder(const RunContext& context) {
  if (context.packed == "none") return "";
  return context.packed.empty() ? base::HomeFolder(context.home) + "/packed" : context.packed;
}

std::string ScratchFolder(const RunContext& context) {
  return base::HomeFolder(context.home) + "/scratch";
}

Result<std::unique_ptr<Runtime>> Runtime::Open(const RunContext& context) {
  std::unique_ptr<Runtime> runtime(new Runtime(context));
  compute::SetLibraryThreads(runtime->pool_.size());
  LLMEMBED_RETURN_IF_ERROR(runtime->OpenStore());
  return runtime;
}

Status Runtime::OpenStore() {
  const std::string folder = StoreFolder(context_);
  if (folder.empty()) return {};
  // The folder around the store is private too: it remembers which models were used.
  Status status = context_.store.empty()
                      ? base::MakeFolders(base::HomeFolder(context_.home), /*is_private=*/true)
                      : Status();
  if (status.ok()) {
    auto opened = store::EmbeddingStore::Open(folder);
    if (opened.ok()) {
      store_ = *std::move(opened);
      return {};
    }
    status = opened.status();
  }
  if (status.code() == StatusCode::kMismatch || !context_.store.empty()) {
    return status.WithContext("the embedding store (--store none does without)");
  }
  context_.Warn("going on without the embedding store: " + status.message());
  return {};
}

namespace {

Result<backbone::BlockWeights> ParseBlockWeights(const std::string& word) {
  if (word.empty() || word == "auto") return backbone::BlockWeights::kAuto;
  if (word == "unpacked") return backbone::BlockWeights::kUnpack;
  if (word == "blocks") return backbone::BlockWeights::kKeep;
  return Status(StatusCode::kUsage,
                "'" + word + "' is no way to run GGUF weights: auto, unpacked or blocks");
}

}  // namespace

Result<OpenedBackbone> Runtime::OpenBackbone(const BackboneRequest& request) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto block_weights, ParseBlockWeights(context_.gguf_weights));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string folder, ModelPath(request.model, context_));
  const bool needs_cpu = request.compute_type == ComputeType::kInt8;
  LLMEMBED_ASSIGN_OR_RETURN(auto devices, compute::ResolveDevices(context_.device, needs_cpu));
  OpenedBackbone opened;
  LLMEMBED_ASSIGN_OR_RETURN(
      opened.identity,
      extract::IdentifyModel(folder, base::HomeFolder(context_.home), request.check));
  LLMEMBED_ASSIGN_OR_RETURN(
      auto extractor,
      extract::Extractor::Open({.folder = folder,
                                .taps = request.taps,
                                .compute_type = request.compute_type,
                                .devices = std::move(devices),
                                .max_tokens = request.max_tokens,
                                .on_long_text = request.on_long_text,
                                .special_text = request.special_text,
                                .block_weights = block_weights,
                                .packed_root = PackedFolder(context_),
                                .model = std::string(Version()) + " " + opened.identity.weights +
                                         " " + opened.identity.config},
                               &pool_));
  opened.embedder = std::make_unique<extract::Embedder>(std::move(extractor), opened.identity,
                                                        store_.get(), context_);
  return opened;
}

}  // namespace llmembed::pipeline

// What the jobs of one run share: the threads, the embedding store, the models on this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "extract/embedder.h"
#include "extract/model_identity.h"
#include "fusion/tap.h"
#include "llmembed/embed.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "store/embedding_store.h"

namespace llmembed::pipeline {

// The store's folder for this run; "" when it goes without one.
std::string StoreFolder(const RunContext& context);

// The folder of packed layers for this run; "" when it goes without one.
std::string PackedFolder(const RunContext& context);

// Where a run's large working arrays are made (base::ScratchFloats).
std::string ScratchFolder(const RunContext& context);

struct BackboneRequest {
  std::string name;   // as taps call it
  std::string model;  // as ModelPath takes it
  std::vector<fusion::Tap> taps{};
  ComputeType compute_type = ComputeType::kAuto;
  uint32_t max_tokens = 0;  // 0: the model's positions
  OnLongText on_long_text = OnLongText::kHead;
  SpecialText special_text = SpecialText::kParse;
  extract::DigestCheck check = extract::DigestCheck::kRemembered;
};

struct OpenedBackbone {
  extract::ModelIdentity identity;
  std::unique_ptr<extract::Embedder> embedder;
};

// One job at a time.
class Runtime {
 public:
  // A store of another version is an error (kMismatch); one that cannot be used for another reason
  // is done without, with a warning, unless the caller named it.
  static Result<std::unique_ptr<Runtime>> Open(const RunContext& context);

  const RunContext& context() const { return context_; }
  base::ThreadPool* pool() { return &pool_; }

  // The runtime must outlive the embedder.
  Result<OpenedBackbone> OpenBackbone(const BackboneRequest& request);

 private:
  explicit Runtime(const RunContext& context) : context_(context), pool_(context.threads) {}
  Status OpenStore();

  RunContext context_;
  base::ThreadPool pool_;
  std::unique_ptr<store::EmbeddingStore> store_;
};

}  // namespace llmembed::pipeline

// Vectors of texts, from the store where they are there already, else from the backbone.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extract/extractor.h"
#include "extract/model_identity.h"
#include "llmembed/embed.h"
#include "llmembed/run_context.h"
#include "llmembed/status.h"
#include "store/embedding_store.h"

namespace llmembed::extract {

// The canonical JSON of everything that decides a tap's vectors.
std::string SpaceDescription(const Extractor& extractor, const ModelIdentity& identity, size_t tap);

// Not thread-safe. A store that fails is given up with a warning: it is a cache, and the run's
// results do not depend on it.
class Embedder {
 public:
  // `store` may be null; both must outlive the embedder.
  Embedder(std::unique_ptr<Extractor> extractor, const ModelIdentity& identity,
           store::EmbeddingStore* store, const RunContext& context);

  const Extractor& extractor() const { return *extractor_; }

  // vectors[tap]: [texts, width]; lengths: [texts]. What was computed is in the store after the
  // next Flush, or when the store is closed. Errors: as Extractor.
  Status Embed(const TextWindow& window, std::span<float* const> vectors,
               std::span<TextLength> lengths);

  // To be called after each window: once all embedders of a store have had it.
  void Flush();

  // What was done so far; without `lengths`, which whoever knows the texts' classes counts.
  const ExtractionReport& report() const { return report_; }

 private:
  Status ReadFromStore(std::span<const std::string_view> texts, std::span<float* const> vectors);
  Status AppendToStore(std::span<const uint32_t> texts, std::span<float* const> vectors);
  std::vector<uint32_t> FirstsOfMissing(std::span<const std::string_view> texts);
  void CopyRepeats(std::span<float* const> vectors) const;
  void GiveUpStore(const Status& status);

  std::unique_ptr<Extractor> extractor_;
  store::EmbeddingStore* store_;
  RunContext context_;
  std::vector<store::Space> spaces_;  // [taps]
  uint64_t known_damaged_rows_ = 0;
  bool told_full_ = false;
  ExtractionReport report_;

  // Of the window in hand.
  std::vector<std::vector<store::Key>> keys_;  // [taps][texts]
  std::vector<std::vector<uint8_t>> found_;    // [taps][texts]
  std::vector<uint32_t> first_of_;             // [texts]: the first text that reads the same
};

}  // namespace llmembed::extract

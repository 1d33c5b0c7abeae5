// The backbones of a job over the same texts: a window of texts goes through all of them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "extract/embedder.h"
#include "fusion/tap.h"
#include "llmembed/embed.h"
#include "llmembed/status.h"
#include "pipeline/length_tally.h"
#include "pipeline/runtime.h"

namespace llmembed::pipeline {

// Not thread-safe.
class BackboneSet {
 public:
  // Each tap is taken from the request whose name it has; each request has at least one.
  // `runtime` must outlive the set. Errors: as Runtime::OpenBackbone.
  static Result<std::unique_ptr<BackboneSet>> Open(std::vector<BackboneRequest> requests,
                                                   std::span<const fusion::Tap> taps,
                                                   Runtime* runtime);

  size_t width(size_t tap) const;

  // Which models they are and what each computes in, "f32", "bf16", "int8" or "fp8", in the
  // requests' order.
  std::vector<extract::ModelIdentity> identities() const;
  std::vector<std::string> compute_types() const;

  // Takes a window of texts through all backbones. `classes` as LengthTally::Add.
  Status Embed(const extract::TextWindow& window, std::span<const uint32_t> classes);

  // Of the window that was embedded last: a tap's vectors [texts, width(tap)], and a text's length
  // in the backbone that cut most of it (the first where none did).
  std::span<const float> rows(size_t tap) const;
  extract::TextLength length(size_t text) const;

  // Of all backbones together, texts counted once; `labels` as LengthTally::Report.
  ExtractionReport report(std::span<const std::string> labels) const;

 private:
  struct Backbone {
    extract::ModelIdentity identity;
    std::unique_ptr<extract::Embedder> embedder;
    LengthTally tally;
    std::vector<size_t> taps{};                  // indices into the set's
    std::vector<extract::TextLength> lengths{};  // of the window in hand
  };

  BackboneSet() = default;

  std::vector<Backbone> backbones_;
  std::vector<size_t> backbone_of_;       // [taps]
  std::vector<std::vector<float>> rows_;  // [taps], reused; the first `texts_` rows count
  size_t texts_ = 0;
};

}  // namespace llmembed::pipeline

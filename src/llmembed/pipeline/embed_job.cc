// `embed`: texts in, vectors of any layer out, as a stream.
#include <algorithm>

#include "fusion/tap.h"
#include "llmembed/embed.h"
#include "pipeline/runtime.h"
#include "pipeline/window_reader.h"
#include "weights/vector_file_writer.h"

namespace llmembed {
namespace {

// The rows of a window, a matrix a tap, reused.
class WindowVectors {
 public:
  WindowVectors(size_t taps, size_t width) : width_(width), rows_(taps) {}

  std::span<float* const> Resize(size_t texts) {
    pointers_.clear();
    for (auto& rows : rows_) {
      rows.resize(std::max(rows.size(), texts * width_));
      pointers_.push_back(rows.data());
    }
    return pointers_;
  }
  std::span<const float> Rows(size_t tap, size_t texts) const {
    return std::span(rows_[tap]).first(texts * width_);
  }

 private:
  size_t width_;
  std::vector<std::vector<float>> rows_;
  std::vector<float*> pointers_;
};

Status EmbedWindows(pipeline::WindowReader* reader, extract::Embedder* embedder,
                    weights::VectorFileWriter* writer, const RunContext& context) {
  const size_t taps = embedder->extractor().taps().size();
  WindowVectors vectors(taps, embedder->extractor().width());
  std::vector<extract::TextLength> lengths;
  Progress progress{.stage = "embedding", .unit = "texts"};
  while (true) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto texts, reader->Next());
    if (texts.empty()) break;
    lengths.resize(texts.size());
    const auto rows = vectors.Resize(texts.size());
    LLMEMBED_RETURN_IF_ERROR(embedder->Embed(texts, rows, lengths));
    for (size_t tap = 0; tap < taps; ++tap) {
      LLMEMBED_RETURN_IF_ERROR(writer->AppendRows(tap, vectors.Rows(tap, texts.size())));
    }
    progress.done += texts.size();
    context.Report(progress);
  }
  progress.finished = true;
  progress.total = progress.done;
  context.Report(progress);
  return {};
}

}  // namespace

Result<ExtractionReport> Embed(const EmbedOptions& options, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto taps, fusion::ParseTapList(options.taps));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(auto backbone,
                            runtime->OpenBackbone({.model = options.model,
                                                   .taps = taps,
                                                   .compute_type = options.compute_type,
                                                   .max_tokens = options.max_tokens}));
  extract::Embedder& embedder = *backbone.embedder;
  LLMEMBED_ASSIGN_OR_RETURN(auto reader, pipeline::WindowReader::Open(options.data));
  std::vector<weights::VectorColumn> columns;
  columns.reserve(taps.size());
  for (const fusion::Tap& tap : taps) {
    columns.push_back({fusion::ToString(tap), embedder.extractor().width()});
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto writer,
                            weights::VectorFileWriter::Create(options.output, columns));
  LLMEMBED_RETURN_IF_ERROR(EmbedWindows(&reader, &embedder, &writer, context));
  LLMEMBED_RETURN_IF_ERROR(writer.Commit());
  pipeline::WarnOfIssues(reader.Issues(), context);
  return embedder.report();
}

}  // namespace llmembed

// `embed`: texts in, vectors of any layer out, as a stream.
#include <algorithm>

#include "fusion/tap.h"
#include "llmembed/embed.h"
#include "pipeline/backbone_set.h"
#include "pipeline/runtime.h"
#include "pipeline/window_reader.h"
#include "weights/vector_file_writer.h"

namespace llmembed {
namespace {

bool IsUsed(const BackboneChoice& backbone, const std::vector<fusion::Tap>& taps) {
  return std::any_of(taps.begin(), taps.end(),
                     [&](const fusion::Tap& tap) { return tap.backbone == backbone.name; });
}

Status CheckNames(const std::vector<BackboneChoice>& backbones) {
  if (backbones.empty()) return {StatusCode::kUsage, "no backbone is given"};
  for (size_t i = 0; i < backbones.size(); ++i) {
    const std::string& name = backbones[i].name;
    if (name.empty() && backbones.size() > 1) {
      return {StatusCode::kUsage,
              "each of several backbones needs a name: NAME=" + backbones[i].model};
    }
    if (!name.empty() && !fusion::IsBackboneName(name)) {
      return {StatusCode::kUsage,
              "\"" + name +
                  "\" is no name for a backbone: expected a letter, "
                  "then letters, digits, '_', '.' or '-', at most 64 characters"};
    }
    const bool is_repeated = std::any_of(backbones.begin(), backbones.begin() + i,
                                         [&](const auto& other) { return other.name == name; });
    if (is_repeated) return {StatusCode::kUsage, "two backbones are called " + name};
  }
  return {};
}

// Gives every tap the name of its backbone. With a single one taps need not say it; if that has no
// name either, its model's does as well.
Status ResolveBackbones(const std::vector<BackboneChoice>& backbones,
                        std::vector<fusion::Tap>* taps) {
  LLMEMBED_RETURN_IF_ERROR(CheckNames(backbones));
  std::string known;
  for (const BackboneChoice& backbone : backbones) {
    known += (known.empty() ? "" : ", ") + (backbone.name.empty() ? backbone.model : backbone.name);
  }
  for (fusion::Tap& tap : *taps) {
    const BackboneChoice& first = backbones.front();
    const bool is_first =
        backbones.size() == 1 &&
        (tap.backbone.empty() || (first.name.empty() && tap.backbone == first.model));
    const std::string text = ToString(tap);
    if (is_first) tap.backbone = first.name;
    const bool is_known =
        std::any_of(backbones.begin(), backbones.end(),
                    [&](const auto& backbone) { return backbone.name == tap.backbone; });
    if (!is_known) {
      return {StatusCode::kUsage, "tap \"" + text + "\" names " +
                                      (tap.backbone.empty() ? "no" : "an unknown") +
                                      " backbone, expected one of " + known};
    }
  }
  for (auto tap = taps->begin(); tap != taps->end(); ++tap) {
    if (std::find(taps->begin(), tap, *tap) == tap) continue;
    return {StatusCode::kUsage, "tap \"" + ToString(*tap) + "\" stands twice in the list"};
  }
  for (const BackboneChoice& backbone : backbones) {
    if (!IsUsed(backbone, *taps)) {
      return {StatusCode::kUsage, "no tap uses the backbone " + backbone.name};
    }
  }
  return {};
}

Result<std::unique_ptr<pipeline::BackboneSet>> OpenBackbones(
    const std::vector<BackboneChoice>& backbones, std::span<const fusion::Tap> taps,
    pipeline::Runtime* runtime) {
  std::vector<pipeline::BackboneRequest> requests;
  for (const BackboneChoice& backbone : backbones) {
    requests.push_back({.name = backbone.name,
                        .model = backbone.model,
                        .compute_type = backbone.compute_type,
                        .max_tokens = backbone.max_tokens,
                        .on_long_text = backbone.on_long_text,
                        .special_text = backbone.special_text});
  }
  return pipeline::BackboneSet::Open(std::move(requests), taps, runtime);
}

Status EmbedWindows(pipeline::WindowReader* reader, pipeline::BackboneSet* backbones, size_t taps,
                    weights::VectorFileWriter* writer, const RunContext& context) {
  Progress progress{.stage = "embedding", .unit = "texts"};
  while (true) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto window, reader->Next());
    if (window.size() == 0) break;
    LLMEMBED_RETURN_IF_ERROR(backbones->Embed(window, reader->classes()));
    for (size_t tap = 0; tap < taps; ++tap) {
      LLMEMBED_RETURN_IF_ERROR(writer->AppendRows(tap, backbones->rows(tap)));
    }
    progress.done += window.size();
    context.Report(progress);
  }
  progress.finished = true;
  progress.total = progress.done;
  context.Report(progress);
  return {};
}

}  // namespace

Result<ExtractionReport> Embed(const EmbedOptions& options, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(auto taps, fusion::ParseTapList(options.taps));
  std::vector<weights::VectorColumn> columns;  // named as the taps are written
  for (const fusion::Tap& tap : taps) columns.push_back({fusion::ToString(tap), 0});
  LLMEMBED_RETURN_IF_ERROR(ResolveBackbones(options.backbones, &taps));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runtime, pipeline::Runtime::Open(context));
  LLMEMBED_ASSIGN_OR_RETURN(const auto backbones,
                            OpenBackbones(options.backbones, taps, runtime.get()));
  LLMEMBED_ASSIGN_OR_RETURN(auto reader, pipeline::WindowReader::Open(options.data));
  for (size_t tap = 0; tap < taps.size(); ++tap) columns[tap].width = backbones->width(tap);
  LLMEMBED_ASSIGN_OR_RETURN(auto writer,
                            weights::VectorFileWriter::Create(options.output, columns));
  LLMEMBED_RETURN_IF_ERROR(EmbedWindows(&reader, backbones.get(), taps.size(), &writer, context));
  LLMEMBED_RETURN_IF_ERROR(writer.Commit());
  pipeline::WarnOfIssues(reader.Issues(), context);
  return backbones->report(reader.labels());
}

}  // namespace llmembed

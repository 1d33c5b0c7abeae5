#include "pipeline/search/tap_table.h"

#include <algorithm>

#include "fusion/evaluator.h"
#include "pipeline/feature_source.h"

namespace llmembed::pipeline {
namespace {

constexpr uint64_t kBlockRows = 256;

}  // namespace

Result<TapTable> TapTable::Build(const recipe::Recipe& recipe,
                                 std::span<const SearchedBackbone> backbones,
                                 const DatasetRows& rows, const std::string& path, Runtime* runtime,
                                 const RunContext& context) {
  TapTable table;
  table.backbones_.assign(backbones.begin(), backbones.end());
  recipe::Recipe all = recipe;
  all.fusion = "cat(";
  for (const SearchedBackbone& backbone : backbones) {
    for (int layer = 0; layer <= backbone.layers; ++layer) {
      all.fusion += (all.fusion.ends_with('(') ? "" : ", ") + MeanTap(backbone, layer);
    }
  }
  all.fusion += ")";
  LLMEMBED_ASSIGN_OR_RETURN(const auto source,
                            FeatureSource::Open(all, extract::DigestCheck::kRemembered, runtime));
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression, fusion::Expression::Parse(all.fusion));
  table.taps_ = expression.taps();
  for (size_t tap = 0; tap < table.taps_.size(); ++tap) {
    table.offsets_.push_back(table.width_);
    table.widths_.push_back(source->backbones().width(tap));
    table.width_ += table.widths_.back();
  }
  table.rows_ = rows.texts.size();
  LLMEMBED_ASSIGN_OR_RETURN(table.values_, ComputeFeatures(rows, path, source.get(), context));
  table.extraction_ = source->backbones().report({});
  return table;
}

Result<FusedFeatures> TapTable::Fuse(const std::string& text, const RunContext& context) const {
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression, fusion::Expression::Parse(text));
  std::vector<size_t> places, widths;  // of the expression's taps
  for (const fusion::Tap& given : expression.taps()) {
    const fusion::Tap tap = FromTheFront(given, backbones_);
    const auto found = std::ranges::find(taps_, tap);
    if (found == taps_.end()) {
      return Status(StatusCode::kBadData, "no layer " + ToString(tap) + " was read");
    }
    places.push_back(static_cast<size_t>(found - taps_.begin()));
    widths.push_back(widths_[places.back()]);
  }
  FusedFeatures fused;
  if (expression.IsTrained()) {
    LLMEMBED_ASSIGN_OR_RETURN(fused.network, fusion::Network::Create(expression, widths));
  }
  LLMEMBED_ASSIGN_OR_RETURN(auto evaluator,
                            fusion::Evaluator::Create(expression.BeforeTraining(), widths));
  const uint64_t width = evaluator.width();
  fused.head_inputs = fused.network ? fused.network->width() : width;
  LLMEMBED_ASSIGN_OR_RETURN(fused.values,
                            base::ScratchFloats::Create(ScratchFolder(context), rows_ * width));
  // Block by block: the taps' columns as matrices of their own, then fused.
  std::vector<std::vector<float>> columns(places.size());
  std::vector<std::span<const float>> views(places.size());
  for (uint64_t begin = 0; begin < rows_; begin += kBlockRows) {
    const uint64_t count = std::min(kBlockRows, rows_ - begin);
    for (size_t tap = 0; tap < places.size(); ++tap) {
      columns[tap].resize(count * widths[tap]);
      for (uint64_t row = 0; row < count; ++row) {
        std::ranges::copy(
            values_.values().subspan((begin + row) * width_ + offsets_[places[tap]], widths[tap]),
            columns[tap].begin() + static_cast<int64_t>(row * widths[tap]));
      }
      views[tap] = columns[tap];
    }
    LLMEMBED_RETURN_IF_ERROR(evaluator.Evaluate(
        views, count, fused.values.values().subspan(begin * width, count * width)));
  }
  return fused;
}

}  // namespace llmembed::pipeline

// backend_check.cc's part about norms: what they give, and what is done with it at once.
#pragma once

#include <string>

#include "compute/op_cases/twins.h"

namespace llmembed::compute {

class NormChecks : public Twins {
 public:
  using Twins::Twins;

 protected:
  // What a sublayer gave is added by the norm behind it.
  Status SublayerNorm(size_t rows, size_t width, const std::string& size) {
    LLMEMBED_ASSIGN_OR_RETURN(const TwinTable scale, RandomTable(width));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin x, Random(tensor::DType::kF32, rows, width));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin sublayer, Random(type(), rows, width));
    LLMEMBED_RETURN_IF_ERROR(stream_->AddNorm({NormKind::kLayer, scale.table.span(), {}, 1e-5F},
                                              x.view, sublayer.view, x.view, {}));
    LLMEMBED_RETURN_IF_ERROR(
        reference_stream_->AddNorm({NormKind::kLayer, scale.reference.span(), {}, 1e-5F},
                                   x.reference, sublayer.reference, x.reference, {}));
    return Compare("norm of a sublayer " + size, x, 1e-5);
  }

  // Products of what a norm has made for them; of an odd size, too.
  Status LinearsOf(const Twin& rounded, const std::string& size) {
    if (type() != tensor::DType::kBF16) return {};
    const size_t width = rounded.view.columns;
    for (const size_t outputs : {64, 24}) {
      LLMEMBED_ASSIGN_OR_RETURN(const TwinLinear linear,
                                PackTwin(WeightOf(width, outputs), {}, width, outputs));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(type(), rounded.view.rows, outputs));
      LLMEMBED_RETURN_IF_ERROR(
          stream_->Linear(*linear.own, rounded.view, out.view, Write::kReplace));
      LLMEMBED_RETURN_IF_ERROR(reference_stream_->Linear(*linear.reference, rounded.reference,
                                                         out.reference, Write::kReplace));
      LLMEMBED_RETURN_IF_ERROR(Compare("linear behind a norm " + size, out, linear_tolerance()));
    }
    return {};
  }

  Status Norms(size_t rows, size_t width, const std::string& size) {
    LLMEMBED_ASSIGN_OR_RETURN(const TwinTable scale, RandomTable(width));
    LLMEMBED_ASSIGN_OR_RETURN(const TwinTable shift, RandomTable(width));
    for (const NormKind kind : {NormKind::kLayer, NormKind::kRms}) {
      for (const bool in_place : {false, true}) {
        LLMEMBED_ASSIGN_OR_RETURN(const Twin x, Random(tensor::DType::kF32, rows, width));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin residual, Random(tensor::DType::kF32, rows, width));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin normed, Random(tensor::DType::kF32, rows, width));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin rounded, Random(tensor::DType::kBF16, rows, width));
        const auto norm = [&](const Table& a, const Table& b) {
          const bool shifts = kind == NormKind::kLayer;
          return NormWeights{kind, a.span(), shifts ? b.span() : std::span<const float>(), 1e-5F};
        };
        LLMEMBED_RETURN_IF_ERROR(stream_->AddNorm(norm(scale.table, shift.table), x.view,
                                                  residual.view, in_place ? x.view : normed.view,
                                                  rounded.view));
        LLMEMBED_RETURN_IF_ERROR(reference_stream_->AddNorm(
            norm(scale.reference, shift.reference), x.reference, residual.reference,
            in_place ? x.reference : normed.reference, rounded.reference));
        LLMEMBED_RETURN_IF_ERROR(Compare("norm's sum " + size, x, 1e-5));
        LLMEMBED_RETURN_IF_ERROR(Compare("norm " + size, normed, 1e-5));
        // A backend of fp8 may round that far: half of what its numbers are apart.
        const double bar = backend_.math_type() == MathType::kFp8 ? 1.0 / 15 : 1.0 / 128;
        LLMEMBED_RETURN_IF_ERROR(Compare("norm in bf16 " + size, rounded, bar));
        if (width % 16 == 0) LLMEMBED_RETURN_IF_ERROR(LinearsOf(rounded, size));
      }
    }
    if (backend_.NormsAddSublayers()) LLMEMBED_RETURN_IF_ERROR(SublayerNorm(rows, width, size));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin x, Random(tensor::DType::kF32, rows, width));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin residual, Random(tensor::DType::kF32, rows, width));
    LLMEMBED_RETURN_IF_ERROR(stream_->Add(x.view, residual.view));
    LLMEMBED_RETURN_IF_ERROR(reference_stream_->Add(x.reference, residual.reference));
    return Compare("residual " + size, x, 1e-6);
  }
};

}  // namespace llmembed::compute

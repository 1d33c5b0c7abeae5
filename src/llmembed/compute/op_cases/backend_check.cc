#include "compute/op_cases/backend_check.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "compute/op_cases/norm_checks.h"
#include "compute/op_cases/op_cases.h"
#include "compute/op_cases/random_data.h"

namespace llmembed::compute {
namespace {

using tensor::DType;

class Checker : public NormChecks {
 public:
  using NormChecks::NormChecks;

  Status Run() {
    LLMEMBED_ASSIGN_OR_RETURN(stream_, backend_.MakeStream());
    LLMEMBED_ASSIGN_OR_RETURN(reference_stream_, reference_.MakeStream());
    LLMEMBED_RETURN_IF_ERROR(Linears());
    LLMEMBED_RETURN_IF_ERROR(FeedForwards());
    for (const OddSize& size : OddSizes()) {
      if (is_small_ && size.rows * size.width > 4096) continue;
      LLMEMBED_RETURN_IF_ERROR(Rows(size.rows, size.width));
    }
    for (const size_t width : {384, 576, 1024, 2304, 4096}) {
      if (is_small_ && width > 1024) continue;
      LLMEMBED_RETURN_IF_ERROR(Rows(37, width));
    }
    LLMEMBED_RETURN_IF_ERROR(Embeddings());
    LLMEMBED_RETURN_IF_ERROR(Attentions());
    return Pools();
  }

 private:
  Status Linears() {
    for (const OddLinearCase& odd : OddLinearCases()) {
      LLMEMBED_RETURN_IF_ERROR(LinearOf(odd));
    }
    if (is_small_) return {};
    for (const ModelCase& model : ModelCases()) {
      for (const LinearCase& one : LinearCasesOf(model)) {
        LLMEMBED_RETURN_IF_ERROR(LinearOf({5, one.inputs, one.outputs}));
      }
    }
    return {};
  }

  Status LinearOf(const OddLinearCase& odd) {
    const bool is_fp8 = backend_.math_type() == MathType::kFp8;
    if (is_fp8 && (odd.inputs % 16 != 0 || odd.outputs % 16 != 0)) return {};  // not in fp8
    const OwnedWeight weight = WeightOf(odd.inputs, odd.outputs);
    const std::vector<float> bias = RandomFloats(odd.outputs, 1.0F, &random_);
    for (const bool has_bias : {false, true}) {
      if (!has_bias && odd.outputs > 4096) continue;  // the reference's loops take their time
      const std::span<const float> added = has_bias ? bias : std::span<const float>();
      LLMEMBED_ASSIGN_OR_RETURN(const TwinLinear linear,
                                PackTwin(weight, added, odd.inputs, odd.outputs));
      LLMEMBED_RETURN_IF_ERROR(LinearOnce(linear, odd, DType::kF32, Write::kAdd));
      LLMEMBED_RETURN_IF_ERROR(LinearOnce(linear, odd, type(), Write::kReplace));
    }
    return {};
  }

  Status LinearOnce(const TwinLinear& linear, const OddLinearCase& odd, DType out_type,
                    Write write) {
    LLMEMBED_ASSIGN_OR_RETURN(const Twin in, Random(type(), odd.rows, odd.inputs));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(out_type, odd.rows, odd.outputs));
    LLMEMBED_RETURN_IF_ERROR(stream_->Linear(*linear.own, in.view, out.view, write));
    LLMEMBED_RETURN_IF_ERROR(
        reference_stream_->Linear(*linear.reference, in.reference, out.reference, write));
    return Compare("linear " + std::to_string(odd.rows) + " x " + std::to_string(odd.inputs) +
                       " -> " + std::to_string(odd.outputs),
                   out, linear_tolerance());
  }

  Status FeedForwards() {
    for (const Activation activation :
         {Activation::kGeluErf, Activation::kGeluTanh, Activation::kSilu}) {
      for (const bool is_gated : {false, true}) {
        constexpr OddLinearCase kSize = {37, 64, 176};
        const size_t wide = is_gated ? 2 * kSize.outputs : kSize.outputs;
        const std::vector<float> bias = RandomFloats(wide, 1.0F, &random_);
        LLMEMBED_ASSIGN_OR_RETURN(const TwinLinear into,
                                  PackTwin(WeightOf(kSize.inputs, wide), bias, kSize.inputs, wide));
        LLMEMBED_ASSIGN_OR_RETURN(
            const TwinLinear out_of,
            PackTwin(WeightOf(kSize.outputs, kSize.inputs), {}, kSize.outputs, kSize.inputs));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin in, Random(type(), kSize.rows, kSize.inputs));
        LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(DType::kF32, kSize.rows, kSize.inputs));
        LLMEMBED_RETURN_IF_ERROR(
            stream_->FeedForward({into.own.get(), out_of.own.get(), activation, is_gated}, in.view,
                                 out.view, Write::kAdd));
        LLMEMBED_RETURN_IF_ERROR(reference_stream_->FeedForward(
            {into.reference.get(), out_of.reference.get(), activation, is_gated}, in.reference,
            out.reference, Write::kAdd));
        LLMEMBED_RETURN_IF_ERROR(Compare("feed-forward", out, linear_tolerance()));
      }
    }
    return {};
  }

  Status Rows(size_t rows, size_t width) {
    const std::string size = std::to_string(rows) + " x " + std::to_string(width);
    LLMEMBED_RETURN_IF_ERROR(Norms(rows, width, size));
    for (const Activation activation :
         {Activation::kGeluErf, Activation::kGeluTanh, Activation::kQuickGelu, Activation::kRelu,
          Activation::kSilu}) {
      LLMEMBED_ASSIGN_OR_RETURN(const Twin x, Random(type(), rows, width, 3.0F));
      LLMEMBED_RETURN_IF_ERROR(stream_->Activate(activation, x.view));
      LLMEMBED_RETURN_IF_ERROR(reference_stream_->Activate(activation, x.reference));
      LLMEMBED_RETURN_IF_ERROR(Compare("activation " + size, x, tolerance(), 1.0));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin in, Random(type(), rows, 2 * width, 3.0F));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(type(), rows, width));
      LLMEMBED_RETURN_IF_ERROR(stream_->ActivateGated(activation, in.view, out.view));
      LLMEMBED_RETURN_IF_ERROR(
          reference_stream_->ActivateGated(activation, in.reference, out.reference));
      LLMEMBED_RETURN_IF_ERROR(Compare("gated activation " + size, out, tolerance(), 1.0));
    }
    return {};
  }

  Status Embeddings() {
    for (const size_t width : {3, 64, 384}) {
      constexpr size_t kRows = 50;
      LLMEMBED_ASSIGN_OR_RETURN(const TwinTable words, RandomTable(kRows * width));
      LLMEMBED_ASSIGN_OR_RETURN(const TwinTable positions, RandomTable(kRows * width));
      LLMEMBED_ASSIGN_OR_RETURN(const TwinTable kind, RandomTable(width));
      LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(DType::kF32, 33, width));
      std::vector<int32_t> ids, places;
      for (int32_t t = 0; t < 33; ++t) {
        ids.push_back(t * 7 % static_cast<int32_t>(kRows));
        places.push_back(t);
      }
      LLMEMBED_RETURN_IF_ERROR(
          stream_->Embed({words.table.span(), 1.5F, positions.table.span(), kind.table.span()}, ids,
                         places, out.view));
      LLMEMBED_RETURN_IF_ERROR(reference_stream_->Embed(
          {words.reference.span(), 1.5F, positions.reference.span(), kind.reference.span()}, ids,
          places, out.reference));
      LLMEMBED_RETURN_IF_ERROR(Compare("embeddings of " + std::to_string(width), out, 1e-6));
    }
    return {};
  }

  Status Attentions() {
    for (const AttentionCase& one : AttentionCases()) {
      LLMEMBED_RETURN_IF_ERROR(AttentionOf(one));
    }
    if (is_small_) return {};
    for (const ModelCase& model : ModelCases()) {
      LLMEMBED_RETURN_IF_ERROR(AttentionOf({{5, 33, 1, 70}, {}, model.attention}));
    }
    return {};
  }

  Status AttentionOf(const AttentionCase& one) {
    const std::vector<int32_t> starts = StartsOf(one.tokens);
    PackedTexts texts;
    texts.starts = starts;
    texts.lengths = one.read;
    const auto tokens = static_cast<size_t>(starts.back());
    const AttentionShape& shape = one.shape;
    const std::string name = std::to_string(one.tokens.size()) + " texts, " +
                             std::to_string(tokens) + " tokens, " + std::to_string(shape.heads) +
                             "/" + std::to_string(shape.kv_heads) + " x " +
                             std::to_string(shape.head_size);
    TwinTable bias;
    if (shape.reach > 0) {
      LLMEMBED_ASSIGN_OR_RETURN(bias, RandomTable(shape.heads * (2 * shape.reach + 1)));
    }
    const auto with = [&](const Table& table) {
      AttentionShape biased = shape;
      biased.distance_bias = table.span();
      return biased;
    };
    LLMEMBED_ASSIGN_OR_RETURN(const Twin qkv, Random(type(), tokens, shape.qkv_width(), 2.0F));
    LLMEMBED_RETURN_IF_ERROR(Heads(shape, name, qkv, tokens));
    LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(type(), tokens, shape.query_width()));
    LLMEMBED_RETURN_IF_ERROR(stream_->Attention(with(bias.table), texts, qkv.view, out.view));
    LLMEMBED_RETURN_IF_ERROR(
        reference_stream_->Attention(with(bias.reference), texts, qkv.reference, out.reference));
    return Compare("attention " + name, out, tolerance());
  }

  // The queries and keys of an attention case, normed and turned.
  Status Heads(const AttentionShape& shape, const std::string& name, const Twin& qkv,
               size_t tokens) {
    const size_t half = shape.head_size / 2;
    LLMEMBED_ASSIGN_OR_RETURN(const TwinTable scale, RandomTable(shape.head_size));
    std::vector<float> cos, sin;
    for (size_t i = 0; i < tokens * half; ++i) {
      cos.push_back(std::cos(static_cast<float>(i)));
      sin.push_back(std::sin(static_cast<float>(i)));
    }
    LLMEMBED_ASSIGN_OR_RETURN(const auto staged_cos, stream_->Stage(0, cos));
    LLMEMBED_ASSIGN_OR_RETURN(const auto staged_sin, stream_->Stage(1, sin));
    for (const bool has_norm : {false, true}) {
      const auto transform = [&](const Table& table, std::span<const float> a,
                                 std::span<const float> b) {
        const NormWeights norm{
            NormKind::kRms, has_norm ? table.span() : std::span<const float>(), {}, 1e-5F};
        return HeadTransform{norm, norm, a, b};
      };
      LLMEMBED_RETURN_IF_ERROR(
          stream_->TransformHeads(shape, transform(scale.table, staged_cos, staged_sin), qkv.view));
      LLMEMBED_RETURN_IF_ERROR(reference_stream_->TransformHeads(
          shape, transform(scale.reference, cos, sin), qkv.reference));
      LLMEMBED_RETURN_IF_ERROR(Compare("heads " + name, qkv, tolerance()));
    }
    return {};
  }

  Status Pools() {
    const std::vector<int32_t> tokens = {1, 7, 33, 2};
    const std::vector<int32_t> read = {1, 5, 33, 1};
    const std::vector<int32_t> starts = StartsOf(tokens);
    for (const size_t width : {3, 130, 1024}) {
      LLMEMBED_ASSIGN_OR_RETURN(const Twin states,
                                Random(DType::kF32, static_cast<size_t>(starts.back()), width));
      for (const bool is_padded : {false, true}) {
        for (const PoolRule rule : {PoolRule::kMean, PoolRule::kMeanAll, PoolRule::kMax,
                                    PoolRule::kFirst, PoolRule::kLast}) {
          PackedTexts texts;
          texts.starts = starts;
          if (is_padded) texts.lengths = read;
          LLMEMBED_ASSIGN_OR_RETURN(const Twin out, Random(DType::kF32, tokens.size(), width));
          LLMEMBED_RETURN_IF_ERROR(stream_->Pool(rule, texts, states.view, out.view));
          LLMEMBED_RETURN_IF_ERROR(
              reference_stream_->Pool(rule, texts, states.reference, out.reference));
          LLMEMBED_RETURN_IF_ERROR(Compare("pooling of " + std::to_string(width), out, 1e-6));
        }
      }
    }
    return {};
  }
};

}  // namespace

Result<std::vector<CheckedCase>> CheckBackend(const Backend& backend, const Backend& reference,
                                              bool is_small) {
  Checker checker(backend, reference, is_small);
  LLMEMBED_RETURN_IF_ERROR(checker.Run());
  return std::move(checker.cases);
}

}  // namespace llmembed::compute

#include "compute/op_cases/op_cases.h"

namespace llmembed::compute {
namespace {

constexpr float kSixteenth = 0.0625F;

AttentionShape Bidirectional(size_t heads, size_t head_size, size_t reach = 0) {
  return {.heads = heads,
          .kv_heads = heads,
          .head_size = head_size,
          .scale = kSixteenth,
          .reach = reach};
}

AttentionShape Causal(size_t heads, size_t kv_heads, size_t head_size, size_t window = 0,
                      float score_cap = 0.0F) {
  return {.heads = heads,
          .kv_heads = kv_heads,
          .head_size = head_size,
          .scale = kSixteenth,
          .is_causal = true,
          .window = window,
          .score_cap = score_cap};
}

}  // namespace

const std::vector<ModelCase>& ModelCases() {
  static const std::vector<ModelCase> cases = {
      {"MiniLM-L6", 384, 1536, Bidirectional(12, 32), Activation::kGeluErf, false, NormKind::kLayer,
       false},
      {"MPNet-base", 768, 3072, Bidirectional(12, 64, 128), Activation::kGeluErf, false,
       NormKind::kLayer, false},
      {"BERT-large", 1024, 4096, Bidirectional(16, 64), Activation::kGeluErf, false,
       NormKind::kLayer, false},
      {"SmolLM2-135M", 576, 1536, Causal(9, 3, 64), Activation::kSilu, true, NormKind::kRms, true},
      {"Llama-2-7B", 4096, 11008, Causal(32, 32, 128), Activation::kSilu, true, NormKind::kRms,
       true},
      {"Mistral-7B", 4096, 14336, Causal(32, 8, 128, 4096), Activation::kSilu, true, NormKind::kRms,
       true},
      {"Gemma-2-2B", 2304, 9216, Causal(8, 4, 256, 4096, 50.0F), Activation::kGeluTanh, true,
       NormKind::kRms, true},
  };
  return cases;
}

std::vector<LinearCase> LinearCasesOf(const ModelCase& model) {
  const size_t inner = model.feed_forward_width;
  return {{model.width, model.attention.qkv_width()},
          {model.attention.query_width(), model.width},
          {model.width, model.is_gated ? 2 * inner : inner},
          {inner, model.width}};
}

const std::vector<OddLinearCase>& OddLinearCases() {
  static const std::vector<OddLinearCase> cases = {
      {1, 384, 384}, {37, 384, 1536}, {3, 5, 7},     {19, 33, 65},
      {64, 100, 1},  {1, 1, 1},       {130, 48, 96}, {33, 768, 129},
  };
  return cases;
}

const std::vector<OddSize>& OddSizes() {
  static const std::vector<OddSize> sizes = {{1, 1},  {2, 3},   {5, 17},  {1, 31},
                                             {7, 64}, {3, 100}, {7, 333}, {2, 11008}};
  return sizes;
}

const std::vector<AttentionCase>& AttentionCases() {
  static const std::vector<AttentionCase> cases = {
      {{1}, {}, Bidirectional(1, 1)},
      {{5, 1, 17}, {}, Bidirectional(12, 32)},
      {{3, 3, 3}, {}, Bidirectional(2, 5)},
      {{16, 15, 31}, {}, Bidirectional(3, 20)},
      {{257, 2}, {}, Bidirectional(1, 40)},
      {{520}, {}, Bidirectional(1, 48)},
      {{70}, {}, Bidirectional(1, 256)},
      {{40, 300}, {}, Bidirectional(2, 8, 16)},
      {{33, 7}, {}, Bidirectional(3, 7, 1)},
      {{9, 12, 300}, {4, 12, 1}, Bidirectional(2, 32)},
      {{70, 70}, {70, 33}, Bidirectional(2, 19, 8)},
      {{1, 2, 37}, {}, Causal(4, 4, 16)},
      {{300, 65}, {}, Causal(9, 3, 64)},
      {{600}, {}, Causal(2, 1, 24)},
      {{90, 5}, {17, 5}, Causal(4, 2, 33)},
      {{100, 3}, {}, Causal(4, 1, 10, 1)},
      {{300, 3}, {}, Causal(4, 1, 10, 7)},
      {{600, 20}, {}, Causal(2, 2, 128, 300)},
      {{100}, {10}, Causal(2, 1, 6, 20)},  // its last queries see no key
      {{90}, {}, Causal(2, 2, 17, 0, 2.0F)},
      {{300, 9}, {}, Causal(8, 4, 12, 33, 5.0F)},
  };
  return cases;
}

}  // namespace llmembed::compute

#include "recipe/builtin.h"

#include <algorithm>
#include <array>

namespace llmembed::recipe {
namespace {

// From the cheapest to the dearest.
constexpr std::array kBuiltins = {
    BuiltinRecipe{"fast", "a small sentence encoder and a linear head",
                  R"(# A small backbone and a linear head: seconds to minutes on a laptop.
version: 1
name: fast
backbones:
  - name: minilm
    model: minilm
    max_tokens: 256
    dtype: auto
fusion: minilm/-1:mean
head:
  kind: logistic_regression
)"},
    BuiltinRecipe{
        "lite", "a small decoder at several middle depths, and the encoder of `fast`",
        R"(# A small decoder at four depths in its middle, where a decoder knows most about a text,
# beside a sentence encoder. The depths were chosen looking at
# SST-2 and MR; `llmembed search` chooses on your own data.
version: 1
name: lite
backbones:
  - name: smollm2
    model: smollm2
    max_tokens: 256
  - name: minilm
    model: minilm
    max_tokens: 256
fusion: cat(smollm2/14:mean, smollm2/16:mean, smollm2/18:mean, smollm2/20:mean, minilm/-1:mean)
head:
  kind: logistic_regression
)"},
    BuiltinRecipe{
        "full", "the paper's three backbones and its headline fusion, done right",
        R"(# The three backbones of the LLMEmbed paper (ACL 2024) and its headline fusion, with what
# its code gets wrong mended: the mean over real tokens, cosines instead of raw products in
# the co-occurrence (which saturate), standardised inputs, a loss on logits, a held-out part
# that chooses the epoch.
version: 1
name: full
backbones:
  - name: L
    model: meta-llama/Llama-2-7b-chat-hf
    max_tokens: 1024
  - name: B
    model: google-bert/bert-large-uncased
    max_tokens: 512
  - name: R
    model: FacebookAI/roberta-large
    max_tokens: 512
fusion: >-
  cat(co(L/-1:mean, L/-2:mean, L/-3:mean, L/-4:mean, L/-5:mean, B/-1:pooler, R/-1:cls,
  sigma=2, rows=normalised, entries=upper),
  avg(L/-1:mean, L/-2:mean, L/-3:mean, L/-4:mean, L/-5:mean))
head:
  kind: mlp
  hidden_sizes: [1024, 256]
  dropout: 0.5
  batch_size: 256
  learning_rate: 0.0003
  max_epochs: 50
  patience: 5
)"},
    BuiltinRecipe{
        "paper", "the paper's code as it is, weaknesses included; to compare with",
        R"(# The code of the LLMEmbed paper (ACL 2024) as it is: texts padded to a fixed length and
# the mean taken over the padding too, softmax before the cross-entropy, Adam at a constant
# rate, the last epoch. 128 tokens are its length for SST-2; it has 256 for AG News, 1024 for
# R8 and R52, 3000 in training and 1500 in testing for MR. It leaves sigma open, 0.1 to 0.5.
version: 1
name: paper
backbones:
  - name: L
    model: meta-llama/Llama-2-7b-chat-hf
    max_tokens: 128
  - name: B
    model: google-bert/bert-large-uncased
    max_tokens: 512
  - name: R
    model: FacebookAI/roberta-large
    max_tokens: 512
fusion: >-
  cat(co(L/-1:mean_all, L/-2:mean_all, L/-3:mean_all, L/-4:mean_all, L/-5:mean_all,
  B/-1:pooler, R/-1:cls, sigma=0.3),
  avg(L/-1:mean_all, L/-2:mean_all, L/-3:mean_all, L/-4:mean_all, L/-5:mean_all))
head:
  kind: mlp
  held_out_share: 0
  hidden_sizes: [1024, 256]
  dropout: 0.5
  max_epochs: 50
  batch_size: 1024
  learning_rate: 0.0001
  schedule: constant
  warmup_share: 0
  weight_decay: 0
  patience: 0
  optimizer: adam
  loss: double_softmax
  initialization: torch
  inputs: raw
)"},
};

}  // namespace

std::span<const BuiltinRecipe> Builtins() { return kBuiltins; }

const BuiltinRecipe* FindBuiltin(std::string_view name) {
  const auto found = std::ranges::find(kBuiltins, name, &BuiltinRecipe::name);
  return found == kBuiltins.end() ? nullptr : &*found;
}

std::vector<std::string> BuiltinNames() {
  std::vector<std::string> names;
  for (const BuiltinRecipe& recipe : kBuiltins) names.emplace_back(recipe.name);
  return names;
}

}  // namespace llmembed::recipe

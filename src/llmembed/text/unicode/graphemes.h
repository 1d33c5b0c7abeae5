// Grapheme clusters: what a reader takes for one character.
#pragma once

#include <cstddef>
#include <string_view>

namespace llmembed::text {

// The end of the extended grapheme cluster that starts at `begin`, as the reference tokenizers have
// it: Unicode's rules without those for conjuncts; flags are not paired. Linear in the cluster.
// Precondition: the text is well-formed UTF-8, and a cluster starts at `begin` < text.size().
size_t GraphemeEnd(std::string_view text, size_t begin);

}  // namespace llmembed::text

// The merges of a BPE model that SentencePiece has written: its pieces' scores order them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/models/bpe.h"
#include "text/models/unigram.h"

namespace llmembed::text {

// Every way to put a piece together from two others, by the piece's score, the greatest first; of
// one score those with the longer left part. That is the order in which Hugging Face converts such
// models. Time is O(n log n) in the pieces' bytes and the merges. The merges are views into the
// pieces. kCorrupt: more than Bpe::kMaxMerges. `where` names the source in messages.
Result<std::vector<BpeMerge>> MergesByScore(std::span<const ScoredPiece> pieces,
                                            const std::string& where);

// The BPE model of such pieces, the id of each its place: unknown characters become bytes, those
// without bytes the unknown token, a run of them once. kCorrupt: as above and Bpe::Create.
Result<std::unique_ptr<Model>> MakeBpeByScore(std::span<const ScoredPiece> pieces,
                                              std::string_view unknown_token,
                                              const std::string& where);

}  // namespace llmembed::text

// merges.txt: the merges of a byte-pair encoding, one a line, the first one first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llmembed/status.h"
#include "text/models/bpe.h"

namespace llmembed::text {

// How Hugging Face's tokenizer classes read the file.
enum class MergesDialect {
  kGpt2,  // the first line is passed over, whatever it is, and so is a last one without a line end
  kQwen2  // a first line "#version: ..." is passed over, and so are empty lines
};

// The merges as views into `contents`, each pair once, where it stands first. `path` names the file
// in messages. kCorrupt: a line is not two pieces with blanks between them.
Result<std::vector<BpeMerge>> ParseMerges(std::string_view contents, MergesDialect dialect,
                                          const std::string& path);

}  // namespace llmembed::text

// The parts that a tokenizer.json can name, by their "type".
#pragma once

#include <memory>
#include <string>

#include "base/json.h"
#include "llmembed/status.h"
#include "text/models/model.h"
#include "text/normalizers/normalizer.h"
#include "text/pipeline_tokenizer.h"
#include "text/pre_tokenizers/pre_tokenizer.h"

namespace llmembed::text {

// `value` may be null, as a JSON value or a pointer: then there is no such part, and the result
// holds a null pointer (no special tokens). `where` says where the value stands, for messages.
// kUnsupported: a type that is not in the tables of components.cc, named. kCorrupt: damaged.
Result<std::unique_ptr<Normalizer>> ReadNormalizer(const base::Json* value,
                                                   const std::string& where);
Result<std::unique_ptr<PreTokenizer>> ReadPreTokenizer(const base::Json* value,
                                                       const std::string& where);
Result<SpecialTokens> ReadPostProcessor(const base::Json* value, const std::string& where);

// A tokenizer always has a model: `value` is not null. Files from before models had a "type" are
// known by their fields.
Result<std::unique_ptr<Model>> ReadModel(const base::Json& value, const std::string& where);

}  // namespace llmembed::text

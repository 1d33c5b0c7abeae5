// Decompressing byte streams, laid over another stream.
#pragma once

#include <memory>
#include <string>

#include "data/byte_stream.h"
#include "llmembed/status.h"

namespace llmembed::data {

// gzip (RFC 1952): any number of members, one behind the other, checksums verified.
// kCorrupt, with `name` and the offset: damaged, truncated, or something else behind a member.
Result<std::unique_ptr<ByteStream>> MakeGzipStream(std::unique_ptr<ByteStream> compressed,
                                                   const std::string& name);

// Zstandard (RFC 8878): any number of frames, checksums verified. Errors as above; kUnsupported
// when a frame needs a window of more than 128 MiB.
Result<std::unique_ptr<ByteStream>> MakeZstdStream(std::unique_ptr<ByteStream> compressed,
                                                   const std::string& name);

}  // namespace llmembed::data

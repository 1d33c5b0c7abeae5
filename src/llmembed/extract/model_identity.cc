#include "extract/model_identity.h"

#include <vector>

#include "base/file_digest.h"
#include "base/file_io.h"
#include "base/sha256.h"
#include "gguf/find_gguf.h"
#include "text/tokenizer.h"
#include "weights/open_weights.h"

namespace llmembed::extract {
namespace {

// One digest for several files: of each one's own digest, in their fixed order. Names do not
// count, so a copy of a model is the same model.
Result<std::string> DigestOf(const std::vector<std::string>& files, const std::string& memory,
                             DigestCheck check) {
  base::Sha256 hash;
  for (const std::string& file : files) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string digest,
                              base::FileDigest(file, memory, check == DigestCheck::kAgain));
    hash.Update(digest);
  }
  return base::Hex(hash.Finish());
}

}  // namespace

Result<ModelIdentity> IdentifyModel(const std::string& path, const std::string& home,
                                    DigestCheck check) {
  // Without a home every run hashes again, which is slow and nothing worse.
  (void)base::MakeFolders(home, /*is_private=*/true);
  const std::string memory = home + "/digests.json";
  LLMEMBED_ASSIGN_OR_RETURN(const auto weight_files, weights::WeightFiles(path));
  if (gguf::FindGguf(path)) {
    LLMEMBED_ASSIGN_OR_RETURN(const std::string digest, DigestOf(weight_files, memory, check));
    return ModelIdentity{.weights = digest, .tokenizer = digest, .config = digest};
  }
  const std::vector<std::string> tokenizer_files = text::TokenizerFiles(path);
  if (tokenizer_files.empty()) {
    return Status(StatusCode::kNotFound,
                  path +
                      ": no tokenizer there (tokenizer.json, vocab.txt, vocab.json or a "
                      "SentencePiece model)");
  }
  ModelIdentity identity;
  LLMEMBED_ASSIGN_OR_RETURN(identity.weights, DigestOf(weight_files, memory, check));
  LLMEMBED_ASSIGN_OR_RETURN(identity.tokenizer, DigestOf(tokenizer_files, memory, check));
  LLMEMBED_ASSIGN_OR_RETURN(identity.config, DigestOf({path + "/config.json"}, memory, check));
  return identity;
}

}  // namespace llmembed::extract

#include "store/key.h"

#include <algorithm>

namespace llmembed::store {

Key MakeKey(const SpaceId& space, std::string_view text) {
  base::Sha256 hash;
  hash.Update(space);
  hash.Update(text);
  const base::Digest digest = hash.Finish();
  Key key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

}  // namespace llmembed::store

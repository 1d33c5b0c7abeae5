// The two questions a hub is asked: what is in this repository, and what is this file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/content_hash.h"
#include "hub/http_client.h"
#include "hub/hub_name.h"
#include "hub/hub_settings.h"
#include "llmembed/status.h"

namespace llmembed::hub {

struct RepositoryListing {
  std::string commit;              // 40 hex digits: what the revision stands for today
  std::vector<std::string> files;  // as the hub names them: not yet checked
};

struct RemoteFile {
  std::string name;
  Url url;
  uint64_t bytes = 0;
  ContentHash hash;
};

// Speaks the protocol of huggingface_hub (GET /api/models/REPO/revision/REV, then
// HEAD and GET /REPO/resolve/COMMIT/FILE). Errors: kNotFound for a repository, revision or file
// that is not there, else kNetwork; both say what to do.
class HubApi {
 public:
  // Both are borrowed and must outlive this.
  HubApi(HttpClient* client, const HubSettings& settings) : client_(client), settings_(settings) {}

  Result<RepositoryListing> List(const HubName& name);

  // Size and hash of one file at a commit. `file` is a name from SelectModelFiles.
  Result<RemoteFile> Describe(const HubName& name, const std::string& commit,
                              const std::string& file);

 private:
  Result<Url> Address(const std::string& path) const;

  HttpClient* client_;
  const HubSettings& settings_;
};

// What an answer that is not a success means for somebody who wants `name`.
Status HubError(const HttpResponse& response, const HubName& name, const HubSettings& settings);

}  // namespace llmembed::hub

#include "hub/hub_api.h"

#include <charconv>
#include <optional>

#include "base/json.h"

namespace llmembed::hub {
namespace {

constexpr base::JsonLimits kApiLimits = {.max_bytes = 8 << 20, .max_depth = 32};
constexpr uint64_t kMaxFileBytes = 1ULL << 40;

Result<uint64_t> ParseSize(const std::string& text, const std::string& where) {
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc() || end != text.data() + text.size() || bytes > kMaxFileBytes) {
    return Status(StatusCode::kNetwork,
                  where + ": the hub announces no usable size ('" + text.substr(0, 40) + "')");
  }
  return bytes;
}

}  // namespace

Status HubError(const HttpResponse& response, const HubName& name, const HubSettings& settings) {
  if (!response.transport.ok()) return response.transport;
  const std::string error = response.Header("x-error-code");
  const bool has_token = !settings.token.empty();
  if (error == "GatedRepo" || response.code == 403) {
    return {StatusCode::kNetwork,
            name.Text() +
                ": access is restricted: accept its conditions on the hub's page of the "
                "model, and set HF_TOKEN to a token of that account" +
                (has_token ? " (the token that was sent has no access)" : "")};
  }
  if (response.code == 401) {
    return {StatusCode::kNetwork,
            has_token ? name.Text() + ": the hub refused the token, or there is no such repository"
                      : name.Text() +
                            ": there is no such repository, or it is private: then set "
                            "HF_TOKEN"};
  }
  if (response.code == 404) {
    if (error == "RevisionNotFound") {
      return {StatusCode::kNotFound,
              name.repository + ": the repository has no revision '" + name.RevisionOrMain() + "'"};
    }
    const char* what = error == "EntryNotFound" ? "a listed file is gone" : "no such repository";
    return {StatusCode::kNotFound, name.Text() + ": " + what};
  }
  return {StatusCode::kNetwork, name.Text() + ": " + settings.endpoint.host +
                                    " answered with HTTP " + std::to_string(response.code)};
}

Result<Url> HubApi::Address(const std::string& path) const {
  std::string text = settings_.endpoint.text;
  while (text.ends_with('/')) text.pop_back();
  return ParseUrl(text + path);
}

Result<RepositoryListing> HubApi::List(const HubName& name) {
  LLMEMBED_ASSIGN_OR_RETURN(const Url url, Address("/api/models/" + name.repository + "/revision/" +
                                                   PercentEncode(name.RevisionOrMain())));
  const HttpResponse response = client_->SendPatiently(url, {});
  if (!response.Succeeded()) return HubError(response, name, settings_);

  const Status unusable(StatusCode::kNetwork, url.shown + ": not the answer of a hub");
  const Result<base::Json> answer = base::ParseJson(response.body, url.shown, kApiLimits);
  if (!answer.ok()) return Status(StatusCode::kNetwork, answer.status().message());
  if (!answer->is_object()) return unusable;
  const auto sha = answer->find("sha");
  const auto siblings = answer->find("siblings");
  if (sha == answer->end() || !sha->is_string() || siblings == answer->end() ||
      !siblings->is_array()) {
    return unusable;
  }
  RepositoryListing listing{.commit = sha->get<std::string>(), .files = {}};
  if (!IsCommitHash(listing.commit)) return unusable;
  if (IsCommitHash(name.revision) && listing.commit != name.revision) return unusable;
  for (const base::Json& sibling : *siblings) {
    const auto file = sibling.is_object() ? sibling.find("rfilename") : sibling.end();
    if (file == sibling.end() || !file->is_string()) return unusable;
    listing.files.push_back(file->get<std::string>());
  }
  return listing;
}

Result<RemoteFile> HubApi::Describe(const HubName& name, const std::string& commit,
                                    const std::string& file) {
  LLMEMBED_ASSIGN_OR_RETURN(Url url,
                            Address("/" + name.repository + "/resolve/" + commit + "/" + file));
  // A large file's own headers stand on the redirect to the storage, so that is not followed.
  const HttpRequest request{.method = HttpRequest::Method::kHead,
                            .redirects = HttpRequest::Redirects::kSameOrigin,
                            .range_start = 0,
                            .on_body = nullptr};
  const HttpResponse response = client_->SendPatiently(url, request);
  if (!response.transport.ok() || response.code >= 400) return HubError(response, name, settings_);

  const std::string where = name.Text() + ": " + file;
  const std::string answered_commit = response.Header("x-repo-commit");
  if (!answered_commit.empty() && answered_commit != commit) {
    return Status(StatusCode::kNetwork, where + ": the hub answers for another commit");
  }
  const std::string linked_etag = response.Header("x-linked-etag");
  auto hash = ParseEtag(linked_etag.empty() ? response.Header("etag") : linked_etag);
  if (!hash.has_value()) {
    return Status(StatusCode::kNetwork,
                  where +
                      ": the hub announces no hash (an ETag of SHA-256 or git), so the file "
                      "could not be verified");
  }
  std::string size = response.Header("x-linked-size");
  if (size.empty() && response.Succeeded()) size = response.Header("content-length");
  LLMEMBED_ASSIGN_OR_RETURN(const uint64_t bytes, ParseSize(size, where));
  return RemoteFile{.name = file, .url = std::move(url), .bytes = bytes, .hash = *std::move(hash)};
}

}  // namespace llmembed::hub

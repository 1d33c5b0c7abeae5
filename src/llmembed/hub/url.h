// Web addresses: taken apart, and followed only where it is safe.
#pragma once

#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::hub {

struct Url {
  std::string text;    // the whole address, normalised
  std::string scheme;  // "https" or "http"
  std::string host;    // lower case
  std::string port;    // never empty
  // For messages: without query and fragment, which may hold a signature that opens the file.
  std::string shown;
};

// http and https only; kNetwork otherwise.
Result<Url> ParseUrl(std::string_view text);

// Where a redirect from `from` leads; `location` may be relative. From https only to https.
Result<Url> ResolveRedirect(const Url& from, std::string_view location);

// The same scheme, host and port: what may see the same secrets.
bool IsSameOrigin(const Url& a, const Url& b);

// Whether nobody between here and the host can read along: https, or this machine itself.
bool IsPrivate(const Url& url);

// Every byte but letters, digits and "-._~" as %XX; so "/" too.
std::string PercentEncode(std::string_view text);

}  // namespace llmembed::hub

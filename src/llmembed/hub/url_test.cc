#include "hub/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace llmembed::hub {
namespace {

Url Parsed(const char* text) {
  auto url = ParseUrl(text);
  EXPECT_TRUE(url.ok()) << text;
  return url.ok() ? *url : Url();
}

TEST(Url, IsTakenApart) {
  const Url url = Parsed("https://Hub.Example/a/b?signature=secret#part");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.port, "443");
  EXPECT_EQ(url.text, "https://Hub.Example/a/b?signature=secret");
  EXPECT_EQ(url.shown, "https://Hub.Example/a/b");
  EXPECT_EQ(Parsed("http://u:password@h:81/x").text, "http://h:81/x");
  EXPECT_FALSE(ParseUrl("file:///etc/passwd").ok());
  EXPECT_FALSE(ParseUrl("ftp://host/x").ok());
  EXPECT_FALSE(ParseUrl("no address").ok());
  EXPECT_FALSE(ParseUrl("").ok());
}

TEST(Url, RedirectsMayBeRelative) {
  const Url from = Parsed("https://hub.example/a/b?x=1");
  auto next = ResolveRedirect(from, "/c?d=2");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->text, "https://hub.example/c?d=2");
  next = ResolveRedirect(from, "https://storage.example/f");
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->host, "storage.example");
}

TEST(Url, RedirectsNeverLeaveEncryptionOrTheWeb) {
  const Url from = Parsed("https://hub.example/a");
  const auto plain = ResolveRedirect(from, "http://hub.example/a");
  ASSERT_FALSE(plain.ok());
  EXPECT_THAT(plain.status().message(), testing::HasSubstr("not encrypted"));
  for (const char* target : {"file:///etc/passwd", "ftp://x/y", "gopher://x", "scp://x/y"}) {
    EXPECT_FALSE(ResolveRedirect(from, target).ok()) << target;
  }
  EXPECT_TRUE(ResolveRedirect(Parsed("http://a/"), "http://b/").ok());
  EXPECT_TRUE(ResolveRedirect(Parsed("http://a/"), "https://b/").ok());
}

TEST(Url, OriginIsSchemeHostAndPort) {
  const Url hub = Parsed("https://hub.example/a");
  EXPECT_TRUE(IsSameOrigin(hub, Parsed("https://hub.example:443/b")));
  EXPECT_FALSE(IsSameOrigin(hub, Parsed("https://hub.example:444/b")));
  EXPECT_FALSE(IsSameOrigin(hub, Parsed("http://hub.example/b")));
  EXPECT_FALSE(IsSameOrigin(hub, Parsed("https://storage.hub.example/b")));
}

TEST(Url, OnlyEncryptedOrLocalIsPrivate) {
  EXPECT_TRUE(IsPrivate(Parsed("https://hub.example")));
  EXPECT_TRUE(IsPrivate(Parsed("http://127.0.0.1:8080")));
  EXPECT_TRUE(IsPrivate(Parsed("http://[::1]:8080")));
  EXPECT_FALSE(IsPrivate(Parsed("http://hub.example")));
  EXPECT_FALSE(IsPrivate(Parsed("http://127.0.0.1.hub.example")));
}

TEST(Url, PercentEncodesSlashes) {
  EXPECT_EQ(PercentEncode("refs/pr/1 ä"), "refs%2Fpr%2F1%20%C3%A4");
}

}  // namespace
}  // namespace llmembed::hub

#include "hub/http_client.h"

#include "hub/hub_fixture.h"

namespace llmembed::hub {
namespace {

using testing::HasSubstr;

class HttpClientTest : public HubTest {
 protected:
  HttpResponse Send(const RunContext& context, const std::string& file) {
    auto endpoint = ParseUrl(server_->HubUrl());
    auto url = ParseUrl(server_->StorageUrl() + "/owner/tiny-bert/" + file);
    EXPECT_TRUE(endpoint.ok() && url.ok());
    auto client = HttpClient::Create(*endpoint, "", std::chrono::milliseconds(1), context);
    EXPECT_TRUE(client.ok());
    return client->SendPatiently(*url, {});
  }
};

TEST_F(HttpClientTest, CollectsAnAnswer) {
  const HttpResponse response = Send(RunContext(), "vocab.txt");
  ASSERT_TRUE(response.Succeeded()) << response.transport.message();
  EXPECT_EQ(response.body, "[PAD]\n[UNK]\n");
  EXPECT_EQ(response.Header("content-length"), "12");
  EXPECT_EQ(response.Header("none"), "");
}

TEST_F(HttpClientTest, OfflineOpensNoSocketWhoeverAsks) {
  RunContext offline;
  offline.offline = true;
  const HttpResponse response = Send(offline, "vocab.txt");
  EXPECT_EQ(response.transport.code(), StatusCode::kNetwork);
  EXPECT_EQ(server_->Connections(), 0);
}

TEST_F(HttpClientTest, RefusesAnAnswerWithoutEnd) {
  test::WriteTestFile(Served("vocab.txt"), std::string((8 << 20) + 1, 'x'));
  const HttpResponse response = Send(RunContext(), "vocab.txt");
  EXPECT_THAT(response.transport.message(), HasSubstr("longer than 8 MiB"));
  EXPECT_FALSE(response.is_transient);
}

TEST_F(HttpClientTest, RefusesHeadersWithoutEnd) {
  HubServer::Json headers;
  for (int i = 0; i < 80; ++i) headers["X-" + std::to_string(i)] = std::string(1000, 'x');
  server_->Set({{"faults", {{{"headers", headers}}}}});
  EXPECT_THAT(Send(RunContext(), "vocab.txt").transport.message(),
              HasSubstr("headers are too long"));
}

TEST_F(HttpClientTest, CancelStopsTheTries) {
  server_->Set({{"faults", {{{"status", 503}}}}});
  RunContext context = Context();
  observer_.cancelled = true;
  EXPECT_EQ(Send(context, "vocab.txt").transport.code(), StatusCode::kCancelled);
  EXPECT_LE(server_->Requests().size(), 1u);
}

}  // namespace
}  // namespace llmembed::hub

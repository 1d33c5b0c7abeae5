// A hub with one repository, an empty cache and an environment that knows no other.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "hub/hub_pull.h"
#include "hub/hub_server.h"
#include "llmembed/models.h"
#include "llmembed/run_context.h"
#include "support/temporary_folder.h"

namespace llmembed::hub {

// Remembers the last report; cancels the job once `cancel_at` bytes are there.
class TestObserver : public Observer {
 public:
  void OnLog(LogLevel, std::string_view) override {}
  void OnProgress(const Progress& progress) override {
    stage = progress.stage;
    done = progress.done;
    total = progress.total;
    finished = progress.finished;
    if (done >= cancel_at) cancelled = true;
  }
  std::string stage;
  uint64_t done = 0;
  uint64_t total = 0;
  bool finished = false;
  uint64_t cancel_at = UINT64_MAX;
  std::atomic<bool> cancelled = false;
};

class HubTest : public testing::Test {
 protected:
  static constexpr const char* kName = "owner/tiny-bert";

  void SetUp() override {
    for (const char* name :
         {"HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE",
          "TRANSFORMERS_OFFLINE", "http_proxy", "all_proxy", "ALL_PROXY"}) {
      environment_.Set(name, "");
    }
    environment_.Set("HF_HOME", folder_ / "hf");
    test::WriteTestFile(Served("config.json"), "{\"model_type\": \"bert\"}");
    test::WriteTestFile(Served("vocab.txt"), "[PAD]\n[UNK]\n");
    test::WriteTestFile(Served("pytorch_model.bin"), "never taken");
    test::WriteTestFile(Served("model.safetensors"), Weights());
    server_ = HubServer::Start(folder_ / "served");
    if (server_ == nullptr) GTEST_SKIP() << "skipped: python3 is not installed";
    environment_.Set("HF_ENDPOINT", server_->HubUrl());
  }

  // 3 MiB whose parts differ, so that a wrongly joined file has another hash.
  static std::string Weights() {
    std::string weights(3 << 20, '\0');
    uint32_t state = 1;
    for (char& byte : weights) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<char>(state >> 24);
    }
    return weights;
  }

  std::string Served(const std::string& file) const {
    return folder_ / ("served/" + std::string(kName) + "/" + file);
  }
  std::string Cached(const std::string& path) const {
    return folder_ / ("hf/hub/models--owner--tiny-bert/" + path);
  }
  std::string IncompletePath() const {
    for (const auto& entry : std::filesystem::directory_iterator(Cached("blobs"))) {
      if (entry.path().extension() == ".incomplete") return entry.path().string();
    }
    return "";
  }

  RunContext Context() {
    RunContext context;
    context.observer = &observer_;
    context.cancelled = &observer_.cancelled;
    context.home = folder_ / "home";
    return context;
  }

  // PullModel's way, but without its pauses between tries.
  Result<std::string> Pull(const std::string& name = kName) {
    LLMEMBED_ASSIGN_OR_RETURN(const HubName hub_name, ParseHubName(name));
    LLMEMBED_ASSIGN_OR_RETURN(HubSettings settings, ReadHubSettings());
    settings.first_pause = std::chrono::milliseconds(1);
    return PullFromHub(hub_name, settings, WithEnvironmentsOffline(Context()));
  }

  // How many requests of that method had `part` in their path.
  int CountRequests(const std::string& method, const std::string& part) {
    int count = 0;
    for (const auto& request : server_->Requests()) {
      const std::string path = request["path"];
      count += request["method"] == method && path.find(part) != std::string::npos ? 1 : 0;
    }
    return count;
  }

  test::TemporaryFolder folder_;
  test::ScopedEnvironment environment_;
  TestObserver observer_;
  std::unique_ptr<HubServer> server_;
};

}  // namespace llmembed::hub

// Starts tests/hub/hub_server.py and speaks to it (the protocol stands in that file).
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

extern char** environ;

namespace llmembed::hub {

class HubServer {
 public:
  using Json = nlohmann::json;

  // Null when there is no python3.
  static std::unique_ptr<HubServer> Start(const std::string& root) {
    std::unique_ptr<HubServer> server(new HubServer);
    return server->Spawn(root) && server->ReadPorts() ? std::move(server) : nullptr;
  }

  ~HubServer() {
    if (commands_ != nullptr) std::fclose(commands_);  // its standard input ends, so it ends
    if (answers_ != nullptr) std::fclose(answers_);
    if (process_ > 0) ::waitpid(process_, nullptr, 0);
  }
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  std::string HubUrl() const { return "http://127.0.0.1:" + std::to_string(hub_port_); }
  std::string StorageUrl() const { return "http://127.0.0.1:" + std::to_string(storage_port_); }

  void Set(const Json& behaviour) { Ask({{"set", behaviour}}); }
  void Reset() { Set(Json::object()); }
  int Connections() { return Ask({{"log", true}})["connections"]; }
  Json Requests() { return Ask({{"log", true}})["requests"]; }

 private:
  HubServer() = default;

  bool Spawn(const std::string& root) {
    std::array<int, 2> to{};
    std::array<int, 2> from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) return false;
    ::signal(SIGPIPE, SIG_IGN);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    std::string python = "python3";
    std::string script = LLMEMBED_SOURCE_DIR "/tests/hub/hub_server.py";
    std::string folder = root;
    std::array<char*, 4> arguments = {python.data(), script.data(), folder.data(), nullptr};
    const int error =
        posix_spawnp(&process_, "python3", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    commands_ = ::fdopen(to[1], "w");
    answers_ = ::fdopen(from[0], "r");
    if (error != 0) process_ = 0;
    return error == 0;
  }

  bool ReadPorts() {
    const Json ports = ReadLine();
    if (!ports.is_object()) return false;
    hub_port_ = ports.at("hub");
    storage_port_ = ports.at("storage");
    return true;
  }

  Json Ask(const Json& command) {
    std::fputs((command.dump() + "\n").c_str(), commands_);
    std::fflush(commands_);
    return ReadLine();
  }

  Json ReadLine() {
    std::string line;
    for (int c = 0; (c = std::fgetc(answers_)) != EOF && c != '\n';) {
      line.push_back(static_cast<char>(c));
    }
    return Json::parse(line, nullptr, /*allow_exceptions=*/false);
  }

  pid_t process_ = 0;
  std::FILE* commands_ = nullptr;
  std::FILE* answers_ = nullptr;
  int hub_port_ = 0;
  int storage_port_ = 0;
};

}  // namespace llmembed::hub

#include "compute/cuda/plugin.h"

#include <dlfcn.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace llmembed::compute::cuda {
namespace {

// The folder of the program or library that this code is in; "" if that is unknown.
std::string OwnFolder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&OwnFolder), &info) == 0 || info.dli_fname == nullptr) {
    return "";
  }
  char program[4096];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
  const std::string_view own = info.dli_fname;
  // Of the program itself dladdr knows only how it was called.
  const bool is_library = own.find(".so") != std::string_view::npos;
  const std::string path(
      is_library || length <= 0 ? own : std::string_view(program, static_cast<size_t>(length)));
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

Result<const Plugin*> Open(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return Status(StatusCode::kUnsupported, reason == nullptr ? path : std::string(reason));
  }
  const auto entry = reinterpret_cast<PluginEntry>(dlsym(library, kPluginEntry));
  const Plugin* plugin = entry == nullptr ? nullptr : entry();
  if (plugin == nullptr || plugin->version != kPluginVersion ||
      std::string_view(plugin->compiler) != __VERSION__) {
    return Status(StatusCode::kUnsupported, path + ": of another build than this program");
  }
  return plugin;  // the library stays open: backends are code of it
}

Result<const Plugin*> Find() {
  const std::string folder = OwnFolder();
  // Beside the program, beside the library, in the lib folder beside bin, in a build's top folder.
  for (const char* place :
       {"/", "/../lib/", "/../lib64/", "/../lib/x86_64-linux-gnu/", "/../../"}) {
    const std::string path = folder + place + kPluginFile;
    if (access(path.c_str(), R_OK) == 0) return Open(path);
  }
  return Status(StatusCode::kUnsupported, std::string("no GPU can be used: ") + kPluginFile +
                                              " is not there (the build "
                                              "makes it with the CMake preset cuda)");
}

// Looked for once.
const Result<const Plugin*>& ThePlugin() {
  static const Result<const Plugin*> plugin = Find();
  return plugin;
}

}  // namespace

Result<int> DeviceCount() {
  const auto& plugin = ThePlugin();
  if (!plugin.ok()) return plugin.status();
  return (*plugin)->device_count();
}

Result<std::unique_ptr<Backend>> MakeBackend(MathType math_type, int device) {
  const auto& plugin = ThePlugin();
  if (!plugin.ok()) return plugin.status();
  return (*plugin)->make_backend(math_type, device);
}

Result<std::unique_ptr<RowOps>> MakeRowOps(int device) {
  const auto& plugin = ThePlugin();
  if (!plugin.ok()) return plugin.status();
  return (*plugin)->make_row_ops(device);
}

}  // namespace llmembed::compute::cuda

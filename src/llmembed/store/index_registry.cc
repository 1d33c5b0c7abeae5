#include "store/index_registry.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "base/file_io.h"

namespace llmembed::store {
namespace {

// The process belongs to it because a forked child inherits the table but not the sessions.
using FolderKey = std::tuple<pid_t, dev_t, ino_t>;

}  // namespace

struct IndexLease::Shared {
  FolderKey key;
  std::unique_ptr<IndexSession> session;
  unsigned shares = 0;

  // Held while a session is opened or closed: two of one folder never exist at a time.
  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  // Never destroyed: a store may be closed while the process is ending.
  static std::map<FolderKey, std::unique_ptr<Shared>>& Table() {
    static auto* table = new std::map<FolderKey, std::unique_ptr<Shared>>;
    return *table;
  }
};

Result<IndexLease> IndexLease::Take(const Layout& layout) {
  struct stat info {};
  if (::stat(layout.folder().c_str(), &info) != 0) {
    return base::IoError(layout.folder(), "look up", errno);
  }
  const FolderKey key{::getpid(), info.st_dev, info.st_ino};
  const std::lock_guard lock(Shared::Mutex());
  auto& table = Shared::Table();
  auto found = table.find(key);
  if (found == table.end()) {
    LLMEMBED_ASSIGN_OR_RETURN(auto session, IndexSession::Open(layout));
    auto shared = std::make_unique<Shared>();
    shared->key = key;
    shared->session = std::move(session);
    found = table.emplace(key, std::move(shared)).first;
  }
  ++found->second->shares;
  return IndexLease(found->second.get());
}

IndexLease::IndexLease(IndexLease&& other) noexcept
    : shared_(std::exchange(other.shared_, nullptr)) {}

IndexLease& IndexLease::operator=(IndexLease&& other) noexcept {
  std::swap(shared_, other.shared_);
  return *this;
}

IndexLease::~IndexLease() { [[maybe_unused]] const Status status = Release(); }

IndexSession& IndexLease::session() const { return *shared_->session; }

Status IndexLease::Release() {
  Shared* shared = std::exchange(shared_, nullptr);
  if (shared == nullptr || std::get<pid_t>(shared->key) != ::getpid()) return {};
  const std::lock_guard lock(Shared::Mutex());
  if (--shared->shares > 0) return {};
  const Status status = shared->session->Close();
  Shared::Table().erase(FolderKey(shared->key));
  return status;
}

}  // namespace llmembed::store

// The store after kill -9, a full disk and failing writes.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <set>

#include "base/random.h"
#include "store/maintenance.h"
#include "store/store_test_util.h"

namespace llmembed::store {
namespace {

// Memory that a child and its parent both see.
struct Shared {
  std::atomic<uint64_t> appended;
  std::atomic<uint64_t> flushed;
};

Shared* NewShared() {
  void* memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Shared{};
}

void ExpectWhole(const std::string& folder) {
  const auto report = Verify(folder);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->damaged_rows, 0);
  EXPECT_TRUE(report->problems.empty()) << report->problems.front();
}

TEST(StoreCrashTest, KilledAnywhereLosesNothingThatWasAppended) {
  const TemporaryFolder folder;
  Shared* shared = NewShared();
  ASSERT_NE(shared, nullptr);
  base::Random random(11);
  StoreOptions options;
  options.segment_bytes = 300'000;  // several in the course of a life
  for (int life = 0; life < 40; ++life) {
    const pid_t child = StartChild([&] {
      auto store = EmbeddingStore::Open(folder.path(), options);
      if (!store.ok() || !(*store)->OpenSpace(kTestDescription, kTestDimension).ok()) return 1;
      for (uint64_t next = shared->appended;;) {
        const uint64_t end = next + 1 + random.Below(200);
        if (!AppendRows(store->get(), next, end).ok()) return 2;
        shared->appended = next = end;
        if (random.Below(3) != 0) continue;
        if (!(*store)->Flush().ok()) return 3;
        shared->flushed = next;
      }
    });
    ::usleep(random.Below(60'000));
    ::kill(child, SIGKILL);
    ASSERT_EQ(WaitForChild(child), -SIGKILL);
    if (life % 4 != 3) continue;  // some lives begin with the remains of several deaths

    const uint64_t appended = shared->appended;
    const auto store = OpenTestStore(folder.path(), options);
    ASSERT_NE(store, nullptr);
    const ReadCount count = ReadRows(store.get(), 0, appended + 500);
    ASSERT_TRUE(count.status.ok()) << count.status.message();
    EXPECT_EQ(count.wrong, 0);
    EXPECT_GE(count.found, appended);
    for (uint64_t i = 0; i < appended; ++i) ASSERT_EQ(count.is_found[i], 1) << "row " << i;
    EXPECT_EQ(store->damaged_rows(), 0);
  }
  EXPECT_GT(shared->flushed, 0);
  ExpectWhole(folder.path());
  ::munmap(shared, sizeof(Shared));
}

TEST(StoreCrashTest, KilledWhileOthersGoOn) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 1'000);
  const auto store = OpenTestStore(folder.path());
  base::Random random(5);
  for (uint64_t life = 0; life < 15; ++life) {
    const pid_t child = StartChild([&] {
      auto other = EmbeddingStore::Open(folder.path());
      if (!other.ok()) return 1;
      for (uint64_t next = 10'000 * (life + 1);; next += 50) {
        if (!AppendRows(other->get(), next, next + 50).ok() || !(*other)->Flush().ok()) return 2;
        if (ReadRows(other->get(), 0, 1'000).found != 1'000) return 3;
      }
    });
    ::usleep(random.Below(30'000));
    ::kill(child, SIGKILL);
    ASSERT_EQ(WaitForChild(child), -SIGKILL);
    const uint64_t own = 500'000 + life * 100;
    ASSERT_TRUE(AppendRows(store.get(), own, own + 100).ok());
    const Status flushed = store->Flush();
    ASSERT_TRUE(flushed.ok()) << flushed.message();
    EXPECT_EQ(ReadRows(store.get(), own, own + 100).found, 100);
    EXPECT_EQ(ReadRows(store.get(), 0, 1'000).found, 1'000);
  }
  ExpectWhole(folder.path());
}

TEST(StoreCrashTest, ProcessesThatStartTogetherAfterAKillAgreeOnOneIndex) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 20'000);
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove(Layout(folder.path()).CleanMark());
    std::vector<pid_t> children;
    for (int i = 0; i < 6; ++i) {
      children.push_back(StartChild([&] {
        auto store = EmbeddingStore::Open(folder.path());
        if (!store.ok()) return 1;
        const ReadCount count = ReadRows(store->get(), 0, 20'000);
        if (count.found != 20'000 || count.wrong != 0) return 2;
        return (*store)->Close().ok() ? 0 : 3;
      }));
    }
    for (const pid_t child : children) EXPECT_EQ(WaitForChild(child), 0);
    EXPECT_TRUE(std::filesystem::exists(Layout(folder.path()).CleanMark()));
  }
}

TEST(StoreCrashTest, FullDiskIsAnErrorAndTheStoreStaysWhole) {
  const TemporaryFolder folder;
  StoreRows(folder.path(), 0, 100);
  Shared* shared = NewShared();
  ASSERT_NE(shared, nullptr);
  EXPECT_EQ(RunInChild([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit = {300'000, 300'000};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
              auto store = EmbeddingStore::Open(folder.path());
              if (!store.ok()) return 2;
              Status status;
              for (uint64_t next = 100; status.ok() && next < 100'000; next += 77) {
                status = AppendRows(store->get(), next, next + 77);
                if (status.ok()) shared->appended = next + 77;
              }
              if (status.code() != StatusCode::kIo) return 3;
              // What there is can still be used, and what fits is kept.
              if (ReadRows(store->get(), 0, 100).found != 100) return 4;
              return (*store)->Flush().ok() && (*store)->Close().ok() ? 0 : 5;
            }),
            0);
  EXPECT_GT(shared->appended, 1'000);
  ExpectWhole(folder.path());
  const auto store = OpenTestStore(folder.path());
  const ReadCount count = ReadRows(store.get(), 0, shared->appended);
  EXPECT_EQ(count.found, shared->appended);
  EXPECT_EQ(count.wrong, 0);
  ::munmap(shared, sizeof(Shared));
}

TEST(StoreCrashTest, FullDiskForTheIndexCostsARebuildAndNoRow) {
  const TemporaryFolder folder;
  EXPECT_EQ(RunInChild([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              StoreOptions options;
              options.segment_bytes = 100'000;
              auto store = EmbeddingStore::Open(folder.path(), options);
              if (!store.ok()) return 1;
              const rlimit limit = {150'000, 150'000};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
              if (!AppendRows(store->get(), 0, 30'000).ok()) return 0;
              return (*store)->Flush().code() == StatusCode::kIo ? 0 : 3;
            }),
            0);
  const auto store = OpenTestStore(folder.path());
  const auto report = Verify(folder.path());
  ASSERT_TRUE(report.ok());
  EXPECT_GT(report->rows, 1'000);
  EXPECT_EQ(ReadRows(store.get(), 0, 30'000).found, report->rows);
}

// Writes and syncs that fail now and then, writes after a part of their bytes.
class FailingCalls : public FileCalls {
 public:
  explicit FailingCalls(uint64_t seed) : random_(seed) {}
  ssize_t Write(int descriptor, std::span<const std::byte> bytes, uint64_t offset) override {
    switch (random_.Below(6)) {
      case 0:
        errno = ENOSPC;
        return -1;
      case 1:
        errno = EINTR;
        return -1;
      case 2:
        return FileCalls::Write(descriptor, bytes.first(1 + bytes.size() / 3), offset);
      default:
        return FileCalls::Write(descriptor, bytes, offset);
    }
  }
  int Sync(int descriptor) override {
    if (random_.Below(5) != 0) return FileCalls::Sync(descriptor);
    errno = EIO;
    return -1;
  }

 private:
  base::Random random_;
};

TEST(StoreCrashTest, FailingWritesAndSyncsLoseOnlyWhatTheySayTheyLose) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const TemporaryFolder folder;
    FailingCalls calls(seed);
    StoreOptions options;
    options.file_calls = &calls;
    options.segment_bytes = 40'000;
    base::Random random(seed, 1);
    std::set<uint64_t> pending;
    std::set<uint64_t> flushed;
    uint64_t errors = 0;
    for (int run = 0; run < 3; ++run) {
      const auto store = OpenTestStore(folder.path(), options);
      ASSERT_NE(store, nullptr);
      for (int step = 0; step < 60; ++step) {
        const uint64_t begin = random.Below(5'000);
        const uint64_t end = begin + 1 + random.Below(60);
        Status status = AppendRows(store.get(), begin, end);
        if (status.ok()) {
          for (uint64_t i = begin; i < end; ++i) pending.insert(i);
          if (random.Below(3) == 0) {
            status = store->Flush();
            if (status.ok()) flushed.merge(pending);
          }
        }
        if (!status.ok()) {
          EXPECT_EQ(status.code(), StatusCode::kIo);
          pending.clear();
          ++errors;
        }
      }
      pending.clear();
    }
    EXPECT_GT(errors, 0);
    ExpectWhole(folder.path());
    const auto store = OpenTestStore(folder.path());
    const ReadCount count = ReadRows(store.get(), 0, 5'100);
    EXPECT_EQ(count.wrong, 0);
    for (const uint64_t i : flushed) ASSERT_EQ(count.is_found[i], 1) << "seed " << seed;
  }
}

TEST(StoreCrashTest, WorksWithLittleAddressSpace) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "skipped: the sanitizer itself needs the address space";
#endif
  const TemporaryFolder folder;
  EXPECT_EQ(RunInChild([&] {
              const rlimit limit = {400U << 20, 400U << 20};
              if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
              auto store = EmbeddingStore::Open(folder.path());
              if (!store.ok() || !AppendRows(store->get(), 0, 5'000).ok()) return 2;
              if (!(*store)->Flush().ok()) return 3;
              return ReadRows(store->get(), 0, 5'000).found == 5'000 ? 0 : 4;
            }),
            0);
}

TEST(StoreCrashTest, NoRoomForALargerIndexIsAnErrorAndNoCrash) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "skipped: the sanitizer itself needs the address space";
#endif
  const TemporaryFolder folder;
  EXPECT_EQ(RunInChild([&] {
              auto index = Index::Open(folder.path());
              if (!index.ok()) return 1;
              std::vector<IndexEntry> entries(1'000'000);
              const rlimit limit = {220U << 20, 220U << 20};
              if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
              base::Random random(1);
              Status status;
              for (int i = 0; i < 8 && status.ok(); ++i) {
                for (IndexEntry& entry : entries) {
                  entry.short_key = uint64_t{random.Next()} << 32 | random.Next();
                }
                status = (*index)->Put(entries);
              }
              if (status.code() != StatusCode::kOutOfMemory) return 3;
              std::vector<IndexHit> hits;
              const Key key = TestKey(1);
              return (*index)->Find({&key, 1}, &hits).ok() ? 0 : 4;
            }),
            0);
}

}  // namespace
}  // namespace llmembed::store

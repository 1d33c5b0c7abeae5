// What the store's tests share: a folder of their own, rows that can be told apart, child
// processes.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/embedding_store.h"
#include "store/segment_format.h"
#include "support/temporary_folder.h"

namespace llmembed::store {

using test::TemporaryFolder;

inline constexpr uint32_t kTestDimension = 24;
inline constexpr char kTestDescription[] = R"({"model":"test","layer":-1})";

inline Space TestSpace() { return {base::Sha256Of(kTestDescription), kTestDimension}; }
inline Key TestKey(uint64_t number) {
  return MakeKey(TestSpace().id, "text " + std::to_string(number));
}

// Row `number`: every value says which row and column it is.
inline void FillRow(uint64_t number, std::span<float> row) {
  for (size_t i = 0; i < row.size(); ++i) {
    row[i] = static_cast<float>(number % 100'003) + static_cast<float>(i) / 32.0F;
  }
}

inline Status AppendRows(EmbeddingStore* store, uint64_t begin, uint64_t end) {
  std::vector<Key> keys;
  std::vector<float> rows((end - begin) * kTestDimension);
  for (uint64_t number = begin; number < end; ++number) {
    keys.push_back(TestKey(number));
    FillRow(number, std::span(rows).subspan((number - begin) * kTestDimension, kTestDimension));
  }
  return store->Append(TestSpace(), keys, rows);
}

struct ReadCount {
  uint64_t found = 0;
  uint64_t wrong = 0;  // found, but not the row that was stored
  Status status;
  std::vector<uint8_t> is_found;
};

inline ReadCount ReadRows(EmbeddingStore* store, uint64_t begin, uint64_t end) {
  ReadCount count;
  std::vector<Key> keys;
  for (uint64_t number = begin; number < end; ++number) keys.push_back(TestKey(number));
  std::vector<float> rows(keys.size() * kTestDimension, -1.0F);
  count.is_found.resize(keys.size());
  count.status = store->Read(TestSpace(), keys, rows, count.is_found);
  std::vector<float> expected(kTestDimension);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (count.is_found[i] == 0) continue;
    ++count.found;
    FillRow(begin + i, expected);
    if (!std::equal(expected.begin(), expected.end(), rows.begin() + i * kTestDimension)) {
      ++count.wrong;
    }
  }
  return count;
}

inline std::unique_ptr<EmbeddingStore> OpenTestStore(const std::string& folder,
                                                     const StoreOptions& options = {}) {
  auto store = EmbeddingStore::Open(folder, options);
  EXPECT_TRUE(store.ok()) << store.status().message();
  if (!store.ok()) return nullptr;
  EXPECT_TRUE((*store)->OpenSpace(kTestDescription, kTestDimension).ok());
  return *std::move(store);
}

// Opens, adds rows [begin, end), closes.
inline void StoreRows(const std::string& folder, uint64_t begin, uint64_t end,
                      const StoreOptions& options = {}) {
  const auto store = OpenTestStore(folder, options);
  ASSERT_NE(store, nullptr);
  ASSERT_TRUE(AppendRows(store.get(), begin, end).ok());
  const Status closed = store->Close();
  ASSERT_TRUE(closed.ok()) << closed.message();
}

inline std::vector<std::string> FilesUnder(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

inline std::vector<std::string> SegmentPaths(const std::string& folder) {
  std::vector<std::string> files;
  for (const std::string& file : FilesUnder(folder)) {
    if (file.ends_with(".seg")) files.push_back(file);
  }
  return files;
}

inline std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteWholeFile(const std::string& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << contents;
}

// Starts `body` in a child process, whose exit code is what it returns.
inline pid_t StartChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  return child;
}

// The exit code, or minus the signal that ended the child.
inline int WaitForChild(pid_t child) {
  int state = 0;
  if (::waitpid(child, &state, 0) != child) return -1000;
  return WIFEXITED(state) ? WEXITSTATUS(state) : -WTERMSIG(state);
}

inline int RunInChild(const std::function<int()>& body) { return WaitForChild(StartChild(body)); }

}  // namespace llmembed::store

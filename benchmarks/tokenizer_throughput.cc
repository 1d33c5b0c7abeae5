// Seconds in which the library turns a file's lines into ids: one number a round, one a line.
//   tokenizer_throughput FOLDER FILE THREADS ROUNDS
// benchmarks/compare/tokenizers runs it beside PyPI `tokenizers`.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_io.h"
#include "base/thread_pool.h"
#include "text/tokenizer.h"

namespace llmembed {
namespace {

constexpr uint64_t kMaxFileBytes = 1ULL << 30;
constexpr size_t kTextsATask = 16;

std::vector<std::string_view> LinesOf(std::string_view contents) {
  std::vector<std::string_view> lines;
  while (!contents.empty()) {
    const size_t end = std::min(contents.find('\n'), contents.size());
    lines.push_back(contents.substr(0, end));
    contents.remove_prefix(std::min(end + 1, contents.size()));
  }
  return lines;
}

// Every text's ids, as an embedding run makes them.
Status EncodeAll(const text::Tokenizer& tokenizer, std::span<const std::string_view> texts,
                 base::ThreadPool* pool, std::vector<text::Encoding>* encodings) {
  const size_t tasks = (texts.size() + kTextsATask - 1) / kTextsATask;
  return pool->ParallelFor(tasks, [&](size_t task, unsigned) -> Status {
    const size_t end = std::min(texts.size(), (task + 1) * kTextsATask);
    for (size_t i = task * kTextsATask; i < end; ++i) {
      LLMEMBED_RETURN_IF_ERROR(tokenizer.Encode(texts[i], 0, &(*encodings)[i]));
    }
    return {};
  });
}

Status Run(const std::string& folder, const std::string& file, unsigned threads, long rounds) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto tokenizer, text::LoadTokenizer(folder));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string contents, base::ReadSmallFile(file, kMaxFileBytes));
  const std::vector<std::string_view> texts = LinesOf(contents);
  base::ThreadPool pool(threads);
  for (long round = 0; round < rounds; ++round) {
    std::vector<text::Encoding> encodings(texts.size());
    const auto start = std::chrono::steady_clock::now();
    LLMEMBED_RETURN_IF_ERROR(EncodeAll(*tokenizer, texts, &pool, &encodings));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    size_t tokens = 0;
    for (const text::Encoding& encoding : encodings) tokens += encoding.ids.size();
    std::printf("{\"seconds\": %.6f, \"texts\": %zu, \"tokens\": %zu}\n", seconds.count(),
                texts.size(), tokens);
  }
  return {};
}

}  // namespace
}  // namespace llmembed

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s FOLDER FILE THREADS ROUNDS\n", argv[0]);
    return 2;
  }
  const auto threads = static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10));
  const llmembed::Status status =
      llmembed::Run(argv[1], argv[2], threads, std::strtol(argv[4], nullptr, 10));
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

// Texts to ids with MiniLM's tokenizer on one core. items_per_second counts texts.
#include <benchmark/benchmark.h>

#include <iostream>
#include <string>

#include "llmembed/models.h"
#include "text/tokenizer.h"

namespace llmembed::text {
namespace {

const char kReview[] =
    "A warm, funny and beautifully acted film: the plot makes little sense, but I didn't mind.";
const char kAccents[] =
    "Un film chaleureux, drôle et très bien joué; l’été où tout a changé – à voir absolument.";
const char kChinese[] = "这是一部温暖、有趣、表演精湛的电影,情节虽然不太合理,但是音乐非常好听。";
const char kSymbols[] =
    "10/10!!! >>> https://example.org/a?b=c&d=%20e <<< (see [1], p. 3--7) 😀👍 $9.99";

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all.append(text).append(" ");
  return all;
}

void Encode(benchmark::State& state, const Tokenizer& tokenizer, const std::string& text,
            uint32_t max_tokens) {
  Encoding encoding;
  for (auto _ : state) {
    const Status status = tokenizer.Encode(text, max_tokens, &encoding);
    if (!status.ok()) return state.SkipWithError(status.message().c_str());
    benchmark::DoNotOptimize(encoding.ids.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["tokens_a_text"] = static_cast<double>(encoding.ids.size());
}

int Main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const auto model = ModelPath("minilm", {});
  if (!model.ok()) {
    std::cerr << "skipped: " << model.status().message() << '\n';
    return 0;
  }
  const auto tokenizer = LoadTokenizer(*model);
  if (!tokenizer.ok()) {
    std::cerr << tokenizer.status().message() << '\n';
    return 1;
  }
  const auto add = [&](const char* name, const std::string& text, uint32_t max_tokens) {
    benchmark::RegisterBenchmark(name, [&tokenizer, text, max_tokens](benchmark::State& state) {
      Encode(state, **tokenizer, text, max_tokens);
    });
  };
  add("encode/review", kReview, 0);
  add("encode/accents", kAccents, 0);
  add("encode/chinese", kChinese, 0);
  add("encode/symbols", kSymbols, 0);
  add("encode/long", Repeated(kReview, 100), 0);
  add("encode/long_cut_to_256", Repeated(kReview, 100), 256);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace llmembed::text

int main(int argc, char** argv) { return llmembed::text::Main(argc, argv); }

// `llmembed bench`: what this machine can do, and how near the program comes.
#include <algorithm>
#include <memory>

#include "command.h"
#include "llmembed/bench.h"

namespace llmembed::cli {
namespace {

constexpr const char* kDescription =
    "Measures what this machine can compute, and how near llmembed comes to it: products of "
    "matrices in each type and reading memory, extraction with a model at several lengths, "
    "training of heads, the start of the program, and the time of one text. What ran while the "
    "machine was disturbed is left out. The store is not used.";

constexpr const char* kExamples = R"(Examples:
  llmembed bench
  llmembed bench --model bert-large --data reviews.csv --only peak,extract
  llmembed bench --shape llama-2-7b:4 --dtype bf16 --only peak,extract --json
  llmembed bench --bundle reviews.bundle --only start,latency

A shape has random weights: speed without a download. NAME:LAYERS is its first
layers alone.
)";

struct Arguments {
  BenchOptions options;
  bool as_json = false;
};

std::string ListedShapes() {
  std::string listed;
  for (const std::string& shape : BenchShapes()) listed += (listed.empty() ? "" : "|") + shape;
  return listed;
}

// "peak,extract" among the parts; what is unknown is named.
void AddOnly(CLI::App* app, std::vector<BenchPart>* parts) {
  constexpr const char* kName = "--only";
  const auto choose = [=](const std::string& text) {
    parts->clear();
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(',', begin), text.size());
      const std::string word = text.substr(begin, end - begin);
      begin = end + 1;
      const size_t before = parts->size();
      for (const BenchPart part : {BenchPart::kPeak, BenchPart::kExtract, BenchPart::kTrain,
                                   BenchPart::kStart, BenchPart::kLatency}) {
        if (word == BenchPartName(part)) parts->push_back(part);
      }
      if (parts->size() == before) {
        ThrowBadValue(kName, word, "peak, extract, train, start or latency");
      }
    }
  };
  app->add_option_function<std::string>(
         kName, choose, "Parts to measure: peak, extract, train, start, latency (default: all)")
      ->type_name("LIST");
}

Status Run(const Arguments& arguments, Session& session) {
  BenchOptions options = arguments.options;
  options.program = "/proc/self/exe";
  LLMEMBED_ASSIGN_OR_RETURN(const BenchReport report, Bench(options, session.context));
  for (const std::string& file : report.growth_files) session.context.Info("wrote " + file);
  return session.output->Write(arguments.as_json ? eval::BenchToJsonText(report)
                                                 : eval::BenchToText(report));
}

}  // namespace

void AddBenchCommand(CommandList* list) {
  const auto arguments = std::make_shared<Arguments>();
  BenchOptions& options = arguments->options;
  CLI::App* app = list->root->add_subcommand("bench", kDescription)->footer(kExamples);
  CLI::Option* model =
      app->add_option("--model", options.model,
                      "Backbone: a Hugging Face folder, a GGUF file, or a name of 'llmembed models "
                      "list' (default: minilm, or its shape where it is not there)")
          ->type_name("MODEL");
  app->add_option("--shape", options.shape,
                  "Instead, random weights in the sizes of " + ListedShapes())
      ->type_name("NAME[:LAYERS]")
      ->excludes(model);
  AddDtype(app, &options.compute_type, "the backbone");
  app->add_option("--data", options.data.path, "Texts to extract at their own lengths as well")
      ->type_name("FILE");
  app->add_option("--bundle", options.bundle,
                  "Bundle to start and predict with (default: the model embeds)")
      ->type_name("DIR");
  AddOnly(app, &options.parts);
  app->add_option("--growth", options.growth,
                  "Folder for charts of how a token's time grows with the length of its text, "
                  "batches, layers and threads (default: not measured)")
      ->type_name("DIR");
  app->add_option("--seconds", options.seconds,
                  "Time for a measurement, a fifth of it for a product (default: 0.5)")
      ->type_name("S");
  AddJsonOption(app, &arguments->as_json);
  AddDataOptions(app, &options.data);
  AddRunOptions(app, list->run_options);
  list->commands.push_back(
      {app, [=](Session& session) { return Run(*arguments, session); }, Kept::kNothing});
}

}  // namespace llmembed::cli

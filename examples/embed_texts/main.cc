// Vectors of a file of texts, one text a line:
//   embed_texts MODEL TEXTS OUTPUT.npy
// MODEL is a folder in Hugging Face's layout, or a name of the catalogue that was pulled before.
#include <llmembed/embed.h>
#include <llmembed/version.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <string_view>

namespace {

std::atomic<bool> interrupted = false;

// What the library has to say: it prints nothing by itself.
class Terminal : public llmembed::Observer {
 public:
  void OnLog(llmembed::LogLevel level, std::string_view message) override {
    std::cerr << (level == llmembed::LogLevel::kWarning ? "warning: " : "") << message << '\n';
  }
  void OnProgress(const llmembed::Progress& progress) override {
    if (progress.finished) {
      std::cerr << progress.stage << ": " << progress.done << ' ' << progress.unit << '\n';
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: embed_texts MODEL TEXTS OUTPUT.npy\n";
    return 2;
  }
  std::signal(SIGINT, [](int) { interrupted = true; });

  Terminal terminal;
  llmembed::RunContext context;
  context.observer = &terminal;
  context.cancelled = &interrupted;

  llmembed::EmbedOptions options;
  options.backbones = {{.name = "", .model = argv[1]}};
  options.data.path = argv[2];
  options.data.format = llmembed::DataFormat::kLines;
  options.taps = "-1:mean";  // the last layer's states, averaged over a text's tokens
  options.output = argv[3];

  const llmembed::Result<llmembed::ExtractionReport> report = llmembed::Embed(options, context);
  if (!report.ok()) {
    const llmembed::Status status = report.status();
    std::cerr << "error (" << llmembed::StatusCodeName(status.code()) << "): " << status.message()
              << '\n';
    return 1;
  }
  std::cout << "llmembed " << llmembed::Version() << " on " << llmembed::InstructionSet() << '\n'
            << report->texts << " texts in " << options.output << ": " << report->embedded
            << " embedded in " << report->compute_type << ", " << report->from_store
            << " from the store\n";
  return 0;
}

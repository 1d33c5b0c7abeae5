#include "options.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr const char* kRunGroup = "Options for every verb";
constexpr const char* kDataGroup = "How the table is read";
constexpr const char* kPriceGroup = "What the run costs";
constexpr uint64_t kMostThreads = 1024;

void AddPrice(CLI::App* app, const std::string& name, std::optional<double>* price,
              const std::string& description) {
  const auto take = [=](const std::string& text) {
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(value) || value < 0.0) {
      ThrowBadValue(name, text, "a price: a number, at least 0");
    }
    *price = value;
  };
  app->add_option_function<std::string>(name, take, description)
      ->type_name("PRICE")
      ->group(kPriceGroup);
}

}  // namespace

void ThrowBadValue(const std::string& name, const std::string& value, const std::string& expected) {
  throw CLI::ValidationError(name, "'" + Printable(value) + "' is not " + expected);
}

CLI::Option* AddWholeNumber(CLI::App* app, const std::string& name, uint64_t* target,
                            WholeNumbers range, const std::string& description) {
  const auto take = [=](const std::string& text) {
    uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < range.smallest ||
        value > range.largest) {
      ThrowBadValue(name, text,
                    "a whole number from " + std::to_string(range.smallest) + " to " +
                        std::to_string(range.largest));
    }
    *target = value;
  };
  return app->add_option_function<std::string>(name, take, description)->type_name("N");
}

void AddRunOptions(CLI::App* app, RunOptions* options) {
  app->add_option("--store", options->store,
                  "Folder of the embedding store, or 'none' (default: inside --home)")
      ->type_name("DIR|none")
      ->group(kRunGroup);
  app->add_option("--packed", options->packed,
                  "Folder of large models' packed weights, which the next start maps, or 'none' "
                  "(default: inside --home)")
      ->type_name("DIR|none")
      ->group(kRunGroup);
  app->add_option("--home", options->home,
                  "Folder of downloaded models, the store and packed weights (default: "
                  "$LLMEMBED_HOME, else "
                  "$XDG_CACHE_HOME/llmembed, else ~/.cache/llmembed)")
      ->type_name("DIR")
      ->group(kRunGroup);
  AddWholeNumber(app, "--threads", &options->threads, {1, kMostThreads},
                 "Threads to work with (default: what the machine or container allows)")
      ->group(kRunGroup);
  app->add_flag("--offline", options->offline, "Never open a network connection")->group(kRunGroup);
  app->add_flag("--quiet", options->quiet, "No progress and no notes; warnings and errors stay")
      ->group(kRunGroup);
}

void AddBackboneOptions(CLI::App* app, RunOptions* options) {
  app->add_option(
         "--device", options->device,
         "Where backbones run: cpu, cuda (the first GPU), cuda:N, or shared by several GPUs: "
         "cuda:N,M or cuda:all; auto: the first GPU that can be used, else the CPU")
      ->type_name("auto|cpu|cuda[:N]")
      ->default_str("auto")
      ->group(kRunGroup);
  app->add_option("--gguf-weights", options->gguf_weights,
                  "How weights run that a GGUF file has in few bits: unpacked, or blocks: as they "
                  "lie in the file, in less memory; auto: unpacked where there is room")
      ->type_name("auto|unpacked|blocks")
      ->default_str("auto")
      ->group(kRunGroup);
}

void AddDataOptions(CLI::App* app, DataSource* data) {
  app->add_option("--text", data->text_column,
                  "Column with the texts: a name, or a number from 1 (default: found by name)")
      ->type_name("COL")
      ->group(kDataGroup);
  app->add_option("--label", data->label_column,
                  "Column with the labels: a name, or a number from 1 (default: found by name)")
      ->type_name("COL")
      ->group(kDataGroup);
  AddChoice<DataFormat>(app, "--format", &data->format,
                        {{"auto", DataFormat::kAuto},
                         {"csv", DataFormat::kCsv},
                         {"tsv", DataFormat::kTsv},
                         {"jsonl", DataFormat::kJsonl},
                         {"lines", DataFormat::kLines}},
                        "What the table is; lines: one text a line (default: by the file's name)")
      ->group(kDataGroup);
  AddChoice<HeaderMode>(
      app, "--header", &data->header,
      {{"auto", HeaderMode::kAuto}, {"yes", HeaderMode::kPresent}, {"no", HeaderMode::kAbsent}},
      "Whether the first row names the columns (default: auto)")
      ->group(kDataGroup);
}

void AddHoldout(CLI::App* app, double* holdout, CLI::Option* test) {
  const auto take = [=](const std::string& text) {
    double value = 0.0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || !(value >= 0.0 && value < 1.0)) {
      ThrowBadValue("--holdout", text, "a share: a number from 0 to below 1");
    }
    *holdout = value;
  };
  app->add_option_function<std::string>("--holdout", take,
                                        "Share of the rows held out to measure; 0: none")
      ->type_name("SHARE")
      ->default_str("0.1")
      ->excludes(test);
}

void AddPriceOptions(CLI::App* app, Prices* prices) {
  AddPrice(app, "--price-kwh", &prices->per_kwh,
           "Of a kilowatt-hour: what the measured energy costs");
  AddPrice(app, "--price-hour", &prices->per_machine_hour,
           "Of an hour of this machine: what the time costs");
  AddPrice(app, "--price-million-tokens", &prices->per_million_tokens,
           "Of a million tokens of an API: what it would ask for reading the same texts");
  app->add_option("--currency", prices->currency, "What the prices are in, e.g. USD")
      ->type_name("WORD")
      ->group(kPriceGroup);
}

void AddJsonOption(CLI::App* app, bool* as_json) {
  app->add_flag("--json", *as_json, "Print JSON, for programs");
}

void AddVerifyOption(CLI::App* app, bool* verify) {
  app->add_flag("--verify", *verify,
                "Hash the backbone's files again instead of trusting an earlier check");
}

void AddDtype(CLI::App* app, ComputeType* type, const std::string& what) {
  AddChoice<ComputeType>(app, "--dtype", type,
                         {{"f32", ComputeType::kF32},
                          {"bf16", ComputeType::kBf16},
                          {"int8", ComputeType::kInt8},
                          {"fp8", ComputeType::kFp8},
                          {"auto", ComputeType::kAuto}},
                         "What " + what +
                             " computes in; auto: bf16 where the device has it, else f32; int8 is "
                             "for CPUs, fp8 for GPUs")
      ->default_str("auto");
}

void AddOnLongText(CLI::App* app, OnLongText* rule) {
  Choices<OnLongText> choices;
  for (const OnLongText choice :
       {OnLongText::kHead, OnLongText::kHeadTail, OnLongText::kChunkMean, OnLongText::kError}) {
    choices.emplace_back(OnLongTextName(choice), choice);
  }
  AddChoice<OnLongText>(app, "--on-long-text", rule, choices,
                        "What is read of a text of more tokens: its head; its head and its tail; "
                        "all of it in chunks, whose vectors are averaged; error: fail")
      ->default_str(OnLongTextName(*rule));
}

void AddSpecialTokens(CLI::App* app, SpecialText* reading) {
  Choices<SpecialText> choices;
  for (const SpecialText choice : {SpecialText::kParse, SpecialText::kPlain}) {
    choices.emplace_back(SpecialTextName(choice), choice);
  }
  AddChoice<SpecialText>(app, "--special-tokens", reading, choices,
                         "What a text that spells one, such as [SEP], means: the token, or plain "
                         "text")
      ->default_str(SpecialTextName(*reading));
}

void AddModelOption(CLI::App* app, std::string* model) {
  app->add_option(
         "--model", *model,
         "Backbone: a Hugging Face folder, a GGUF file, or a name of 'llmembed models list'")
      ->type_name("MODEL")
      ->required();
}

}  // namespace llmembed::cli

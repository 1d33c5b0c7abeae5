// Options that several verbs share, declared once.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "llmembed/cost.h"
#include "llmembed/data.h"
#include "llmembed/embed.h"
#include "llmembed/run_context.h"
#include "nearest.h"

namespace llmembed::cli {

// Options for every verb.
struct RunOptions {
  std::string store;
  std::string packed;
  std::string home;
  uint64_t threads = 0;
  std::string device;
  std::string gguf_weights;
  bool offline = false;
  bool quiet = false;
};

void AddRunOptions(CLI::App* app, RunOptions* options);

// Of the verbs that embed.
void AddBackboneOptions(CLI::App* app, RunOptions* options);

// The options that say how a table is read; `data.path` is the verb's own argument.
void AddDataOptions(CLI::App* app, DataSource* data);

// The share of the rows to measure on; not together with `test`.
void AddHoldout(CLI::App* app, double* holdout, CLI::Option* test);

// The prices that turn what a run took into money.
void AddPriceOptions(CLI::App* app, Prices* prices);

void AddJsonOption(CLI::App* app, bool* as_json);
void AddVerifyOption(CLI::App* app, bool* verify);       // of a bundle's backbone
void AddModelOption(CLI::App* app, std::string* model);  // required

// `what`: who computes in it, e.g. "the backbone".
void AddDtype(CLI::App* app, ComputeType* type, const std::string& what);
void AddOnLongText(CLI::App* app, OnLongText* rule);
void AddSpecialTokens(CLI::App* app, SpecialText* reading);

struct WholeNumbers {
  uint64_t smallest;
  uint64_t largest;
};

// An option N with a decimal number in `range`.
CLI::Option* AddWholeNumber(CLI::App* app, const std::string& name, uint64_t* target,
                            WholeNumbers range, const std::string& description);

// A fault in an option's value, for CLI11 to hand to whoever parses.
[[noreturn]] void ThrowBadValue(const std::string& name, const std::string& value,
                                const std::string& expected);

template <typename T>
using Choices = std::vector<std::pair<std::string, T>>;

// An option whose value is one of a few words.
template <typename T>
CLI::Option* AddChoice(CLI::App* app, const std::string& name, T* target, Choices<T> choices,
                       const std::string& description) {
  std::vector<std::string> words;
  std::string listed;
  for (const auto& [word, value] : choices) {
    words.push_back(word);
    listed += (listed.empty() ? "" : "|") + word;
  }
  const auto choose = [=](const std::string& text) {
    for (const auto& [word, value] : choices) {
      if (word == text) {
        *target = value;
        return;
      }
    }
    const std::string nearest = NearestWord(text, words);
    ThrowBadValue(name, text, listed + (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  };
  return app->add_option_function<std::string>(name, choose, description)->type_name(listed);
}

}  // namespace llmembed::cli

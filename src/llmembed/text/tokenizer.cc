#include "text/tokenizer.h"

#include <filesystem>
#include <system_error>

#include "gguf/find_gguf.h"
#include "text/loading/gguf_tokenizer.h"
#include "text/loading/loaders.h"

namespace llmembed::text {
namespace {

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

struct TokenizerFormat {
  const char* main_file;
  std::vector<const char*> optional_files;
  Result<std::unique_ptr<Tokenizer>> (*load)(const std::string& folder,
                                             const TokenizerOptions& options);
};

// The first one whose main file is there is taken. To add a format: its reader, and a line here.
const std::vector<TokenizerFormat>& Formats() {
  static const std::vector<TokenizerFormat> formats = {
      {"tokenizer.json", {}, &LoadTokenizerJson},
      {"vocab.txt", {"tokenizer_config.json", "special_tokens_map.json"}, &LoadVocabTxt},
      {"vocab.json",
       {"merges.txt", "tokenizer_config.json", "special_tokens_map.json", "config.json"},
       &LoadVocabJson},
      {"tokenizer.model",
       {"tokenizer_config.json", "special_tokens_map.json", "config.json"},
       &LoadTokenizerModel},
      {"sentencepiece.bpe.model",
       {"tokenizer_config.json", "special_tokens_map.json", "config.json"},
       &LoadSentencePieceBpeModel},
  };
  return formats;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& model_folder,
                                                 const TokenizerOptions& options) {
  if (const auto gguf_path = gguf::FindGguf(model_folder)) {
    return LoadGgufTokenizer(*gguf_path, options);
  }
  std::string expected;
  for (const TokenizerFormat& format : Formats()) {
    if (Exists(model_folder + "/" + format.main_file)) return format.load(model_folder, options);
    expected += (expected.empty() ? "" : " or ") + std::string(format.main_file);
  }
  return Status(StatusCode::kNotFound, model_folder + ": no tokenizer: expected " + expected);
}

std::vector<std::string> TokenizerFiles(const std::string& model_folder) {
  if (auto gguf_path = gguf::FindGguf(model_folder)) return {*std::move(gguf_path)};
  std::vector<std::string> files;
  for (const TokenizerFormat& format : Formats()) {
    const std::string main_file = model_folder + "/" + format.main_file;
    if (!Exists(main_file)) continue;
    files.push_back(main_file);
    for (const char* name : format.optional_files) {
      const std::string path = model_folder + "/" + name;
      if (Exists(path)) files.push_back(path);
    }
    break;
  }
  return files;
}

}  // namespace llmembed::text

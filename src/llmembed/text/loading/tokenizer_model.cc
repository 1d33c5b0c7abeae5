// SentencePiece's model files with the configuration beside them.
#include <array>
#include <string>
#include <utility>

#include "base/file_io.h"
#include "base/json.h"
#include "base/quoted.h"
#include "text/loading/json_fields.h"
#include "text/loading/loaders.h"
#include "text/loading/sentence_piece_families.h"
#include "text/loading/sentence_piece_model.h"
#include "text/loading/tokenizer_config.h"
#include "text/pipeline_tokenizer.h"

namespace llmembed::text {
namespace {

using base::Json;

constexpr uint64_t kMaxModelBytes = 32ULL << 20;

struct Family {
  std::array<const char*, 2> tokenizer_classes;
  std::array<const char*, 2> model_types;  // in config.json, where no class is named
  Result<TokenizerParts> (*make)(const SentencePieceModel& model, JsonFields* config,
                                 const std::string& where);
};
constexpr Family kFamilies[] = {
    {{"LlamaTokenizer", "LlamaTokenizerFast"}, {"llama", "mistral"}, &MakeLlamaTokenizer},
    {{"XLMRobertaTokenizer", "XLMRobertaTokenizerFast"},
     {"xlm-roberta", "xlm-roberta"},
     &MakeXlmRobertaTokenizer},
};

Result<const Family*> FamilyOfClass(const std::string& wanted, const std::string& where) {
  for (const Family& family : kFamilies) {
    for (const char* name : family.tokenizer_classes) {
      if (wanted == name) return &family;
    }
  }
  return Status(StatusCode::kUnsupported, where + ": the tokenizer_class " + base::Quoted(wanted) +
                                              " with a SentencePiece model is not supported");
}

// The class that tokenizer_config.json or config.json names, else that of config.json's model_type.
Result<const Family*> FindFamily(const std::string& folder, JsonFields* tokenizer_config) {
  LLMEMBED_ASSIGN_OR_RETURN(std::string name, ReadTokenizerClass(tokenizer_config));
  if (!name.empty()) return FamilyOfClass(name, tokenizer_config->where());
  const std::string path = folder + "/config.json";
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, base::ReadJsonFile(path));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config, JsonFields::Of(root, path));
  LLMEMBED_ASSIGN_OR_RETURN(name, ReadTokenizerClass(&config));
  if (!name.empty()) return FamilyOfClass(name, path);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string model_type, config.String("model_type"));
  for (const Family& family : kFamilies) {
    for (const char* known : family.model_types) {
      if (model_type == known) return &family;
    }
  }
  return config.Unsupported("the model_type " + base::Quoted(model_type) +
                            " with a SentencePiece model and no tokenizer_class is not "
                            "supported");
}

Result<std::unique_ptr<Tokenizer>> Load(const std::string& folder, const char* file,
                                        const TokenizerOptions& options) {
  const std::string path = folder + "/" + file;
  LLMEMBED_ASSIGN_OR_RETURN(const Json root, ReadTokenizerConfig(folder));
  LLMEMBED_ASSIGN_OR_RETURN(JsonFields config,
                            JsonFields::Of(root, folder + "/tokenizer_config.json"));
  LLMEMBED_ASSIGN_OR_RETURN(const Family* family, FindFamily(folder, &config));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string bytes, base::ReadSmallFile(path, kMaxModelBytes));
  LLMEMBED_ASSIGN_OR_RETURN(const SentencePieceModel model, ParseSentencePieceModel(bytes, path));
  LLMEMBED_ASSIGN_OR_RETURN(TokenizerParts parts, family->make(model, &config, path));
  parts.special_text = options.special_text;
  LLMEMBED_RETURN_IF_ERROR(ReadCommonOptions(&config, &parts.special_text));
  Result<std::unique_ptr<Tokenizer>> tokenizer = PipelineTokenizer::Create(std::move(parts));
  return tokenizer.ok() ? std::move(tokenizer) : tokenizer.status().WithContext(path);
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> LoadTokenizerModel(const std::string& folder,
                                                      const TokenizerOptions& options) {
  return Load(folder, "tokenizer.model", options);
}

Result<std::unique_ptr<Tokenizer>> LoadSentencePieceBpeModel(const std::string& folder,
                                                             const TokenizerOptions& options) {
  return Load(folder, "sentencepiece.bpe.model", options);
}

}  // namespace llmembed::text

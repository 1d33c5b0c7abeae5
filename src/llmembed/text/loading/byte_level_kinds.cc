#include "text/loading/byte_level_kinds.h"

#include <memory>
#include <utility>
#include <vector>

#include "text/normalizers/unicode_form.h"
#include "text/pre_tokenizers/byte_level.h"
#include "text/pre_tokenizers/character_split.h"
#include "text/pre_tokenizers/pattern_split.h"
#include "text/pre_tokenizers/pre_tokenizer_sequence.h"
#include "text/pre_tokenizers/word_scanners.h"

namespace llmembed::text {
namespace {

std::unique_ptr<PreTokenizer> InSequence(std::unique_ptr<PreTokenizer> first,
                                         const ByteLevelOptions& byte_level) {
  std::vector<std::unique_ptr<PreTokenizer>> steps;
  steps.push_back(std::move(first));
  steps.push_back(std::make_unique<ByteLevel>(byte_level));
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

std::unique_ptr<PreTokenizer> WordsOf(WordScanner scanner) {
  PatternSplitOptions words;
  words.scanner = scanner;
  return InSequence(std::make_unique<PatternSplit>(words),
                    {.add_prefix_space = false, .use_regex = false});
}

}  // namespace

void AddByteLevelSteps(ByteLevelKind kind, bool add_prefix_space, TokenizerParts* parts) {
  switch (kind) {
    case ByteLevelKind::kGpt2:
      parts->pre_tokenizer =
          std::make_unique<ByteLevel>(ByteLevelOptions{.add_prefix_space = add_prefix_space});
      break;
    case ByteLevelKind::kSmolLm:
      parts->pre_tokenizer = InSequence(
          std::make_unique<CharacterSplit>(CharacterSplit::Kind::kDigit, SplitBehavior::kIsolated),
          {.add_prefix_space = false});
      break;
    case ByteLevelKind::kLlama3:
      parts->pre_tokenizer = WordsOf(&ScanLlama3Word);
      break;
    case ByteLevelKind::kQwen2:
      parts->normalizer = std::make_unique<UnicodeForm>(NormalForm::kNfc);
      parts->pre_tokenizer = WordsOf(&ScanQwen2Word);
      break;
  }
}

}  // namespace llmembed::text

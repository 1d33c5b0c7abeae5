#include "text/normalizers/bert_normalizer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "text/unicode/properties.h"

namespace llmembed::text {
namespace {

constexpr uint8_t kAsciiRemoved = 0x80;

}  // namespace

// Carries code points through the steps that follow cleaning, one at a time, into *out.
//
// NFD sorts each run of code points that are no starters by their combining class. Most of them are
// nonspacing marks, which are then dropped; the others wait here until a starter ends the run.
class BertNormalizer::Writer {
 public:
  Writer(const BertNormalizerOptions& options, std::string* out) : options_(options), out_(out) {}

  // An ASCII character, all steps done: it is a starter.
  void PutAscii(uint8_t byte) {
    if (!waiting_.empty()) EndRun();
    out_->push_back(static_cast<char>(byte));
  }

  void Put(char32_t code_point, CodePointProperties properties) {
    if (options_.handle_chinese_chars && properties.Is(kIdeograph)) {
      PutAscii(' ');
      PutUnpadded(code_point, properties);
      PutAscii(' ');
    } else {
      PutUnpadded(code_point, properties);
    }
  }

  void EndRun() {
    std::stable_sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
      return a.combining_class < b.combining_class;
    });
    for (const Waiting& waiting : waiting_) {
      PutCased(waiting.code_point, PropertiesOf(waiting.code_point));
    }
    waiting_.clear();
  }

 private:
  struct Waiting {
    char32_t code_point;
    uint8_t combining_class;
  };

  void PutUnpadded(char32_t code_point, CodePointProperties properties) {
    if (!options_.strip_accents) return PutCased(code_point, properties);
    if (!properties.Is(kDecomposes)) return PutDecomposed(code_point, properties);
    for (const char32_t part : DecomposeCanonically(code_point)) {
      PutDecomposed(part, PropertiesOf(part));
    }
  }

  void PutDecomposed(char32_t code_point, CodePointProperties properties) {
    if (properties.combining_class == 0 && !waiting_.empty()) EndRun();
    if (properties.Is(kNonspacingMark)) return;
    if (properties.combining_class != 0) {
      waiting_.push_back({code_point, properties.combining_class});
    } else {
      PutCased(code_point, properties);
    }
  }

  void PutCased(char32_t code_point, CodePointProperties properties) {
    if (!options_.lowercase || !properties.Is(kLowercases)) {
      return base::AppendUtf8(code_point, out_);
    }
    for (const char32_t part : ToLowercase(code_point)) base::AppendUtf8(part, out_);
  }

  const BertNormalizerOptions& options_;
  std::string* out_;
  std::vector<Waiting> waiting_;
};

BertNormalizer::BertNormalizer(const BertNormalizerOptions& options) : options_(options) {
  for (uint8_t byte = 0; byte < ascii_.size(); ++byte) {
    const CodePointProperties properties = PropertiesOf(byte);
    const bool is_upper = byte >= 'A' && byte <= 'Z';
    ascii_[byte] = options.lowercase && is_upper ? static_cast<uint8_t>(byte + 'a' - 'A') : byte;
    if (!options.clean_text) continue;
    if (properties.Is(kWhitespace)) ascii_[byte] = ' ';
    if (properties.Is(kRemoved)) ascii_[byte] = kAsciiRemoved;
  }
}

void BertNormalizer::Normalize(std::string_view text, std::string* out) const {
  out->reserve(out->size() + text.size() + text.size() / 8);
  Writer writer(options_, out);
  for (size_t position = 0; position < text.size();) {
    const auto byte = static_cast<uint8_t>(text[position]);
    if (byte < ascii_.size()) {
      if (ascii_[byte] != kAsciiRemoved) writer.PutAscii(ascii_[byte]);
      ++position;
      continue;
    }
    const char32_t code_point = base::DecodeUtf8(text, &position);
    const CodePointProperties properties = PropertiesOf(code_point);
    if (options_.clean_text && properties.Is(kRemoved)) continue;
    if (options_.clean_text && properties.Is(kWhitespace)) {
      writer.PutAscii(' ');
    } else {
      writer.Put(code_point, properties);
    }
  }
  writer.EndRun();
}

Result<std::unique_ptr<Normalizer>> BertNormalizer::FromJson(JsonFields fields) {
  BertNormalizerOptions options;
  LLMEMBED_ASSIGN_OR_RETURN(options.clean_text, fields.Boolean("clean_text"));
  LLMEMBED_ASSIGN_OR_RETURN(options.handle_chinese_chars, fields.Boolean("handle_chinese_chars"));
  LLMEMBED_ASSIGN_OR_RETURN(options.lowercase, fields.Boolean("lowercase"));
  options.strip_accents = options.lowercase;
  if (fields.Optional("strip_accents") != nullptr) {
    LLMEMBED_ASSIGN_OR_RETURN(options.strip_accents, fields.Boolean("strip_accents"));
  }
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  return std::unique_ptr<Normalizer>(std::make_unique<BertNormalizer>(options));
}

}  // namespace llmembed::text

#include "extract/embedder.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <unordered_map>

namespace llmembed::extract {
namespace {

// Raised when a change of the code changes vectors: stored ones are then not found any more.
constexpr int kEngineVersion = 3;

}  // namespace

std::string SpaceDescription(const Extractor& extractor, const ModelIdentity& identity,
                             size_t tap) {
  const TapPoint& point = extractor.taps()[tap];
  const LengthRule& rule = extractor.length_rule();
  const bool reads_padding = point.pooling == fusion::Pooling::kMeanAll;
  // nlohmann::json sorts its keys: the same facts give the same text.
  return nlohmann::json{
      {"backend", extractor.backend().Identity()},
      {"config", identity.config},
      {"engine", kEngineVersion},
      {"layer", point.state.layer},
      {"max_tokens", rule.max_tokens()},
      {"on_long_text", OnLongTextName(rule.on_long_text())},
      {"padded_to", reads_padding ? rule.max_tokens() : 0},
      {"point", point.state.is_before_final_norm ? "raw" : "output"},
      {"pooling", fusion::PoolingName(point.pooling)},
      {"special_tokens", SpecialTextName(extractor.special_text())},
      {"tokenizer", identity.tokenizer},
      {"weights", identity.weights},
      {"width", extractor.width()},
  }
      .dump();
}

Embedder::Embedder(std::unique_ptr<Extractor> extractor, const ModelIdentity& identity,
                   store::EmbeddingStore* store, const RunContext& context)
    : extractor_(std::move(extractor)), store_(store), context_(context) {
  const size_t taps = extractor_->taps().size();
  keys_.resize(taps);
  found_.resize(taps);
  for (size_t tap = 0; store_ != nullptr && tap < taps; ++tap) {
    auto space = store_->OpenSpace(SpaceDescription(*extractor_, identity, tap),
                                   static_cast<uint32_t>(extractor_->width()));
    if (space.ok()) {
      spaces_.push_back(*space);
    } else {
      GiveUpStore(space.status());
    }
  }
  report_.compute_type = compute::MathTypeName(extractor_->backend().math_type());
  const compute::Backend& backend = extractor_->backend();
  report_.instruction_set =
      backend.HasHostMemory() ? compute::CpuInstructionSet() : backend.Identity();
  report_.weight_bytes = extractor_->weight_bytes();
}

void Embedder::GiveUpStore(const Status& status) {
  context_.Warn("going on without the embedding store: " + status.message());
  store_ = nullptr;
}

Status Embedder::ReadFromStore(std::span<const std::string_view> texts,
                               std::span<float* const> vectors) {
  for (size_t tap = 0; tap < spaces_.size(); ++tap) {
    keys_[tap].resize(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      keys_[tap][i] = store::MakeKey(spaces_[tap].id, texts[i]);
    }
    LLMEMBED_RETURN_IF_ERROR(store_->Read(
        spaces_[tap], keys_[tap], {vectors[tap], texts.size() * extractor_->width()}, found_[tap]));
  }
  return {};
}

std::vector<uint32_t> Embedder::FirstsOfMissing(std::span<const std::string_view> texts) {
  std::vector<uint32_t> missing;
  std::unordered_map<std::string_view, uint32_t> seen;
  first_of_.resize(texts.size());
  for (uint32_t i = 0; i < texts.size(); ++i) {
    first_of_[i] = i;
    const bool is_found =
        std::all_of(found_.begin(), found_.end(), [i](const auto& tap) { return tap[i] != 0; });
    if (is_found) continue;
    const auto [first, is_new] = seen.emplace(texts[i], i);
    first_of_[i] = first->second;
    if (is_new) missing.push_back(i);
  }
  return missing;
}

void Embedder::CopyRepeats(std::span<float* const> vectors) const {
  const size_t width = extractor_->width();
  for (size_t i = 0; i < first_of_.size(); ++i) {
    if (first_of_[i] == i) continue;
    for (float* rows : vectors) std::copy_n(rows + first_of_[i] * width, width, rows + i * width);
  }
}

Status Embedder::AppendToStore(std::span<const uint32_t> texts, std::span<float* const> vectors) {
  const size_t width = extractor_->width();
  std::vector<store::Key> keys;
  std::vector<float> rows;
  for (size_t tap = 0; tap < spaces_.size(); ++tap) {
    keys.clear();
    rows.clear();
    for (const uint32_t text : texts) {
      if (found_[tap][text] != 0) continue;  // another tap of it was missing
      keys.push_back(keys_[tap][text]);
      rows.insert(rows.end(), vectors[tap] + text * width, vectors[tap] + (text + 1) * width);
    }
    LLMEMBED_RETURN_IF_ERROR(store_->Append(spaces_[tap], keys, rows));
  }
  if (store_->is_full() && !told_full_) {
    told_full_ = true;
    context_.Warn("the embedding store has reached its size cap: new vectors are not kept");
  }
  return {};
}

void Embedder::Flush() {
  if (store_ == nullptr) return;
  if (Status status = store_->Flush(); !status.ok()) GiveUpStore(status);
}

Status Embedder::Embed(const TextWindow& window, std::span<float* const> vectors,
                       std::span<TextLength> lengths) {
  const auto begin = std::chrono::steady_clock::now();
  const std::span<const std::string_view> texts = window.texts;
  LLMEMBED_RETURN_IF_ERROR(extractor_->Tokenize(window, lengths));
  for (auto& found : found_) found.assign(texts.size(), 0);
  if (store_ != nullptr) {
    if (Status status = ReadFromStore(texts, vectors); !status.ok()) {
      for (auto& found : found_) found.assign(texts.size(), 0);
      GiveUpStore(status);
    }
  }
  if (store_ != nullptr && store_->damaged_rows() > known_damaged_rows_) {
    context_.Warn("damaged in the store and embedded again: " +
                  std::to_string(store_->damaged_rows() - known_damaged_rows_) + " of its vectors");
    known_damaged_rows_ = store_->damaged_rows();
  }
  const std::vector<uint32_t> missing = FirstsOfMissing(texts);
  LLMEMBED_RETURN_IF_ERROR(extractor_->Extract(missing, vectors, context_.cancelled));
  if (const std::string notice = extractor_->TakeNotice(); !notice.empty()) context_.Warn(notice);
  CopyRepeats(vectors);
  if (store_ != nullptr && !missing.empty()) {
    if (Status status = AppendToStore(missing, vectors); !status.ok()) GiveUpStore(status);
  }

  report_.texts += texts.size();
  report_.embedded += missing.size();
  report_.from_store += texts.size() - missing.size();
  for (const uint32_t text : missing) report_.tokens += lengths[text].read;
  report_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return {};
}

}  // namespace llmembed::extract

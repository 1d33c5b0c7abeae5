#include "lexical/tfidf.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace llmembed::lexical {
namespace {

constexpr uint64_t kMaxTerms = NgramVocabulary::kNone - 1;

// The numbers of the words' n-grams, ascending, one for each time that it stands there.
// `find` gives the term of a prefix and a word, or kNone; then no longer one is looked for.
template <typename Find>
void ListTerms(std::span<const uint32_t> words, uint32_t max_ngram, const Find& find,
               std::vector<uint32_t>* terms) {
  terms->clear();
  for (size_t begin = 0; begin < words.size(); ++begin) {
    const size_t end = std::min<size_t>(words.size(), begin + max_ngram);
    uint32_t term = NgramVocabulary::kNone;
    for (size_t i = begin; i < end; ++i) {
      term = find(term, words[i]);
      if (term == NgramVocabulary::kNone) break;
      terms->push_back(term);
    }
  }
  std::sort(terms->begin(), terms->end());
}

}  // namespace

Result<NgramVocabulary> BuildVocabulary(std::span<const std::string_view> texts,
                                        std::span<const uint32_t> rows, uint32_t max_ngram,
                                        uint32_t min_documents, const RunContext& context) {
  NgramVocabulary vocabulary;
  WordScanner scanner;
  std::vector<uint32_t> words;
  std::vector<uint32_t> terms;
  std::vector<uint32_t> documents;  // by term
  for (const uint32_t row : rows) {
    if (context.IsCancelled()) return Status(StatusCode::kCancelled, "training was cancelled");
    words.clear();
    for (const std::string_view word : scanner.Scan(texts[row])) {
      words.push_back(vocabulary.AddWord(word));
    }
    if (vocabulary.size() + uint64_t{max_ngram} * words.size() > kMaxTerms) {
      return Status(
          StatusCode::kUnsupported,
          "the texts have more than " + std::to_string(kMaxTerms) + " different n-grams of words");
    }
    // Words before the n-grams that they end: a term stands behind all its words.
    for (const uint32_t word : words) vocabulary.AddTerm(NgramVocabulary::kNone, word);
    ListTerms(
        words, max_ngram,
        [&](uint32_t prefix, uint32_t word) { return vocabulary.AddTerm(prefix, word); }, &terms);
    terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
    documents.resize(vocabulary.size(), 0);
    for (const uint32_t term : terms) ++documents[term];
  }
  std::vector<bool> keep(vocabulary.size());
  for (uint32_t term = 0; term < vocabulary.size(); ++term) {
    keep[term] = documents[term] >= min_documents;
  }
  return vocabulary.Kept(keep);
}

void TermCounter::AppendRow(std::string_view text, SparseMatrix* frequencies) {
  words_.clear();
  for (const std::string_view word : scanner_.Scan(text)) {
    words_.push_back(vocabulary_.FindWord(word));
  }
  ListTerms(
      words_, vocabulary_.max_ngram(),
      [&](uint32_t prefix, uint32_t word) { return vocabulary_.FindTerm(prefix, word); }, &terms_);
  for (size_t begin = 0; begin < terms_.size();) {
    size_t end = begin + 1;
    while (end < terms_.size() && terms_[end] == terms_[begin]) ++end;
    frequencies->Append(terms_[begin],
                        static_cast<float>(1.0 + std::log(static_cast<double>(end - begin))));
    begin = end;
  }
  frequencies->EndRow();
}

std::vector<float> InverseDocumentFrequencies(const SparseMatrix& frequencies,
                                              std::span<const uint32_t> rows,
                                              uint32_t min_documents) {
  std::vector<uint32_t> documents(frequencies.width, 0);
  for (const uint32_t row : rows) {
    for (const uint32_t term : frequencies.row(row).columns) ++documents[term];
  }
  std::vector<float> idf(frequencies.width, 0.0F);
  for (uint64_t term = 0; term < idf.size(); ++term) {
    if (documents[term] < min_documents) continue;
    const double ratio = (1.0 + static_cast<double>(rows.size())) / (1.0 + documents[term]);
    idf[term] = static_cast<float>(std::log(ratio) + 1.0);
  }
  return idf;
}

SparseMatrix Weighted(const SparseMatrix& frequencies, std::span<const uint32_t> rows,
                      std::span<const float> idf) {
  SparseMatrix weighted;
  weighted.width = frequencies.width;
  for (const uint32_t row : rows) {
    const SparseRow entries = frequencies.row(row);
    double squares = 0.0;
    for (size_t i = 0; i < entries.columns.size(); ++i) {
      const double value = static_cast<double>(entries.values[i]) * idf[entries.columns[i]];
      squares += value * value;
    }
    const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (size_t i = 0; i < entries.columns.size(); ++i) {
      const float term_idf = idf[entries.columns[i]];
      if (term_idf == 0.0F) continue;
      const double value = static_cast<double>(entries.values[i]) * term_idf;
      weighted.Append(entries.columns[i], static_cast<float>(value * scale));
    }
    weighted.EndRow();
  }
  return weighted;
}

}  // namespace llmembed::lexical

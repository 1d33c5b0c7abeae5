// The normalizers NFC, NFD, NFKC and NFKD.
#pragma once

#include <memory>

#include "llmembed/status.h"
#include "text/loading/json_fields.h"
#include "text/normalizers/normalizer.h"
#include "text/unicode/normalization.h"

namespace llmembed::text {

class UnicodeForm : public Normalizer {
 public:
  explicit UnicodeForm(NormalForm form) : form_(form) {}

  // From the "normalizer" of a tokenizer.json of type kForm.
  template <NormalForm kForm>
  static Result<std::unique_ptr<Normalizer>> FromJson(JsonFields fields) {
    LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
    return std::unique_ptr<Normalizer>(std::make_unique<UnicodeForm>(kForm));
  }

  void Normalize(std::string_view text, std::string* out) const override {
    AppendNormalForm(text, form_, out);
  }
  uint64_t max_growth() const override { return MaxGrowth(form_); }

 private:
  NormalForm form_;
};

}  // namespace llmembed::text

#include "text/normalizers/normalizer_sequence.h"

#include <string>

#include "base/checked.h"
#include "text/loading/components.h"

namespace llmembed::text {

void NormalizerSequence::Normalize(std::string_view text, std::string* out) const {
  if (steps_.empty()) {
    out->append(text);
    return;
  }
  std::string between[2];
  for (size_t step = 0; step + 1 < steps_.size(); ++step) {
    std::string& made = between[step % 2];
    made.clear();
    steps_[step]->Normalize(text, &made);
    text = made;
  }
  steps_.back()->Normalize(text, out);
}

uint64_t NormalizerSequence::max_growth() const {
  uint64_t growth = 1;
  for (const std::unique_ptr<Normalizer>& step : steps_) {
    growth = base::CheckedMul(growth, step->max_growth()).value_or(UINT64_MAX);
  }
  return growth;
}

Result<std::unique_ptr<Normalizer>> NormalizerSequence::FromJson(JsonFields fields) {
  LLMEMBED_ASSIGN_OR_RETURN(const base::Json* values, fields.Array("normalizers"));
  LLMEMBED_RETURN_IF_ERROR(fields.RefuseOthers());
  std::vector<std::unique_ptr<Normalizer>> steps;
  for (const base::Json& value : *values) {
    const std::string where = fields.where() + "[" + std::to_string(steps.size()) + "]";
    LLMEMBED_ASSIGN_OR_RETURN(std::unique_ptr<Normalizer> step, ReadNormalizer(&value, where));
    if (step == nullptr) return fields.Corrupt("a step is null");
    steps.push_back(std::move(step));
  }
  return std::unique_ptr<Normalizer>(std::make_unique<NormalizerSequence>(std::move(steps)));
}

}  // namespace llmembed::text

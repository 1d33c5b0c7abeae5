// RoBERTa (Liu et al. 2019, arXiv 1907.11692) and XLM-RoBERTa (Conneau et al. 2020, arXiv
// 1911.02116): BERT's blocks with fairseq's positions, which count from behind the pad token.
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {
namespace {

Architecture Table(const char* model_type) {
  Architecture table = Bert();
  table.model_type = model_type;
  table.counts_from_padding = true;
  table.names.optional_prefix = "roberta.";
  table.ignored.push_back("lm_head.*");
  return table;
}

}  // namespace

const Architecture& Roberta() {
  static const Architecture roberta = Table("roberta");
  return roberta;
}

const Architecture& XlmRoberta() {
  static const Architecture xlm_roberta = Table("xlm-roberta");
  return xlm_roberta;
}

}  // namespace llmembed::backbone

// Every architecture there is, a line each.
#include <array>

#include "backbone/arch/decoders.h"
#include "backbone/arch/encoders.h"

namespace llmembed::backbone {
namespace {

std::array<const Architecture*, 13> Architectures() {
  return {
      &Bert(),        // encoders
      &Roberta(),     //
      &XlmRoberta(),  //
      &DistilBert(),  //
      &Mpnet(),       //
      &Llama(),       // decoders
      &Mistral(),     //
      &Qwen2(),       //
      &Qwen3(),       //
      &Gemma(),       //
      &Gemma2(),      //
      &Gemma3(),      //
      &Starcoder2(),  //
  };
}

}  // namespace

const Architecture* FindArchitecture(std::string_view model_type) {
  for (const Architecture* architecture : Architectures()) {
    if (model_type == architecture->model_type) return architecture;
  }
  return nullptr;
}

std::string ArchitectureNames() {
  std::string names;
  for (const Architecture* architecture : Architectures()) {
    if (!names.empty()) names += ", ";
    names += architecture->model_type;
  }
  return names;
}

}  // namespace llmembed::backbone

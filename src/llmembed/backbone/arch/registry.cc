// Every architecture there is, a line each.
#include <array>

#include "backbone/arch/bert.h"

namespace llmembed::backbone {
namespace {

std::array<const Architecture*, 1> Architectures() { return {&Bert()}; }

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

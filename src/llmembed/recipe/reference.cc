#include "recipe/reference.h"

#include "recipe/recipe_fields.h"
#include "recipe/section.h"

namespace llmembed::recipe {

std::string RecipeReference() {
  using head::HeadKind;
  head::HeadConfig mlp;
  mlp.kind = HeadKind::kMlp;
  return "### The recipe\n\n" + SectionReference(RecipeFields(), Recipe{}) +
         "\n### A backbone\n\n" + SectionReference(BackboneFields(), BackboneSpec{}) +
         "\n### A head of kind `logistic_regression`\n\n" +
         SectionReference(HeadFields(HeadKind::kLogisticRegression), head::HeadConfig{}) +
         "\n### A head of kind `mlp`\n\n" + SectionReference(HeadFields(HeadKind::kMlp), mlp);
}

}  // namespace llmembed::recipe

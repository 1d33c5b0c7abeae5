// The lists of fields of a recipe's sections: the one place that knows the keys.
#pragma once

#include <span>

#include "recipe/field.h"
#include "recipe/recipe.h"

namespace llmembed::recipe {

const Field<Recipe>& VersionField();
const Fields<Recipe>& RecipeFields();
const Fields<BackboneSpec>& BackboneFields();

// The head's fields depend on its kind.
const Field<head::HeadConfig>& HeadKindField();
const Fields<head::HeadConfig>& HeadFields(head::HeadKind kind);

std::span<const Choice<ComputeType>> ComputeTypes();

}  // namespace llmembed::recipe

// An error that points into an expression's text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "llmembed/status.h"

namespace llmembed::fusion {

// "fusion expression, column 5: PROBLEM", the text's line and a caret below the byte `position`
// (at most text.size()); with "line 2, " before the column when the text has several lines.
// Long lines are shown in part. Columns count characters, from 1.
Status SourceError(StatusCode code, std::string_view text, size_t position,
                   const std::string& problem);

}  // namespace llmembed::fusion

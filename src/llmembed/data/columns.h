// Which column holds the texts and which the labels, and whether the first row names them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "llmembed/data.h"
#include "llmembed/status.h"

namespace llmembed::data {

// What the caller does with labels: cannot do without, takes them where they are, ignores them.
enum class LabelNeed { kRequired, kOptional, kNone };

// Positions from 0.
struct Columns {
  size_t text = 0;
  std::optional<size_t> label;
};

// Whether a table's first row names its columns; docs/formats/data.md has the rule.
bool IsHeader(std::span<const std::string_view> first_row, DataFormat format,
              const DataSource& source);

enum class RowMeaning { kHeader, kData };

// The columns of a table with this first row. Names and 1-based numbers of `source` come first,
// then known names, then position. Every error lists the columns:
// kNotFound: a column that was asked for is not there; kBadData: no telling which one is meant;
// kUsage: the same column twice.
Result<Columns> ResolveColumns(std::span<const std::string_view> first_row, RowMeaning meaning,
                               const DataSource& source, LabelNeed need);

// Text from a file for a message: in quotes, short, printable.
std::string QuoteForMessage(std::string_view text);

// "1 'id', 2 'text'": the columns for a message.
std::string ListColumns(std::span<const std::string_view> cells);

}  // namespace llmembed::data

// Which format a source has, when the caller did not say.
#pragma once

#include <string_view>

#include "data/columns.h"
#include "llmembed/data.h"

namespace llmembed::data {

// What the name says (.csv, .tsv, .jsonl, .ndjson, .json, each also with .gz or .zst behind it);
// kAuto when it says nothing: standard input, .txt and all others.
DataFormat FormatOfName(std::string_view path);

// What the first line looks like. Plain lines, unless it is an object (JSONL), label<TAB>text or
// the header of a table. A source that must be a table, because a header, a column or labels are
// asked for, is one already where the first line holds a TAB (TSV) or a comma (CSV).
DataFormat SniffFormat(std::string_view first_line, const DataSource& source, LabelNeed need);

}  // namespace llmembed::data

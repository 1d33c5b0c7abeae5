// Numbers, names and tables as people read them, and texts from outside made safe to show.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llmembed::cli {

std::string FormatCount(uint64_t count);                           // "10,043"
std::string FormatCounted(uint64_t count, std::string_view noun);  // "1 row", "10,043 rows"
std::string FormatBytes(uint64_t bytes);                           // "83.5 MB", powers of 1,000
std::string FormatSeconds(double seconds);                         // "0.42 s", "12.3 s", "4:05 min"
std::string FormatClock(double seconds);                           // "0:18", "1:02:03"
std::string FormatFixed(double value, int digits);                 // printf's %.*f

// The text in one line without anything a terminal would obey: control characters, bidirectional
// overrides and bytes that are not UTF-8 appear as \n, \t or \xNN.
std::string Printable(std::string_view text);

// The same for a message: its line breaks are kept, later lines are indented.
std::string PrintableMessage(std::string_view text);

// The text as one word of a POSIX shell, in quotes where it needs them.
std::string ShellWord(std::string_view text);

// Rows in columns, two spaces between them; the last column is not padded. Widths count code
// points. A newline ends each row.
std::string FormatColumns(const std::vector<std::vector<std::string>>& rows);

// Cuts UTF-8 to at most `width` code points.
std::string_view CutToWidth(std::string_view text, size_t width);

}  // namespace llmembed::cli

// Standard error: what it is, and one way to write a line to it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace llmembed::cli {

// Whether lines can be redrawn: standard error is a terminal, and not a dumb one.
bool CanRedraw();

// Columns of the terminal behind standard error, now; 80 where it does not say.
size_t TerminalWidth();

// In one write, in place of a line shown by ShowInPlace. A failure is ignored: there is nowhere
// left to report it.
void WriteToStandardError(std::string_view text);

// Shows a line (without its newline) that the next one, or any other output, takes the place of.
// Only where CanRedraw.
void ShowInPlace(std::string_view line);

// Takes the line shown in place away, if there is one.
void ClearLineInPlace();

// "llmembed: error: MESSAGE", the word in colour on a terminal unless NO_COLOR is set.
void PrintError(std::string_view message);
void PrintWarning(std::string_view message);
void PrintNote(std::string_view message);  // "llmembed: MESSAGE"

}  // namespace llmembed::cli

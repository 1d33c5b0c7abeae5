// Names from files, made fit to be shown in a message.
#pragma once

#include <string>
#include <string_view>

namespace llmembed::base {

// The name in double quotes; control characters become \xNN (a hostile name must not reach a
// terminal as it is) and what lies beyond 200 bytes becomes "...". Takes any bytes.
std::string Quoted(std::string_view name);

// The same without the quotes, for what is no name: a number, a piece of JSON.
std::string Shown(std::string_view text);

}  // namespace llmembed::base

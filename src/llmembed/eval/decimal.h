// Numbers as text, whatever the program's locale is.
#pragma once

#include <string>

namespace llmembed::eval {

// With this many digits (at least 0) behind the point, rounded as printf does; never "-0".
std::string FixedDecimal(double value, int digits);

// The fewest digits that give the same double, e.g. "0.065", "1e-05".
std::string ShortestDecimal(double value);

}  // namespace llmembed::eval

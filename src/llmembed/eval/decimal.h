// Numbers as text, whatever the program's locale is.
#pragma once

#include <string>

namespace llmembed::eval {

// With this many digits (at least 0) behind the point, rounded as printf does; never "-0".
std::string FixedDecimal(double value, int digits);

// A share of one in percent, with two digits: 0.8125 is "81.25".
std::string Percent(double share);

// The fewest digits that give the same double, e.g. "0.065", "1e-05".
std::string ShortestDecimal(double value);

}  // namespace llmembed::eval

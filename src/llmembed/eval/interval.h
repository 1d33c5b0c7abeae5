// A range of values.
#pragma once

namespace llmembed::eval {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

}  // namespace llmembed::eval

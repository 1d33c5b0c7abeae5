#include "eval/plot/axis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/utf8.h"
#include "eval/decimal.h"

namespace llmembed::eval {
namespace {

// What rounding may do to a quotient of a range and its step.
constexpr double kSlack = 1e-9;

int Exponent(double value) { return static_cast<int>(std::floor(std::log10(value) + kSlack)); }

// The smallest of 1, 2, 5, 10, 20, ... (or 0.5, 0.2, ...) that is not below `least`.
double NiceStep(double least) {
  const double power = std::pow(10.0, Exponent(least));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1.0 - kSlack)) return factor * power;
  }
  return 10.0 * power;
}

// "10" with the exponent above it, in characters.
std::string PowerOfTen(int exponent) {
  constexpr char32_t kSuperscripts[] = {U'⁰', U'¹', U'²', U'³', U'⁴', U'⁵', U'⁶', U'⁷', U'⁸', U'⁹'};
  std::string text = "10";
  for (const char digit : std::to_string(exponent)) {
    base::AppendUtf8(digit == '-' ? U'⁻' : kSuperscripts[digit - '0'], &text);
  }
  return text;
}

// With the sign that belongs to figures, not a hyphen.
std::string Figures(double value, int digits) {
  const std::string text = FixedDecimal(value, digits);
  return text.front() == '-' ? "−" + text.substr(1) : text;
}

// Ticks of one axis are written alike: `decimals` at most what the step needs, and with a common
// power of ten where plain numbers would be long.
std::string TickLabel(double value, double step, double largest) {
  if (std::abs(value) < step * kSlack) return "0";
  const int exponent = Exponent(largest);
  if (exponent >= 5 || exponent < -4) {
    const int digits = std::max(0, exponent - Exponent(step));
    return Figures(value / std::pow(10.0, exponent), digits) + "×" + PowerOfTen(exponent);
  }
  return Figures(value, std::max(0, -Exponent(step)));
}

void WidenEqualEnds(bool whole_numbers, double* low, double* high) {
  const double magnitude = std::max(std::abs(*low), std::abs(*high));
  // Closer than this, ticks between them would be the same doubles.
  if (*high - *low > magnitude * 1e-9 && *high - *low > 1.0 / kLargestPlotted) return;
  const double around = magnitude > 1.0 / kLargestPlotted ? magnitude * 0.1 : 1.0;
  *low -= whole_numbers ? std::max(1.0, around) : around;
  *high += whole_numbers ? std::max(1.0, around) : around;
}

Axis LinearAxis(double low, double high, const AxisRules& rules) {
  WidenEqualEnds(rules.whole_numbers, &low, &high);
  double step = NiceStep((high - low) / rules.most_ticks);
  if (rules.whole_numbers) step = std::max(step, 1.0);
  Axis axis = {.low = low, .high = high};
  if (rules.ends_at_ticks) {
    axis.low = std::floor(low / step + kSlack) * step;
    axis.high = std::ceil(high / step - kSlack) * step;
  }
  // Room for a marker at an end.
  const double margin = rules.margin * (axis.high - axis.low);
  if (low - axis.low < margin / 2) axis.low -= margin;
  if (axis.high - high < margin / 2) axis.high += margin;
  const double first = std::ceil(axis.low / step - kSlack);
  const double last = std::floor(axis.high / step + kSlack);
  const double largest = std::max(std::abs(first), std::abs(last)) * step;
  for (double i = first; i <= last; i += 1.0) {
    axis.ticks.push_back({i * step, TickLabel(i * step, step, largest)});
  }
  return axis;
}

std::string LogLabel(int factor, int exponent) {
  if (exponent < -4 || exponent > 5) {
    const std::string power = PowerOfTen(exponent);
    return factor == 1 ? power : std::to_string(factor) + "×" + power;
  }
  return FixedDecimal(factor * std::pow(10.0, exponent), std::max(0, -exponent));
}

Axis LogAxis(double low, double high, const AxisRules& rules) {
  if (high / low < 1.0 + 1e-9) {
    low /= 2.0;
    high *= 2.0;
  }
  const double margin = std::pow(high / low, 0.04);
  Axis axis = {.scale = AxisScale::kLog10, .low = low / margin, .high = high * margin};
  const double decades = std::log10(axis.high / axis.low);
  const int every = std::max(1, static_cast<int>(std::ceil(decades / rules.most_ticks)));
  size_t labelled = 0;
  for (int exponent = Exponent(axis.low); exponent <= Exponent(axis.high); ++exponent) {
    for (int factor = 1; factor <= 9; ++factor) {
      const double value = factor * std::pow(10.0, exponent);
      if (value < axis.low || value > axis.high) continue;
      const bool is_labelled =
          factor == 1 ? exponent % every == 0 : decades <= 2.0 && (factor == 2 || factor == 5);
      if (!is_labelled && every > 1) continue;  // no room for small ones
      axis.ticks.push_back({value, is_labelled ? LogLabel(factor, exponent) : ""});
      labelled += is_labelled ? 1 : 0;
    }
  }
  if (labelled >= 2) return axis;
  // Within less than a factor of about two: evenly spaced numbers are as good as any.
  Axis linear = LinearAxis(low, high, {.most_ticks = rules.most_ticks - 2});
  std::erase_if(linear.ticks, [&axis](const AxisTick& tick) {
    return tick.value < axis.low || tick.value > axis.high;
  });
  axis.ticks = std::move(linear.ticks);
  return axis;
}

}  // namespace

double Axis::Fraction(double value) const {
  if (scale == AxisScale::kLog10) return std::log(value / low) / std::log(high / low);
  return (value - low) / (high - low);
}

Axis MakeAxis(double smallest, double largest, const AxisRules& rules) {
  return rules.scale == AxisScale::kLog10 ? LogAxis(smallest, largest, rules)
                                          : LinearAxis(smallest, largest, rules);
}

}  // namespace llmembed::eval

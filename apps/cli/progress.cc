#include "progress.h"

#include <algorithm>
#include <cmath>

#include "terminal.h"
#include "text_format.h"

namespace llmembed::cli {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval(100);
constexpr std::chrono::seconds kPlainInterval(10);
constexpr double kShortStageSeconds = 1.0;
constexpr size_t kWidestBar = 30;
constexpr size_t kNarrowestBar = 6;

std::string Quantity(uint64_t amount, std::string_view unit) {
  return unit == "bytes" ? FormatBytes(amount) : FormatCount(amount) + " " + std::string(unit);
}

std::string RateText(double rate, std::string_view unit) {
  if (unit == "bytes") return FormatBytes(static_cast<uint64_t>(rate)) + "/s";
  return (rate < 10 ? FormatFixed(rate, 1) : FormatCount(static_cast<uint64_t>(rate))) + "/s";
}

std::string Bar(double share, size_t width) {
  const auto full = static_cast<size_t>(std::lround(share * static_cast<double>(width)));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

}  // namespace

double ProgressObserver::Stage::Seconds() const {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double ProgressObserver::Stage::Rate() const {
  const double seconds = Seconds();
  return seconds > 0 && done > done_at_begin ? static_cast<double>(done - done_at_begin) / seconds
                                             : 0.0;
}

// "4,521 of 10,043 texts, 312/s, 0:18 left", as far as known.
std::string ProgressObserver::Amounts(const Stage& stage) {
  std::string text = Quantity(stage.done, stage.unit);
  if (stage.total > 0) {
    const bool is_bytes = stage.unit == "bytes";
    text = (is_bytes ? FormatBytes(stage.done) : FormatCount(stage.done)) + " of " +
           Quantity(stage.total, stage.unit);
  }
  const double rate = stage.Rate();
  if (rate > 0) text += ", " + RateText(rate, stage.unit);
  if (rate > 0 && stage.done < stage.total) {
    text += ", " + FormatClock(static_cast<double>(stage.total - stage.done) / rate) + " left";
  }
  return text;
}

// "embedding  45% [########........] 4,521 of 10,043 texts, ...", the bar as long as there is room
// for it. Only ASCII, so that bytes are columns.
std::string ProgressObserver::LineInPlace(const Stage& stage, size_t width) {
  const std::string amounts = Amounts(stage);
  if (stage.total == 0) return std::string(CutToWidth(stage.name + "  " + amounts, width));
  const double share =
      static_cast<double>(std::min(stage.done, stage.total)) / static_cast<double>(stage.total);
  const std::string percent = std::to_string(static_cast<int>(share * 100)) + "%";
  std::string line = stage.name + std::string(5 - percent.size(), ' ') + percent + " ";
  const size_t taken = line.size() + amounts.size() + 3;  // the bar's frame and a space
  if (width >= taken + kNarrowestBar) {
    line += Bar(share, std::min(width - taken, kWidestBar)) + " ";
  }
  return std::string(CutToWidth(line + amounts, width));
}

std::string ProgressObserver::Summary(const Stage& stage) {
  std::string line = stage.name + ": " + Quantity(stage.done, stage.unit) + " in " +
                     FormatSeconds(stage.Seconds());
  const double rate = stage.Rate();
  if (rate > 0) line += " (" + RateText(rate, stage.unit) + ")";
  return line;
}

void ProgressObserver::OnLog(LogLevel level, std::string_view message) {
  if (level == LogLevel::kInfo && verbosity_ == Verbosity::kQuiet) return;
  if (level == LogLevel::kWarning) {
    PrintWarning(message);
  } else {
    PrintNote(message);
  }
}

void ProgressObserver::OnProgress(const Progress& progress) {
  if (verbosity_ == Verbosity::kQuiet) return;
  if (progress.stage != stage_.name) {
    End();
    Begin(progress);
  }
  stage_.done = progress.done;
  stage_.total = progress.total;
  if (progress.finished) {
    End();
  } else if (const auto now = Clock::now();
             now - last_shown_ >=
             (CanRedraw() ? Clock::duration(kRedrawInterval) : Clock::duration(kPlainInterval))) {
    last_shown_ = now;
    Draw();
  }
}

void ProgressObserver::Begin(const Progress& progress) {
  stage_ = {.name = std::string(progress.stage),
            .unit = std::string(progress.unit),
            .begin = Clock::now(),
            .done_at_begin = progress.done,
            .done = progress.done,
            .total = progress.total};
  last_shown_ = stage_.begin;
}

void ProgressObserver::End() {
  ClearLineInPlace();
  if (!stage_.name.empty() && stage_.Seconds() > kShortStageSeconds) PrintNote(Summary(stage_));
  stage_ = Stage();
}

void ProgressObserver::Draw() {
  if (!CanRedraw()) {
    PrintNote(stage_.name + ": " + Amounts(stage_));
    return;
  }
  // One column short: a terminal may wrap when the last one is written.
  const size_t width = std::max<size_t>(TerminalWidth(), 2) - 1;
  ShowInPlace(LineInPlace(stage_, width));
}

}  // namespace llmembed::cli

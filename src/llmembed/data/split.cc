#include "data/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/random.h"

namespace llmembed::data {
namespace {

// The rows with one text: they go to the same side.
using TextGroup = std::span<const uint32_t>;

// The texts of one class, by the label of their first row.
struct ClassTexts {
  std::vector<TextGroup> groups;
  uint64_t rows = 0;
};

// One more than the largest label.
size_t CountClasses(const SplitInput& input) {
  uint32_t largest = 0;
  for (const uint32_t row : input.rows) largest = std::max(largest, input.labels[row]);
  return size_t{1} + largest;
}

// Groups of equal texts by class, in the order of their first rows. `sorted_rows` holds the rows.
std::vector<ClassTexts> GroupByClass(const SplitInput& input, std::vector<uint32_t>* sorted_rows) {
  sorted_rows->assign(input.rows.begin(), input.rows.end());
  std::sort(sorted_rows->begin(), sorted_rows->end(), [&input](uint32_t a, uint32_t b) {
    return std::pair(input.first_rows[a], a) < std::pair(input.first_rows[b], b);
  });
  std::vector<ClassTexts> texts(CountClasses(input));
  for (size_t begin = 0; begin < sorted_rows->size();) {
    const uint32_t first = (*sorted_rows)[begin];
    size_t end = begin + 1;
    while (end < sorted_rows->size() &&
           input.first_rows[(*sorted_rows)[end]] == input.first_rows[first]) {
      ++end;
    }
    ClassTexts& its_class = texts[input.labels[first]];
    its_class.groups.push_back(std::span(*sorted_rows).subspan(begin, end - begin));
    its_class.rows += end - begin;
    begin = end;
  }
  return texts;
}

// How many rows each class is to give: the whole part of its share, and one more for the largest
// remainders until the total is reached. Equal remainders: the larger class first.
std::vector<uint64_t> Apportion(const std::vector<ClassTexts>& classes, uint64_t total,
                                double share) {
  std::vector<uint64_t> targets(classes.size());
  std::vector<double> remainders(classes.size());
  std::vector<size_t> may_give_more;
  uint64_t given = 0;
  for (size_t i = 0; i < classes.size(); ++i) {
    const double exact = share * static_cast<double>(classes[i].rows);
    targets[i] = static_cast<uint64_t>(exact);
    remainders[i] = exact - std::floor(exact);
    given += targets[i];
    if (classes[i].groups.size() > 1) may_give_more.push_back(i);
  }
  std::stable_sort(may_give_more.begin(), may_give_more.end(), [&](size_t a, size_t b) {
    return std::pair(remainders[a], classes[a].rows) > std::pair(remainders[b], classes[b].rows);
  });
  for (const size_t i : may_give_more) {
    if (given >= total) break;
    ++targets[i];
    ++given;
  }
  return targets;
}

// Takes rows out of training, as long as every class keeps one there.
class HeldOutRows {
 public:
  explicit HeldOutRows(const SplitInput& input)
      : input_(input), held_out_(input.labels.size()), in_training_(CountClasses(input)) {
    for (const uint32_t row : input.rows) ++in_training_[input.labels[row]];
  }

  // Takes groups from the front, as many as come nearest to `target` rows.
  void TakeFrom(std::span<const TextGroup> groups, uint64_t target) {
    for (const TextGroup group : groups) {
      if (target == 0) return;
      const bool comes_nearer = group.size() <= 2 * target;
      if (comes_nearer && Take(group)) target -= std::min<uint64_t>(target, group.size());
    }
  }

  bool Contains(uint32_t row) const { return held_out_[row]; }

 private:
  // A text may have rows of several classes, so each of them is looked at.
  bool Take(TextGroup group) {
    for (const uint32_t row : group) --in_training_[input_.labels[row]];
    const bool every_class_stays = std::all_of(group.begin(), group.end(), [this](uint32_t row) {
      return in_training_[input_.labels[row]] > 0;
    });
    for (const uint32_t row : group) {
      if (every_class_stays) {
        held_out_[row] = true;
      } else {
        ++in_training_[input_.labels[row]];
      }
    }
    return every_class_stays;
  }

  const SplitInput& input_;
  std::vector<bool> held_out_;         // by row
  std::vector<uint64_t> in_training_;  // rows by class
};

}  // namespace

Result<Split> HoldOut(const SplitInput& input, const SplitOptions& options) {
  if (!(options.share > 0.0 && options.share < 1.0)) {
    return Status(StatusCode::kUsage, "the share to hold out must lie between 0 and 1");
  }
  std::vector<uint32_t> sorted_rows;
  std::vector<ClassTexts> classes = GroupByClass(input, &sorted_rows);
  const auto total = std::llround(options.share * static_cast<double>(input.rows.size()));
  const std::vector<uint64_t> targets =
      Apportion(classes, static_cast<uint64_t>(std::max(total, 1LL)), options.share);
  HeldOutRows held_out(input);
  for (size_t i = 0; i < classes.size(); ++i) {
    // A generator a class: what one class gives does not depend on the others' sizes.
    base::Random random(options.seed, i);
    random.Shuffle(std::span(classes[i].groups));
    held_out.TakeFrom(classes[i].groups, targets[i]);
  }
  Split split;
  for (const uint32_t row : input.rows) {
    (held_out.Contains(row) ? split.held_out : split.train).push_back(row);
  }
  if (split.held_out.empty()) {
    return Status(StatusCode::kBadData,
                  "no row can be held out: every class has a single text or hardly more");
  }
  return split;
}

Result<Split> HoldOut(const LabelledDataset& data, const SplitOptions& options, IssueLog* issues) {
  std::vector<uint32_t> rows(data.size());
  std::iota(rows.begin(), rows.end(), 0U);
  auto split = HoldOut({data.labels(), data.first_rows(), rows}, options);
  if (!split.ok()) return split;
  std::vector<bool> is_held_out(data.label_names().size());
  for (const uint32_t row : split->held_out) is_held_out[data.labels()[row]] = true;
  for (const uint32_t row : rows) {
    if (!is_held_out[data.labels()[row]]) {
      issues->Add(IssueKind::kClassNotHeldOut, data.lines()[row]);
    }
  }
  return split;
}

}  // namespace llmembed::data

#include "eval/plot/label_placer.h"

#include <gtest/gtest.h>

namespace llmembed::eval {
namespace {

bool Overlap(const PlotBox& a, const PlotBox& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height &&
         b.top < a.top + a.height;
}

TEST(LabelPlacerTest, PutsALabelToTheRightWhereItCan) {
  LabelPlacer placer({0, 0, 400, 300});
  const PlotBox box = placer.Place({100, 100}, 50, 14);
  EXPECT_EQ(box.left, 109);
  EXPECT_EQ(box.top, 93);
}

TEST(LabelPlacerTest, StaysInTheArea) {
  LabelPlacer placer({0, 0, 400, 300});
  for (const Pixel& corner : {Pixel{0, 0}, Pixel{400, 0}, Pixel{0, 300}, Pixel{400, 300}}) {
    const PlotBox box = placer.Place(corner, 50, 14);
    EXPECT_GE(box.left, 0);
    EXPECT_GE(box.top, 0);
    EXPECT_LE(box.left + box.width, 400);
    EXPECT_LE(box.top + box.height, 300);
  }
}

TEST(LabelPlacerTest, KeepsLabelsOfNearPointsApart) {
  LabelPlacer placer({0, 0, 400, 300});
  placer.AddObstacle({195, 145, 10, 10});
  std::vector<PlotBox> boxes;
  for (int i = 0; i < 8; ++i) boxes.push_back(placer.Place({200.0 + i, 150}, 50, 14));
  for (size_t i = 0; i < boxes.size(); ++i) {
    EXPECT_FALSE(Overlap(boxes[i], {195, 145, 10, 10}));
    for (size_t j = 0; j < i; ++j) EXPECT_FALSE(Overlap(boxes[i], boxes[j])) << i << " " << j;
  }
}

}  // namespace
}  // namespace llmembed::eval

// The paper's head, trained beside PyTorch: the same weights, batches and dropout masks at the
// start give the same losses (tools/make_fusion_goldens.py).
#include <gtest/gtest.h>

#include <cmath>

#include "base/json.h"
#include "base/random.h"
#include "head/trainer.h"

namespace llmembed::head {
namespace {

constexpr uint64_t kDataStream = 5;

struct PaperCase {
  explicit PaperCase(const base::Json& json)
      : wide(json["wide"]),
        narrow(json["narrow"]),
        width(5 * wide + 2 * narrow),
        classes(json["classes"]),
        seed(json["seed"]) {
    const uint32_t rows = json["rows"];
    base::Random random(seed, kDataStream);
    for (uint64_t i = 0; i < rows * width; ++i) {
      features.push_back(static_cast<float>(2.0 * random.Uniform() - 1.0));
    }
    for (uint32_t row = 0; row < rows; ++row) {
      labels.push_back(row % classes);
      for (uint64_t i = row % classes; i < width; i += classes) features[row * width + i] += 0.5F;
      fit_rows.push_back(row);
    }
    for (float& value : features) value *= json["scale"].get<float>();
    config.kind = HeadKind::kMlp;
    config.mlp.hidden_sizes = json["hidden"].get<std::vector<uint32_t>>();
    config.mlp.dropout = json["dropout"];
    config.mlp.max_epochs = json["epochs"];
    config.mlp.batch_size = json["batch"];
    config.mlp.learning_rate = json["rate"];
    config.mlp.schedule = LearningRateSchedule::kConstant;
    config.mlp.warmup_share = 0.0;
    config.mlp.weight_decay = 0.0;
    config.mlp.patience = 0;
    config.mlp.optimizer = Optimizer::kAdam;
    config.mlp.initialization = fusion::Initialization::kTorch;
    config.mlp.inputs = InputScaling::kRaw;
    if (json["double_softmax"]) config.mlp.loss = Loss::kDoubleSoftmax;
    expression = "cat(co(l/1:mean, l/2:mean, l/3:mean, l/4:mean, l/5:mean, b/1:mean, r/1:mean, " +
                 json["sigma"].dump() + "), avg(l/1:mean, l/2:mean, l/3:mean, l/4:mean, l/5:mean))";
  }

  fusion::Network MakeNetwork() const {
    const std::vector<size_t> widths = {wide, wide, wide, wide, wide, narrow, narrow};
    const auto parsed = fusion::Expression::Parse(expression);
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    auto network = fusion::Network::Create(*parsed, widths);
    EXPECT_TRUE(network.ok()) << network.status().message();
    return *std::move(network);
  }

  uint64_t wide, narrow, width;
  uint32_t classes;
  uint64_t seed;
  std::vector<float> features;
  std::vector<uint32_t> labels;
  std::vector<uint32_t> fit_rows;
  HeadConfig config;
  std::string expression;
};

TEST(PaperHeadTest, FollowsPyTorch) {
  const auto golden = base::ReadJsonFile(std::string(LLMEMBED_SOURCE_DIR) +
                                         "/src/llmembed/head/testdata/fusion_golden.json");
  ASSERT_TRUE(golden.ok()) << golden.status().message();
  ASSERT_FALSE((*golden)["cases"].empty());
  for (const base::Json& json : (*golden)["cases"]) {
    const PaperCase paper(json);
    const fusion::Network network = paper.MakeNetwork();
    const auto trained = TrainHead(paper.config,
                                   {.features = paper.features,
                                    .labels = paper.labels,
                                    .width = paper.width,
                                    .classes = paper.classes,
                                    .fit_rows = paper.fit_rows,
                                    .network = &network},
                                   paper.seed, {});
    ASSERT_TRUE(trained.ok()) << trained.status().message();
    ASSERT_EQ(trained->log.size(), json["losses"].size());
    for (size_t i = 0; i < trained->log.size(); ++i) {
      const double expected = json["losses"][i];
      EXPECT_NEAR(trained->log[i].training_loss / expected, 1.0, 1e-4)
          << json["name"] << ", epoch " << i + 1;
    }
    EXPECT_LT(trained->log.back().training_loss, trained->log.front().training_loss);
  }
}

}  // namespace
}  // namespace llmembed::head

#include "fusion/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace llmembed::fusion {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

Network MakeNetwork(std::string_view text, const std::vector<size_t>& tap_widths) {
  const auto expression = Expression::Parse(text);
  EXPECT_TRUE(expression.ok()) << expression.status().message();
  auto network = Network::Create(*expression, tap_widths);
  EXPECT_TRUE(network.ok()) << network.status().message();
  return *std::move(network);
}

std::vector<float> Normal(size_t count, uint64_t seed) {
  base::Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.Normal());
  return values;
}

// One network over three rows, with parameters and inputs of a seed.
struct Problem {
  Problem(std::string_view text, const std::vector<size_t>& tap_widths)
      : network(MakeNetwork(text, tap_widths)),
        parameters(network.parameter_count()),
        inputs(Normal(kRows * network.inputs(), 2)),
        output(kRows * network.width()) {
    base::Random random(1);
    network.Initialize(Initialization::kTorch, &random, parameters);
  }

  void Run(double dropout = 0.0) {
    base::Random masks(7);
    const Status status = network.Forward(PassOf({dropout, &masks}), &activations, output);
    ASSERT_TRUE(status.ok()) << status.message();
  }

  Pass PassOf(const compute::Dropout& dropout) const {
    return {compute::CpuRowOps(compute::GemmThreads::kAll), parameters, inputs, kRows, dropout};
  }

  static constexpr size_t kRows = 3;
  Network network;
  std::vector<float> parameters;
  std::vector<float> inputs;
  std::vector<float> output;
  Activations activations;
};

TEST(NetworkTest, WithoutParametersItIsTheExpression) {
  Problem problem("cat(max(0:mean, 1:mean), avg(0:mean, 1:mean), 2:mean)", {2, 2, 1});
  problem.inputs = {1, 5, 3, 1, 9, 0, 0, -2, 4, 8, -1, -2, -3, -4, 7};
  problem.Run();
  EXPECT_THAT(problem.output, ElementsAre(3, 5, 2, 3, 9, 0, 4, -1, 2, 8, -1, -2, -2, -3, 7));
  EXPECT_EQ(problem.network.parameter_count(), 0U);
}

TEST(NetworkTest, CoIsTheGramMatrixThroughTheSigmoid) {
  Problem problem("co(0:mean, 1:mean, 0.5)", {2, 2});
  problem.inputs = {1, 2, 0.5, -1, 0, 0, 0, 0, 1, 0, 0, 1};
  problem.Run();
  const auto pn = [](double g) { return (1 - std::exp(-0.5 * g)) / (1 + std::exp(-0.5 * g)); };
  const double expected[] = {pn(5), pn(-1.5), pn(-1.5), pn(1.25), 0, 0, 0, 0, pn(1), 0, 0, pn(1)};
  for (size_t i = 0; i < 12; ++i) EXPECT_NEAR(problem.output[i], expected[i], 1e-6) << i;
}

TEST(NetworkTest, CoCompressesWhatIsNotAsNarrow) {
  const Network network = MakeNetwork("co(0:mean, 1:mean, 2:mean, slope=learned)", {5, 2, 3});
  std::vector<std::string> names;
  for (const Parameter& parameter : network.parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ElementsAre("0.compress.0.weight", "0.compress.0.bias", "0.compress.2.weight",
                                 "0.compress.2.bias", "0.sigma"));
  EXPECT_EQ(network.parameters()[0].shape, (std::vector<uint64_t>{2, 5}));
  EXPECT_EQ(network.parameter_count(), 10 + 2 + 6 + 2 + 1U);
  EXPECT_EQ(network.width(), 9U);
}

TEST(NetworkTest, NormalisedRowsGiveCosines) {
  Problem problem("co(0:mean, 1:mean, sigma=2, rows=normalised, entries=upper)", {2, 2});
  problem.inputs = {3, 4, 4, 3, 0, 0, 1, 1, -2, 0, 5, 0};
  problem.Run();
  const double one = std::tanh(1.0);
  const double expected[] = {one, std::tanh(24.0 / 25.0), one, 0, 0, one, one, -one, one};
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(problem.output[i], expected[i], 1e-6) << i;
}

// Cosines of vectors with dropped values would be others than those without.
TEST(NetworkTest, NothingIsDroppedFromNormalisedRows) {
  Problem problem("co(0:mean, 1:mean, rows=normalised)", {5, 3});
  problem.Run();
  const std::vector<float> whole = problem.output;
  problem.Run(0.5);
  EXPECT_EQ(problem.output, whole);
}

TEST(NetworkTest, ARowDoesNotDependOnTheOthers) {
  Problem problem("cat(co(0:mean, 1:mean, 2:mean, width=8), max(0:mean, 1:mean))", {40, 40, 8});
  problem.Run();
  const size_t inputs = problem.network.inputs();
  for (size_t row = 0; row < Problem::kRows; ++row) {
    std::vector<float> alone(problem.network.width());
    ASSERT_TRUE(problem.network
                    .Forward({compute::CpuRowOps(compute::GemmThreads::kOne), problem.parameters,
                              std::span(problem.inputs).subspan(row * inputs, inputs), 1},
                             nullptr, alone)
                    .ok());
    for (size_t i = 0; i < alone.size(); ++i) {
      EXPECT_NEAR(alone[i], problem.output[row * alone.size() + i], 1e-6);
    }
  }
}

class NetworkGradientTest : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    Expressions, NetworkGradientTest,
    testing::Values("co(0:mean, 1:mean, 2:mean, 0.3)", "co(0:mean, 1:mean, 2:mean, 0.3, width=3)",
                    "co(0:mean, 1:mean, 2:mean, 0.3, entries=upper, slope=learned)",
                    "co(0:mean, 1:mean, 2:mean, 2, rows=normalised, width=5, slope=learned)",
                    "cat(co(0:mean, 1:mean, 2:mean, 0.1), avg(0:mean, 1:mean))",
                    "avg(co(0:mean, 1:mean, 2:mean, 0.3), co(2:mean, 1:mean, 0:mean, 0.7))",
                    "max(co(0:mean, 1:mean, 2:mean, 0.3), co(2:mean, 1:mean, 0:mean, 0.7))",
                    "co(co(0:mean, 1:mean), co(1:mean, 2:mean), 2:mean, 1:mean, 0.2, width=3)"));

// d (r . output) / d parameter against central differences, r random; with the same dropout masks
// drawn again the output is a plain function of the parameters.
TEST_P(NetworkGradientTest, EqualsDifferenceQuotients) {
  for (const double dropout : {0.0, 0.3}) {
    Problem problem(GetParam(), {6, 6, 4});
    const std::vector<float> r = Normal(problem.output.size(), 5);
    problem.Run(dropout);
    std::vector<float> gradient(problem.parameters.size(), 1e30F);
    base::Random unused(1);
    const Status status = problem.network.Backward(
        problem.PassOf({dropout, &unused}), &problem.activations, problem.output, r, gradient);
    ASSERT_TRUE(status.ok()) << status.message();
    const auto value_at = [&](size_t index, float parameter) {
      problem.parameters[index] = parameter;
      problem.Run(dropout);
      double value = 0.0;
      for (size_t i = 0; i < r.size(); ++i) value += double{r[i]} * problem.output[i];
      return value;
    };
    for (size_t i = 0; i < gradient.size(); ++i) {
      const float before = problem.parameters[i];
      const float up = before + 2e-3F;
      const float down = before - 2e-3F;
      const double slope = (value_at(i, up) - value_at(i, down)) / (double{up} - down);
      problem.parameters[i] = before;
      EXPECT_NEAR(gradient[i], slope, 3e-3 * std::max(1.0, std::abs(slope))) << "parameter " << i;
    }
  }
}

TEST(NetworkTest, StartsAsAskedFor) {
  const Network network = MakeNetwork("co(0:mean, 1:mean, slope=learned)", {300, 100});
  std::vector<float> parameters(network.parameter_count());
  base::Random random(3);
  network.Initialize(Initialization::kHe, &random, parameters);
  double square = 0.0;
  for (size_t i = 0; i < 30000; ++i) square += double{parameters[i]} * parameters[i];
  EXPECT_NEAR(square / 30000 * 300, 2.0, 0.1);
  EXPECT_THAT(std::span(parameters).subspan(30000, 100), Each(0.0F));
  EXPECT_EQ(parameters.back(), 0.3F);
  network.Initialize(Initialization::kTorch, &random, parameters);
  square = 0.0;
  for (size_t i = 0; i < 30100; ++i) square += double{parameters[i]} * parameters[i];
  EXPECT_NEAR(square / 30100 * 300, 1.0 / 3.0, 0.02);
  EXPECT_NE(parameters[30050], 0.0F);
  EXPECT_EQ(parameters.back(), 0.3F);
}

TEST(NetworkTest, KnowsWhichColumnsAreTrained) {
  const auto columns = [](std::string_view text) {
    return MakeNetwork(text, {6, 6, 4}).trained_columns();
  };
  EXPECT_EQ(columns("cat(0:mean, 1:mean, 2:mean)"), (Columns{0, 0}));
  EXPECT_EQ(columns("co(0:mean, 1:mean, 2:mean)"), (Columns{0, 9}));
  EXPECT_EQ(columns("cat(0:mean, co(1:mean, 2:mean), avg(0:mean, 1:mean))"), (Columns{6, 10}));
  EXPECT_EQ(columns("cat(co(0:mean, 1:mean, 2:mean), 2:mean, co(1:mean, 2:mean), 2:mean)"),
            (Columns{0, 17}));
}

TEST(NetworkTest, SizesAreChecked) {
  const Network network = MakeNetwork("co(0:mean, 1:mean)", {2, 2});
  std::vector<float> output(4);
  compute::RowOps* const ops = compute::CpuRowOps(compute::GemmThreads::kOne);
  const std::vector<float> short_row(3), row(4);
  EXPECT_EQ(network.Forward({ops, {}, short_row, 1}, nullptr, output).code(),
            StatusCode::kInternal);
  EXPECT_EQ(network.Forward({ops, {}, row, 1}, nullptr, std::span(output).first(3)).code(),
            StatusCode::kInternal);
}

}  // namespace
}  // namespace llmembed::fusion

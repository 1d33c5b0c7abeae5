// Weights that a model of a configuration could have, without a file: to measure speed with.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backbone/config_reader.h"
#include "llmembed/status.h"
#include "tensor/aligned_buffer.h"
#include "weights/weight_source.h"

namespace llmembed::backbone {

// All tensors lie in the same memory, each as if from its beginning: so it is as large as the
// largest of them, and a model of 7 billion weights needs no second copy of them. Norms scale by 1.
class RandomWeights : public weights::WeightSource {
 public:
  // kOutOfMemory.
  static Result<std::unique_ptr<RandomWeights>> Create(const ConfiguredArchitecture& model,
                                                       const std::string& name);

  const std::vector<std::string>& Names() const override { return names_; }
  const tensor::TensorView* Find(std::string_view name) const override;
  const std::string& path() const override { return path_; }

 private:
  RandomWeights() = default;
  void Describe(const ConfiguredArchitecture& model);
  void DescribeLayer(const ConfiguredArchitecture& model, const std::string& prefix);
  void AddNorm(const Architecture& architecture, const std::string& name, size_t width);
  void Add(std::string name, tensor::Shape shape);
  void AddLinear(const std::string& name, size_t outputs, size_t inputs, bool has_bias);
  Status FillViews();

  std::string path_;
  std::vector<std::string> names_;
  std::map<std::string, tensor::TensorView, std::less<>> tensors_;
  std::set<std::string> scales_;            // names of norms' scales
  tensor::AlignedBuffer<uint16_t> random_;  // bf16, normal with deviation 0.02
  tensor::AlignedBuffer<float> ones_;       // of norms
};

}  // namespace llmembed::backbone

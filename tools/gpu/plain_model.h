// Backbones without files of a model: described by a few numbers, with weights that are random or
// come as one row of numbers.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "backbone/backbone.h"

namespace llmembed::gpu {

// Lines "key number", as tools/gpu_check writes them.
class Spec {
 public:
  static Result<Spec> Read(const std::string& path);
  size_t operator[](const std::string& key) const;
  double Real(const std::string& key) const;

 private:
  std::map<std::string, double> numbers_;
};

// Where weights come from, in the order in which they are asked for. All are numbers of bf16.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // `scale`: of what is made up.
  virtual Result<std::vector<uint16_t>> Next(size_t count, float mean, float scale) = 0;
};

class RandomWeights : public WeightSource {
 public:
  RandomWeights();
  Result<std::vector<uint16_t>> Next(size_t count, float mean, float scale) override;

 private:
  std::vector<float> numbers_;  // over and over, as there may be billions
  size_t next_ = 0;
};

class FileWeights : public WeightSource {
 public:
  explicit FileWeights(const std::string& path) : file_(path, std::ios::binary) {}
  Result<std::vector<uint16_t>> Next(size_t count, float mean, float scale) override;
  bool IsAtEnd() { return file_.peek() == std::ifstream::traits_type::eof(); }

 private:
  std::ifstream file_;
};

// The order: words; positions and the first token type's row where there are any; the embeddings'
// norm; of each layer queries, keys and values together, their way out, into the feed-forward (gate
// first), out of it, its two norms; the final norm. A weight, then its bias where there are biases;
// a norm's scale, then its shift unless it is of kind RMS.
Result<std::unique_ptr<backbone::Backbone>> MakeBackbone(const Spec& spec, WeightSource* weights,
                                                         const compute::Backend& backend);

// What a token costs in linear layers, in floating-point operations.
double TokenOperations(const Spec& spec);

}  // namespace llmembed::gpu

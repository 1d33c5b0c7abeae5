// The safetensors file that state_dump writes, each row at its place as it comes.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>

#include "backbone/backbone.h"
#include "compute/matrix.h"
#include "llmembed/status.h"

namespace llmembed::parity {

// `layer.N` [tokens, D] for each hidden state, as `transformers` counts them; `before_final_norm`
// [tokens, D] where the last one has been through a norm; and on demand `pooler` [texts, D].
class StateFile {
 public:
  struct Sizes {
    size_t tokens = 0;  // of all texts
    size_t texts = 0;
    bool has_pooler = false;
  };
  static Result<StateFile> Create(const std::string& path, const backbone::BackboneConfig& config,
                                  const Sizes& sizes);

  // The state's rows are the tokens from `first_token` on.
  Status WriteState(const backbone::StatePoint& point, size_t first_token,
                    const compute::Matrix& state);
  Status WritePooled(std::span<const float> rows);  // of all texts
  Status Close();

 private:
  Status Write(const std::string& name, size_t first_row, const void* rows, size_t bytes);

  std::string path_;
  std::ofstream file_;
  std::map<std::string, uint64_t> begin_;  // of each tensor, in the file
  uint64_t row_bytes_ = 0;
};

}  // namespace llmembed::parity

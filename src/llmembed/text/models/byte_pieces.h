// The pieces that stand for single bytes where a vocabulary falls back on them: <0x00> to <0xFF>.
#pragma once

#include <cstdio>
#include <string>

namespace llmembed::text {

inline std::string BytePiece(unsigned byte) {
  char name[8];
  std::snprintf(name, sizeof(name), "<0x%02X>", byte);
  return name;
}

}  // namespace llmembed::text

// For the tests of this folder: hand-made safetensors files.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "support/temporary_folder.h"

namespace llmembed::weights {

using test::TemporaryFolder;

// The folder's entries, hidden ones included.
inline size_t EntryCount(const TemporaryFolder& folder) {
  const auto entries = std::filesystem::directory_iterator(folder.path());
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

inline void WriteFile(const std::string& path, std::string_view contents) {
  std::ofstream file(path, std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  ASSERT_TRUE(file.good()) << path;
}

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The 8 bytes before the header, which may lie about its length.
inline std::string LengthPrefix(uint64_t length) {
  return {reinterpret_cast<const char*>(&length), sizeof(length)};
}

// A file of this header, right or wrong, and `data_bytes` zeros.
inline std::string FileOf(std::string_view header, size_t data_bytes) {
  return LengthPrefix(header.size()) + std::string(header) + std::string(data_bytes, '\0');
}

// One F32 tensor's entry: "NAME":{...}.
inline std::string Entry(const std::string& name, const std::string& shape, uint64_t begin,
                         uint64_t end, const std::string& dtype = "F32") {
  return "\"" + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape +
         R"(,"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(end) + "]}";
}

inline std::span<const std::byte> AsBytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace llmembed::weights

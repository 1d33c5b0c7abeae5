// Makes GGUF files for tests, right ones and, with the raw pieces, wrong ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace llmembed::test {

// The bytes of a number, little-endian.
template <typename T>
std::string Raw(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

inline std::string RawString(std::string_view text) {
  return Raw<uint64_t>(text.size()) + std::string(text);
}

// Keys and tensors in the order they are added.
class GgufBuilder {
 public:
  explicit GgufBuilder(uint32_t alignment = 32) : alignment_(alignment) {
    if (alignment != 32) Uint32("general.alignment", alignment);
  }

  // A key of any type: `value` is its bytes.
  GgufBuilder& Key(std::string_view key, uint32_t type, const std::string& value) {
    keys_ += RawString(key) + Raw(type) + value;
    ++key_count_;
    return *this;
  }
  GgufBuilder& Uint32(std::string_view key, uint32_t value) { return Key(key, 4, Raw(value)); }
  GgufBuilder& Float32(std::string_view key, float value) { return Key(key, 6, Raw(value)); }
  GgufBuilder& Bool(std::string_view key, bool value) {
    return Key(key, 7, Raw<uint8_t>(value ? 1 : 0));
  }
  GgufBuilder& String(std::string_view key, std::string_view value) {
    return Key(key, 8, RawString(value));
  }
  GgufBuilder& Strings(std::string_view key, const std::vector<std::string>& values) {
    std::string bytes;
    for (const std::string& value : values) bytes += RawString(value);
    return Array(key, 8, values.size(), bytes);
  }
  GgufBuilder& Int32s(std::string_view key, const std::vector<int32_t>& values) {
    return Numbers(key, 5, values);
  }
  GgufBuilder& Float32s(std::string_view key, const std::vector<float>& values) {
    return Numbers(key, 6, values);
  }
  GgufBuilder& Array(std::string_view key, uint32_t type, uint64_t count,
                     const std::string& elements) {
    return Key(key, 9, Raw(type) + Raw(count) + elements);
  }

  // `shape` is row-major, `type` is GGML's number, `bytes` the data; the offset is the next one.
  GgufBuilder& Tensor(std::string_view name, const std::vector<uint64_t>& shape, uint32_t type,
                      const std::string& bytes) {
    return TensorAt(name, shape, type, data_.size(), bytes);
  }
  GgufBuilder& TensorAt(std::string_view name, const std::vector<uint64_t>& shape, uint32_t type,
                        uint64_t offset, const std::string& bytes) {
    tensors_ += RawString(name) + Raw(static_cast<uint32_t>(shape.size()));
    for (size_t axis = shape.size(); axis-- > 0;) tensors_ += Raw(shape[axis]);
    tensors_ += Raw(type) + Raw(offset);
    ++tensor_count_;
    data_ += bytes;
    Pad(&data_);
    return *this;
  }

  // The file without its data: what its tensors' entries lie behind.
  std::string Header(uint32_t version = 3) const {
    return "GGUF" + Raw(version) + Raw(tensor_count_) + Raw(key_count_) + keys_ + tensors_;
  }
  std::string Build() const {
    std::string file = Header();
    if (tensor_count_ > 0) Pad(&file);
    return file + data_;
  }

 private:
  template <typename T>
  GgufBuilder& Numbers(std::string_view key, uint32_t type, const std::vector<T>& values) {
    std::string bytes;
    for (const T value : values) bytes += Raw(value);
    return Array(key, type, values.size(), bytes);
  }
  void Pad(std::string* bytes) const {
    const size_t alignment = std::max<size_t>(alignment_, 1);
    bytes->resize((bytes->size() + alignment - 1) / alignment * alignment, '\0');
  }

  uint32_t alignment_;
  uint64_t key_count_ = 0;
  uint64_t tensor_count_ = 0;
  std::string keys_;
  std::string tensors_;
  std::string data_;
};

}  // namespace llmembed::test

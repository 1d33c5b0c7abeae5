#include "tensor/dtype.h"

#include <array>

#include "base/checked.h"

namespace llmembed::tensor {
namespace {

struct DTypeEntry {
  DType dtype;
  const char* name;
  BlockSize block;
};

// In the order of the enum, so that a DType is its own index.
constexpr std::array<DTypeEntry, 23> kDTypes = {{
    {DType::kF64, "F64", {1, 8}},        {DType::kF32, "F32", {1, 4}},
    {DType::kF16, "F16", {1, 2}},        {DType::kBF16, "BF16", {1, 2}},
    {DType::kF8E4M3, "F8_E4M3", {1, 1}}, {DType::kF8E5M2, "F8_E5M2", {1, 1}},
    {DType::kI64, "I64", {1, 8}},        {DType::kI32, "I32", {1, 4}},
    {DType::kI16, "I16", {1, 2}},        {DType::kI8, "I8", {1, 1}},
    {DType::kU64, "U64", {1, 8}},        {DType::kU32, "U32", {1, 4}},
    {DType::kU16, "U16", {1, 2}},        {DType::kU8, "U8", {1, 1}},
    {DType::kBool, "BOOL", {1, 1}},      {DType::kQ8_0, "Q8_0", {32, 34}},
    {DType::kQ4_0, "Q4_0", {32, 18}},    {DType::kQ4_1, "Q4_1", {32, 20}},
    {DType::kQ5_0, "Q5_0", {32, 22}},    {DType::kQ5_1, "Q5_1", {32, 24}},
    {DType::kQ4_K, "Q4_K", {256, 144}},  {DType::kQ5_K, "Q5_K", {256, 176}},
    {DType::kQ6_K, "Q6_K", {256, 210}},
}};

constexpr bool IsInEnumOrder() {
  for (size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes[i].dtype != static_cast<DType>(i)) return false;
  }
  return true;
}
static_assert(IsInEnumOrder());

}  // namespace

const char* DTypeName(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].name; }

std::optional<DType> DTypeFromName(std::string_view name) {
  for (const DTypeEntry& entry : kDTypes) {
    if (entry.block.elements == 1 && name == entry.name) return entry.dtype;
  }
  return std::nullopt;
}

bool IsBlockType(DType dtype) { return BlockSizeOf(dtype).elements > 1; }

uint64_t DTypeSize(DType dtype) { return IsBlockType(dtype) ? 0 : BlockSizeOf(dtype).bytes; }

BlockSize BlockSizeOf(DType dtype) { return kDTypes[static_cast<size_t>(dtype)].block; }

std::optional<uint64_t> ByteSize(DType dtype, uint64_t elements) {
  const BlockSize block = BlockSizeOf(dtype);
  if (elements % block.elements != 0) return std::nullopt;
  return base::CheckedMul(elements / block.elements, block.bytes);
}

}  // namespace llmembed::tensor

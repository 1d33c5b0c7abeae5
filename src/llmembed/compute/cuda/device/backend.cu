// The backend of a GPU, and the one function that the shared object shows.
#include <cstdint>

#include "compute/cuda/device/linear.cuh"
#include "compute/cuda/device/memory.cuh"
#include "compute/cuda/device/row_ops.cuh"
#include "compute/cuda/device/stream.cuh"
#include "compute/cuda/memory_plan.h"
#include "compute/cuda/plugin.h"

namespace llmembed::compute::cuda {
namespace {

// Enough rows for products to fill the GPU (docs/performance.md has the measurement).
constexpr size_t kPreferredTokens = 8192;

class CudaBackend : public Backend {
 public:
  static Result<std::unique_ptr<Backend>> Create(MathType math_type, int device) {
    std::unique_ptr<CudaBackend> backend(new CudaBackend(math_type, device));
    LLMEMBED_RETURN_IF_ERROR(backend->Use());
    cudaDeviceProp properties{};
    LLMEMBED_RETURN_IF_ERROR(
        CudaStatus(cudaGetDeviceProperties(&properties, device), "the GPU's properties"));
    backend->capability_ = 10 * properties.major + properties.minor;
    if (math_type == MathType::kFp8 && backend->capability_ < 90) {
      return Status(StatusCode::kUnsupported,
                    std::string(properties.name) + " has no fp8 by rows; use bf16");
    }
    if (backend->capability_ < 80) {
      return Status(StatusCode::kUnsupported, std::string(properties.name) +
                                                  " is older than what we compute on: a GPU of "
                                                  "compute capability 8.0 or later");
    }
    LLMEMBED_ASSIGN_OR_RETURN(LtHandle handle, MakeLtHandle());
    backend->choices_ = std::make_shared<KernelChoices>(std::move(handle));
    return std::unique_ptr<Backend>(std::move(backend));
  }

  MathType math_type() const override { return math_type_; }
  std::string Identity() const override {
    return "cuda-sm" + std::to_string(capability_) + "-" + MathTypeName(math_type_);
  }

  Result<std::unique_ptr<PackedLinear>> Pack(const PlainWeight& weight, std::span<const float> bias,
                                             size_t inputs, size_t outputs,
                                             OutputUse /*use*/) const override {
    LLMEMBED_RETURN_IF_ERROR(Use());
    return PackCudaLinear(math_type_, weight, bias, inputs, outputs);
  }

  Result<std::unique_ptr<Stream>> MakeStream() const override {
    return CudaStream::Create(device_, math_type_, choices_);
  }

  bool HasHostMemory() const override { return false; }
  Result<MatrixBuffer> Allocate(tensor::DType dtype, size_t max_rows, size_t columns,
                                size_t /*pitch*/) const override {
    LLMEMBED_RETURN_IF_ERROR(Use());
    LLMEMBED_ASSIGN_OR_RETURN(
        DeviceMemory memory,
        AllocateDevice(PaddedDeviceRows(max_rows) * columns * tensor::DTypeSize(dtype)));
    return MatrixBuffer::Of(std::move(memory), dtype, columns);
  }

  Result<Table> Place(tensor::AlignedBuffer<float> numbers) const override {
    if (numbers.empty()) return Table();
    LLMEMBED_RETURN_IF_ERROR(Use());
    const size_t bytes = numbers.size() * sizeof(float);
    LLMEMBED_ASSIGN_OR_RETURN(DeviceMemory memory, AllocateDevice(bytes));
    LLMEMBED_RETURN_IF_ERROR(CudaStatus(
        cudaMemcpy(memory.get(), numbers.data(), bytes, cudaMemcpyHostToDevice), "a table"));
    return Table(std::move(memory), numbers.size());
  }

  size_t BatchTokens(size_t token_bytes) const override {
    size_t free = 0;
    size_t total = 0;
    if (!Use().ok() || cudaMemGetInfo(&free, &total) != cudaSuccess) return kPreferredTokens;
    return TokensThatFit(free, token_bytes, kPreferredTokens);
  }

  bool NormsAddSublayers() const override { return activation_type() != tensor::DType::kF32; }
  unsigned StreamLimit() const override { return kStreams; }

 private:
  CudaBackend(MathType math_type, int device) : math_type_(math_type), device_(device) {}
  Status Use() const { return CudaStatus(cudaSetDevice(device_), "device"); }

  MathType math_type_;
  int device_;
  int capability_ = 0;
  std::shared_ptr<KernelChoices> choices_;
};

Result<int> Count() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorNoDevice || error == cudaErrorInsufficientDriver) {
    return Status(StatusCode::kUnsupported,
                  std::string("no GPU can be used: ") + cudaGetErrorString(error));
  }
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(error, "looking for GPUs"));
  return count;
}

Result<std::unique_ptr<Backend>> Make(MathType math_type, int device) {
  if (math_type == MathType::kInt8) {
    return Status(StatusCode::kUnsupported, "int8 is not computed on a GPU; use bf16 or f32");
  }
  return CudaBackend::Create(math_type, device);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const Plugin* llmembed_cuda_plugin() {
  static const Plugin plugin{kPluginVersion, __VERSION__, Count, Make, CudaRowOps::Create};
  return &plugin;
}

}  // namespace llmembed::compute::cuda

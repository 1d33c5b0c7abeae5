#include "compute/cuda/device/row_ops.cuh"
#include "compute/cuda/device/row_source.cuh"

namespace llmembed::compute::cuda {

Result<std::unique_ptr<RowOps>> CudaRowOps::Create(int device) {
  std::unique_ptr<CudaRowOps> made(new CudaRowOps(device));
  LLMEMBED_RETURN_IF_ERROR(made->Use());
  cudaStream_t stream = nullptr;
  LLMEMBED_RETURN_IF_ERROR(
      CudaStatus(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream"));
  made->stream_.reset(stream, [](cudaStream_t old) { (void)cudaStreamDestroy(old); });
  LLMEMBED_ASSIGN_OR_RETURN(F32Products products, F32Products::Create());
  made->products_ = std::make_unique<F32Products>(std::move(products));
  return std::unique_ptr<RowOps>(std::move(made));
}

Result<DeviceMemory> CudaRowOps::Allocate(size_t bytes) {
  LLMEMBED_RETURN_IF_ERROR(Use());
  return AllocateDevice(bytes);
}

Status CudaRowOps::Zero(void* memory, size_t bytes) {
  return CudaStatus(cudaMemsetAsync(memory, 0, bytes, stream_.get()), "zeros");
}

Status CudaRowOps::Upload(std::span<const float> from, float* to) {
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(
      cudaMemcpyAsync(to, from.data(), from.size_bytes(), cudaMemcpyHostToDevice, stream_.get()),
      "copy to the GPU"));
  return CudaStatus(cudaStreamSynchronize(stream_.get()), "copy to the GPU");
}

Status CudaRowOps::Download(const float* from, std::span<float> to) {
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(
      cudaMemcpyAsync(to.data(), from, to.size_bytes(), cudaMemcpyDeviceToHost, stream_.get()),
      "copy from the GPU"));
  return CudaStatus(cudaStreamSynchronize(stream_.get()), "copy from the GPU");
}

Status CudaRowOps::TakeSums(double* sums, std::span<double> to) {
  LLMEMBED_RETURN_IF_ERROR(CudaStatus(
      cudaMemcpyAsync(to.data(), sums, to.size_bytes(), cudaMemcpyDeviceToHost, stream_.get()),
      "sums"));
  LLMEMBED_RETURN_IF_ERROR(Zero(sums, to.size_bytes()));
  return CudaStatus(cudaStreamSynchronize(stream_.get()), "sums");
}

Result<std::unique_ptr<RowSource>> CudaRowOps::OpenRows(const HostRows& rows) {
  LLMEMBED_RETURN_IF_ERROR(Use());
  return CudaRowSource::Create(rows, stream_);
}

Status CudaRowOps::Gemm(const GemmShape& shape, const GemmInput& a, const GemmInput& b,
                        const GemmOutput& c) {
  return products_->Run(shape, a, b, c, stream_.get());
}

}  // namespace llmembed::compute::cuda

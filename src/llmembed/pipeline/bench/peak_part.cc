// The machine's own best: products of each compute type in each way, and reading memory.
#include <algorithm>
#include <utility>

#include "base/cpu.h"
#include "pipeline/bench/parts.h"

namespace llmembed::pipeline {
namespace {

using compute::MathType;
using compute::ProductSize;

constexpr double kShareOfAProduct = 0.2;  // of the seconds of a measurement

// Those of MiniLM, BERT-large and Llama-2-7B: which one is fastest hangs on the CPU's caches.
constexpr std::pair<size_t, size_t> kGeneral[] = {{384, 384},   {384, 1536},   {1536, 384},
                                                  {1024, 1024}, {1024, 4096},  {4096, 1024},
                                                  {4096, 4096}, {4096, 11008}, {11008, 4096}};
constexpr size_t kRows = 512;
constexpr size_t kMoreRows = 2048;  // of what is fastest with kRows: seldom faster, and slow to try

std::vector<std::pair<size_t, size_t>> PeakSizes(const backbone::BackboneConfig& config) {
  const auto own = config.LinearSizes();
  std::vector<std::pair<size_t, size_t>> layers(own.begin(), own.end());
  layers.insert(layers.end(), std::begin(kGeneral), std::end(kGeneral));
  std::sort(layers.begin(), layers.end());
  layers.erase(std::unique(layers.begin(), layers.end()), layers.end());
  return layers;
}

struct Way {
  const char* name;
  bool is_onednn;
  bool is_shared;  // one product on all threads
};
constexpr Way kOneDnn{"onednn", true, false};
constexpr Way kOneDnnShared{"onednn_shared", true, true};
constexpr Way kOwn{"llmembed", false, false};

Result<std::unique_ptr<compute::Product>> MakeProduct(const Way& way, const ProductSize& size,
                                                      unsigned threads) {
  if (!way.is_onednn) return compute::MakeBackendProduct(size, threads);
  return way.is_shared ? compute::MakeOneDnnProduct(size, 1, static_cast<int>(threads))
                       : compute::MakeOneDnnProduct(size, threads, 1);
}

Result<BenchProduct> MeasureProduct(const Way& way, const ProductSize& size, Meter* meter) {
  base::ThreadPool* pool = meter->pool();
  LLMEMBED_ASSIGN_OR_RETURN(const auto product, MakeProduct(way, size, pool->size()));
  const auto run_shared = [&](size_t times) -> Status {
    for (size_t i = 0; i < times; ++i) LLMEMBED_RETURN_IF_ERROR(product->Run(0));
    return {};
  };
  const auto run_side_by_side = [&](size_t times) {
    return pool->ParallelFor(times * pool->size(),
                             [&](size_t, unsigned worker) { return product->Run(worker); });
  };
  const double flops = size.flops() * (way.is_shared ? 1 : pool->size());
  LLMEMBED_ASSIGN_OR_RETURN(
      const BenchRate rate,
      meter->Measure(way.is_shared ? Meter::Body(run_shared) : Meter::Body(run_side_by_side),
                     kShareOfAProduct));
  return BenchProduct{.compute_type = compute::MathTypeName(size.math_type),
                      .way = way.name,
                      .rows = size.rows,
                      .inputs = size.inputs,
                      .outputs = size.outputs,
                      .gflops = Scaled(rate, flops * 1e-9)};
}

// By the median, disturbed or not: whatever disturbs makes a product slower, so that no figure is
// above what the machine can do. nullptr where there is none.
const BenchProduct* Fastest(const BenchPeak& peak,
                            const std::function<bool(const BenchProduct&)>& is_meant) {
  const BenchProduct* fastest = nullptr;
  for (const BenchProduct& product : peak.products) {
    if (is_meant(product) &&
        (fastest == nullptr || product.gflops.median > fastest->gflops.median)) {
      fastest = &product;
    }
  }
  return fastest;
}

class PeakSearch {
 public:
  PeakSearch(const backbone::BackboneConfig& config, Meter* meter)
      : sizes_(PeakSizes(config)), meter_(meter) {
    ways_ = {kOneDnn, kOwn};
    if (meter->pool()->size() > 1) ways_.push_back(kOneDnnShared);  // with one it is the same
  }

  // What Of will report as done.
  size_t steps() const { return ways_.size() * (sizes_.size() + 1); }

  // All sizes in all ways, and the best size of each way with more rows.
  Result<BenchPeak> Of(MathType type, Progress* progress) {
    BenchPeak peak{.compute_type = compute::MathTypeName(type), .best = {}, .onednn_best = {}};
    for (const Way& way : ways_) {
      for (const auto& [inputs, outputs] : sizes_) {
        LLMEMBED_RETURN_IF_ERROR(Add(way, {type, kRows, inputs, outputs}, progress, &peak));
      }
      const BenchProduct* best =
          Fastest(peak, [&](const BenchProduct& product) { return product.way == way.name; });
      if (best == nullptr) continue;
      const ProductSize larger{type, kMoreRows, best->inputs, best->outputs};
      LLMEMBED_RETURN_IF_ERROR(Add(way, larger, progress, &peak));
    }
    if (const auto* best = Fastest(peak, [](const BenchProduct&) { return true; })) {
      peak.best = *best;
    }
    const auto is_onednn = [](const BenchProduct& product) { return product.way != kOwn.name; };
    if (const auto* best = Fastest(peak, is_onednn)) peak.onednn_best = *best;
    return peak;
  }

 private:
  Status Add(const Way& way, const ProductSize& size, Progress* progress, BenchPeak* peak) {
    auto product = MeasureProduct(way, size, meter_);
    ++progress->done;
    meter_->context().Report(*progress);
    if (product.status().code() == StatusCode::kUnsupported) return {};
    LLMEMBED_RETURN_IF_ERROR(product.status());
    peak->products.push_back(*std::move(product));
    return {};
  }

  std::vector<std::pair<size_t, size_t>> sizes_;  // inputs, outputs
  std::vector<Way> ways_;
  Meter* meter_;
};

// More than any cache that is this machine's alone, and not so much that it is missed.
constexpr uint64_t kBytesAThread = 256ULL << 20;

Status MeasureMemory(Meter* meter, BenchReport* report) {
  base::ThreadPool* pool = meter->pool();
  const uint64_t available = base::AvailableMemoryBytes();
  uint64_t bytes = kBytesAThread;
  if (available != 0) bytes = std::min(bytes, available / 8 / pool->size());
  const uint64_t words = bytes / sizeof(uint64_t);
  LLMEMBED_ASSIGN_OR_RETURN(const auto memory, compute::MakeMemoryToRead(words * pool->size()));
  constexpr size_t kSlices = 16;  // a thread, so that one that is held up leaves some to others
  const uint64_t slice = words / kSlices;
  std::vector<uint64_t> sums(pool->size());
  const auto read = [&](size_t times) -> Status {
    for (size_t i = 0; i < times; ++i) {
      LLMEMBED_RETURN_IF_ERROR(
          pool->ParallelFor(kSlices * pool->size(), [&](size_t index, unsigned worker) -> Status {
            sums[worker] += compute::SumWords(memory.words.subspan(index * slice, slice));
            return {};
          }));
    }
    return {};
  };
  LLMEMBED_ASSIGN_OR_RETURN(const BenchRate rate, meter->Measure(read));
  const double read_bytes = static_cast<double>(slice * kSlices * pool->size() * sizeof(uint64_t));
  report->memory_gigabytes_per_second = Scaled(rate, read_bytes * 1e-9);
  return {};
}

}  // namespace

const BenchPeak* PeakOf(const BenchReport& report, const std::string& compute_type) {
  for (const BenchPeak& peak : report.peaks) {
    if (peak.compute_type == compute_type) return &peak;
  }
  return nullptr;
}

Status MeasurePeak(const backbone::BackboneConfig& config, Meter* meter, BenchReport* report) {
  PeakSearch search(config, meter);
  std::vector<MathType> types = {MathType::kF32, MathType::kInt8};
  if (base::Cpu().avx512_bf16) types.insert(types.begin() + 1, MathType::kBF16);
  Progress progress{.stage = "peak", .unit = "products", .total = types.size() * search.steps()};
  for (const MathType type : types) {
    LLMEMBED_ASSIGN_OR_RETURN(BenchPeak peak, search.Of(type, &progress));
    if (!peak.products.empty()) report->peaks.push_back(std::move(peak));
  }
  progress.finished = true;
  meter->context().Report(progress);
  return MeasureMemory(meter, report);
}

}  // namespace llmembed::pipeline

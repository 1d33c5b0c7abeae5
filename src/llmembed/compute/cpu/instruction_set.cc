// Which instruction set the kernels, ours and oneDNN's, work with.
#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>

#include "base/cpu.h"
#include "compute/cpu/kernels.h"
#include "compute/cpu/linear/onednn_support.h"
#include "compute/ops.h"
#include "hwy/targets.h"

namespace llmembed::compute {
namespace {

struct InstructionSet {
  const char* name;
  base::CpuFeatures features;
  int64_t highway;  // targets that go beyond it
  dnnl::cpu_isa onednn;
};

constexpr int64_t kAvx512Targets = HWY_AVX3 | HWY_AVX3_DL;

// The best first.
constexpr InstructionSet kInstructionSets[] = {
    {"amx_bf16", {true, true, true, true, true, true}, 0, dnnl::cpu_isa::avx512_core_amx},
    {"avx512_bf16", {true, true, true, true, true, false}, 0, dnnl::cpu_isa::avx512_core_bf16},
    {"avx512", {true, true, true, true, false, false}, 0, dnnl::cpu_isa::avx512_core_vnni},
    {"avx2_vnni",
     {true, true, false, false, false, false},
     kAvx512Targets,
     dnnl::cpu_isa::avx2_vnni},
    {"avx2", {true, false, false, false, false, false}, kAvx512Targets, dnnl::cpu_isa::avx2},
    {"baseline",
     {false, false, false, false, false, false},
     kAvx512Targets | HWY_AVX2,
     dnnl::cpu_isa::sse41},
};

const InstructionSet* Find(const std::string& name) {
  const auto* found = std::ranges::find(kInstructionSets, name, &InstructionSet::name);
  return found == std::end(kInstructionSets) ? nullptr : found;
}

// The best one of this CPU. Not by asking oneDNN, which would then stay with its own.
const InstructionSet& Best() {
  const base::CpuFeatures& cpu = base::Cpu();
  const size_t worse_than_best = cpu.amx_bf16      ? 0
                                 : cpu.avx512_bf16 ? 1
                                 : cpu.avx512      ? 2
                                 : cpu.avx_vnni    ? 3
                                 : cpu.avx2        ? 4
                                                   : 5;
  return kInstructionSets[worse_than_best];
}

Status Limit(const InstructionSet& to) {
  const bool has_vnni = base::Cpu().avx_vnni;  // CPUs with AVX-512 need not have AVX-VNNI
  if (&to < &Best() || (to.onednn == dnnl::cpu_isa::avx2_vnni && !has_vnni)) {
    return {StatusCode::kUsage,
            "this CPU has no " + std::string(to.name) + ", at best " + Best().name};
  }
  base::LimitCpu(to.features);
  hwy::DisableTargets(to.highway);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  if (dnnl::set_max_cpu_isa(to.onednn) != dnnl::status::success) {
    return {StatusCode::kUsage, "the instruction set has to be chosen before anything is computed"};
  }
  return {};
}

}  // namespace

std::string CpuInstructionSet() {
  const std::string target = cpu::KernelTarget();
  if (target == "avx2" && base::Cpu().avx_vnni) return "avx2_vnni";
  if (target != "avx512" || !base::Cpu().avx512_bf16) return target;
  return cpu::OneDnnUsesTiles() ? "amx_bf16" : "avx512_bf16";
}

Status LimitInstructionSet(const std::string& name) {
  static std::mutex mutex;
  static std::optional<std::string> chosen;
  const std::lock_guard lock(mutex);
  if (name.empty() || chosen == name) return {};
  const InstructionSet* to = Find(name);
  if (to == nullptr) {
    std::string names;
    for (const InstructionSet& set : kInstructionSets) {
      names += (names.empty() ? "" : ", ") + std::string(set.name);
    }
    return {StatusCode::kUsage, "no instruction set '" + name + "'; there are " + names};
  }
  if (chosen) {
    return {StatusCode::kUsage, "this process works with " + *chosen + " already, not " + name};
  }
  LLMEMBED_RETURN_IF_ERROR(Limit(*to));
  chosen = name;
  return {};
}

}  // namespace llmembed::compute

// `verify`: does a model compute what it should on this machine?
#include <algorithm>
#include <string_view>

#include "base/cpu.h"
#include "base/environment.h"
#include "base/thread_pool.h"
#include "compute/ops.h"
#include "extract/layer_states.h"
#include "extract/model_identity.h"
#include "llmembed/models.h"
#include "pipeline/known_models/known_model.h"
#include "pipeline/state_comparison.h"
#include "text/tokenizer.h"

namespace llmembed {
namespace {

using extract::LayerStates;
using extract::StateRunner;
using extract::TokenIds;

// docs/numerics.md has what was measured.
constexpr pipeline::StateBars kF32Bars{.relative = 1e-3};
constexpr pipeline::StateBars kBf16Bars{.cosine_distance = 1e-2};
constexpr pipeline::StateBars kSameBits{.relative = 0.0};

std::string BarText(const pipeline::StateBars& bars) {
  if (bars.relative == 0.0) return "the same bits";
  return bars.relative > 0.0 ? "relative 1e-3" : "1 - cosine 1e-2";
}

class Verifier {
 public:
  Verifier(std::string path, const RunContext& context)
      : path_(std::move(path)), context_(context), pool_(context.threads) {
    compute::SetLibraryThreads(pool_.size());
  }

  Result<ModelVerification> Run();

 private:
  Status Identify();
  Status Tokenize();
  void CheckIds();
  Result<LayerStates> ReferenceStates();
  Status CheckComputeType(compute::MathType type, const LayerStates& reference);
  void Advance();

  std::string path_;
  RunContext context_;
  base::ThreadPool pool_;
  TokenIds ids_;
  const pipeline::KnownModel* known_ = nullptr;  // null: no goldens for it
  ModelVerification made_;
  Progress progress_{.stage = "verifying", .unit = "ways to compute", .total = 2};
};

Status Verifier::Identify() {
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto identity,
      extract::IdentifyModel(path_, base::HomeFolder(context_.home), extract::DigestCheck::kAgain));
  LLMEMBED_ASSIGN_OR_RETURN(const std::string claim, pipeline::ClaimOf(path_, identity));
  known_ = pipeline::FindKnownModel(identity.weights, claim);
  made_.path = path_;
  made_.weights_sha256 = identity.weights;
  if (known_ == nullptr) return {};
  made_.known_as = known_->name;
  made_.has_known_weights = known_->weights == identity.weights;
  return {};
}

Status Verifier::Tokenize() {
  LLMEMBED_ASSIGN_OR_RETURN(const auto tokenizer, text::LoadTokenizer(path_));
  for (const std::string_view text : pipeline::kVerificationTexts) {
    text::Encoding encoding;
    LLMEMBED_RETURN_IF_ERROR(tokenizer->Encode(text, /*max_tokens=*/0, &encoding));
    if (encoding.ids.empty()) {
      return {StatusCode::kMismatch, path_ + ": its tokenizer gives no token for a short text"};
    }
    ids_.push_back(std::move(encoding.ids));
  }
  return {};
}

// Of other ids the golden states say nothing.
void Verifier::CheckIds() {
  for (size_t text = 0; known_ != nullptr && text < ids_.size(); ++text) {
    const std::span<const int32_t> golden = known_->ids[text];
    if (std::equal(golden.begin(), golden.end(), ids_[text].begin(), ids_[text].end())) continue;
    made_.problems.push_back("the tokenizer gives other ids for \"" +
                             std::string(pipeline::kVerificationTexts[text]) + "\" than " +
                             made_.known_as + "'s");
  }
  if (!made_.problems.empty()) known_ = nullptr;
}

void Verifier::Advance() {
  ++progress_.done;
  progress_.finished = progress_.done == progress_.total;
  context_.Report(progress_);
}

// In f32 for both types: what bf16 is apart from it is what it costs.
Result<LayerStates> Verifier::ReferenceStates() {
  LLMEMBED_ASSIGN_OR_RETURN(
      const auto runner,
      StateRunner::Load(path_, compute::MakeReferenceBackend(compute::MathType::kF32), &pool_));
  LLMEMBED_ASSIGN_OR_RETURN(auto states, runner->RunAlone(ids_, context_.cancelled));
  Advance();
  return states;
}

Status Verifier::CheckComputeType(compute::MathType type, const LayerStates& reference) {
  const bool is_f32 = type == compute::MathType::kF32;
  LLMEMBED_ASSIGN_OR_RETURN(auto backend, compute::MakeCpuBackend(type));
  LLMEMBED_ASSIGN_OR_RETURN(const auto runner,
                            StateRunner::Load(path_, std::move(backend), &pool_));
  LLMEMBED_ASSIGN_OR_RETURN(const LayerStates alone, runner->RunAlone(ids_, context_.cancelled));
  LLMEMBED_ASSIGN_OR_RETURN(const LayerStates together,
                            runner->RunTogether(ids_, context_.cancelled));
  Advance();
  if (is_f32 && known_ != nullptr) {
    made_.checks.push_back(pipeline::CompareWithGoldens(*known_, alone));
  }
  const auto add = [&](const char* name, const LayerStates& expected, const LayerStates& actual,
                       const pipeline::StateBars& bars) {
    ModelCheck check{.name = name, .compute_type = is_f32 ? "f32" : "bf16", .bar = BarText(bars)};
    pipeline::CompareAllStates(expected, actual, bars, &check);
    made_.checks.push_back(std::move(check));
  };
  const pipeline::StateBars& bars = is_f32 ? kF32Bars : kBf16Bars;
  add("kernels", reference, alone, bars);
  add("batch", alone, together, kSameBits);
  return {};
}

Result<ModelVerification> Verifier::Run() {
  const bool has_bf16 = base::Cpu().avx512_bf16;
  if (has_bf16) ++progress_.total;
  LLMEMBED_RETURN_IF_ERROR(Identify());
  LLMEMBED_RETURN_IF_ERROR(Tokenize());
  CheckIds();
  context_.Report(progress_);
  LLMEMBED_ASSIGN_OR_RETURN(const LayerStates reference, ReferenceStates());
  LLMEMBED_RETURN_IF_ERROR(CheckComputeType(compute::MathType::kF32, reference));
  if (has_bf16) LLMEMBED_RETURN_IF_ERROR(CheckComputeType(compute::MathType::kBF16, reference));
  return std::move(made_);
}

}  // namespace

Result<ModelVerification> VerifyModel(const std::string& name, const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string path, ModelPath(name, context));
  return Verifier(path, context).Run();
}

}  // namespace llmembed

#include "recipe/recipe_fields.h"

#include <algorithm>
#include <array>

#include "fusion/tap.h"
#include "recipe/section.h"

namespace llmembed::recipe {
namespace {

using fusion::Initialization;
using head::ClassWeighting;
using head::HeadConfig;
using head::HeadKind;
using head::InputScaling;
using head::LearningRateSchedule;
using head::LogisticRegressionConfig;
using head::Loss;
using head::MlpConfig;
using head::Optimizer;

constexpr uint32_t kMinTokens = 2;  // a text's special tokens alone are two
constexpr uint32_t kMaxTokens = 1 << 20;
constexpr size_t kMaxModelLength = 4096;
constexpr size_t kMaxBackbones = 16;

constexpr std::array kComputeTypes = {
    Choice<ComputeType>{ComputeType::kAuto, "auto"},
    Choice<ComputeType>{ComputeType::kF32, "f32"},
    Choice<ComputeType>{ComputeType::kBf16, "bf16"},
    Choice<ComputeType>{ComputeType::kInt8, "int8"},
    Choice<ComputeType>{ComputeType::kFp8, "fp8"},
};
constexpr std::array kLengthRules = {
    Choice<OnLongText>{OnLongText::kHead, OnLongTextName(OnLongText::kHead)},
    Choice<OnLongText>{OnLongText::kHeadTail, OnLongTextName(OnLongText::kHeadTail)},
    Choice<OnLongText>{OnLongText::kChunkMean, OnLongTextName(OnLongText::kChunkMean)},
    Choice<OnLongText>{OnLongText::kError, OnLongTextName(OnLongText::kError)},
};
constexpr std::array kSpecialTexts = {
    Choice<SpecialText>{SpecialText::kParse, SpecialTextName(SpecialText::kParse)},
    Choice<SpecialText>{SpecialText::kPlain, SpecialTextName(SpecialText::kPlain)},
};
constexpr std::array kHeadKinds = {
    Choice<HeadKind>{HeadKind::kLogisticRegression, "logistic_regression"},
    Choice<HeadKind>{HeadKind::kMlp, "mlp"},
};
constexpr std::array kClassWeightings = {
    Choice<ClassWeighting>{ClassWeighting::kNone, "none"},
    Choice<ClassWeighting>{ClassWeighting::kBalanced, "balanced"},
};
constexpr std::array kOptimizers = {
    Choice<Optimizer>{Optimizer::kAdamW, "adamw"},
    Choice<Optimizer>{Optimizer::kAdam, "adam"},
};
constexpr std::array kLosses = {
    Choice<Loss>{Loss::kCrossEntropy, "cross_entropy"},
    Choice<Loss>{Loss::kDoubleSoftmax, "double_softmax"},
};
constexpr std::array kInitializations = {
    Choice<Initialization>{Initialization::kHe, "he"},
    Choice<Initialization>{Initialization::kTorch, "torch"},
};
constexpr std::array kInputScalings = {
    Choice<InputScaling>{InputScaling::kStandardised, "standardised"},
    Choice<InputScaling>{InputScaling::kRaw, "raw"},
};
constexpr std::array kSchedules = {
    Choice<LearningRateSchedule>{LearningRateSchedule::kConstant, "constant"},
    Choice<LearningRateSchedule>{LearningRateSchedule::kCosine, "cosine"},
};

// std::array to the span that the templates deduce from.
template <typename Enum, size_t kCount>
std::span<const Choice<Enum>> All(const std::array<Choice<Enum>, kCount>& choices) {
  return choices;
}

Status Expect(bool is_met, const std::string& expected) {
  return is_met ? Status() : Status(StatusCode::kBadData, "expected " + expected);
}

Status CheckName(const std::string& name) {
  return Expect(fusion::IsBackboneName(name),
                "a name: a letter, then letters, digits, '_', '.' or '-', at most 64 characters");
}

Status CheckModel(const BackboneSpec& spec) {
  return Expect(!spec.model.empty() && spec.model.size() <= kMaxModelLength,
                "a model's name or folder");
}

Status CheckTokens(const BackboneSpec& spec) {
  return Expect(spec.max_tokens >= kMinTokens && spec.max_tokens <= kMaxTokens,
                std::to_string(kMinTokens) + " to " + std::to_string(kMaxTokens));
}

Status CheckVersion(const Recipe& recipe) {
  if (recipe.version > kRecipeVersion) {
    return {StatusCode::kMismatch, "a recipe of version " + std::to_string(recipe.version) +
                                       " needs a newer llmembed; this one knows version " +
                                       std::to_string(kRecipeVersion)};
  }
  return Expect(recipe.version == kRecipeVersion, std::to_string(kRecipeVersion));
}

Status ParseBackbones(const Node& list, Recipe* recipe) {
  if (list.kind != Node::Kind::kList || list.children.empty() ||
      list.children.size() > kMaxBackbones) {
    return ErrorAt(list, "expected a list of 1 to " + std::to_string(kMaxBackbones) + " backbones");
  }
  recipe->backbones.clear();
  for (const Node& item : list.children) {
    BackboneSpec spec;
    LLMEMBED_RETURN_IF_ERROR(ParseSection(item, BackboneFields(), &spec));
    const bool is_repeated =
        std::any_of(recipe->backbones.begin(), recipe->backbones.end(),
                    [&](const BackboneSpec& other) { return other.name == spec.name; });
    if (is_repeated) return ErrorAt(item, "the backbone's name \"" + spec.name + "\" stands twice");
    recipe->backbones.push_back(std::move(spec));
  }
  return {};
}

base::Json BackbonesToJson(const Recipe& recipe) {
  base::Json list = base::Json::array();
  for (const BackboneSpec& spec : recipe.backbones) {
    list.push_back(SectionToJson(BackboneFields(), spec));
  }
  return list;
}

Status ParseHead(const Node& map, Recipe* recipe) {
  HeadConfig config;
  if (const Node* kind = map.Find(HeadKindField().key); kind != nullptr) {
    LLMEMBED_RETURN_IF_ERROR(HeadKindField().parse(*kind, &config));
  }
  LLMEMBED_RETURN_IF_ERROR(ParseSection(map, HeadFields(config.kind), &config));
  recipe->head = config;
  return {};
}

Fields<LogisticRegressionConfig> LogisticRegressionFields() {
  using C = LogisticRegressionConfig;
  return {
      ValueField("c_values", &C::c_values,
                 "values of C (inverse of the regularisation's strength), ascending; the best on "
                 "held-out rows is taken, a single one as it is"),
      ValueField("max_iterations", &C::max_iterations, "of L-BFGS, for each C"),
      ValueField("gradient_tolerance", &C::gradient_tolerance,
                 "largest gradient entry of the loss per row at which training has converged"),
  };
}

Fields<MlpConfig> MlpFields() {
  using C = MlpConfig;
  return {
      ValueField("hidden_sizes", &C::hidden_sizes, "widths of the hidden layers; `[]`: none"),
      ValueField("dropout", &C::dropout, "share of hidden activations dropped in training"),
      ValueField("max_epochs", &C::max_epochs, "passes over the training rows, at most"),
      ValueField("batch_size", &C::batch_size, "rows a step"),
      ValueField("learning_rate", &C::learning_rate, "at its peak"),
      ChoiceField("schedule", &C::schedule, All(kSchedules), "of the learning rate after warm-up"),
      ValueField("warmup_share", &C::warmup_share,
                 "share of all steps in which the learning rate rises linearly"),
      ValueField("weight_decay", &C::weight_decay, "decoupled; biases do not decay"),
      ValueField("patience", &C::patience,
                 "epochs without a better held-out score before it stops; 0: never stops early"),
      ValueField("label_smoothing", &C::label_smoothing,
                 "share of the target spread over all classes"),
      ChoiceField("optimizer", &C::optimizer, All(kOptimizers),
                  "`adam`: weight decay is part of the gradient; `adamw`: it stands beside it"),
      ChoiceField("loss", &C::loss, All(kLosses),
                  "`double_softmax`: as the LLMEmbed paper's code computes it; see below"),
      ChoiceField("initialization", &C::initialization, All(kInitializations),
                  "of the weights: `he`: uniform, for layers before a ReLU; `torch`: as PyTorch's "
                  "linear layers start"),
      ChoiceField("inputs", &C::inputs, All(kInputScalings),
                  "what is read: features with mean 0 and deviation 1, or as they are"),
  };
}

Fields<HeadConfig> MakeHeadFields(HeadKind kind) {
  Fields<HeadConfig> fields = {
      HeadKindField(),
      ChoiceField("class_weighting", &HeadConfig::class_weighting, All(kClassWeightings),
                  "`balanced`: every class counts alike, however many rows it has"),
      Checked<HeadConfig>(
          ValueField("held_out_share", &HeadConfig::held_out_share,
                     "of the training rows, set aside to choose C or the epoch by; 0: none"),
          head::ValidateHeadConfig),
  };
  Fields<HeadConfig> own = kind == HeadKind::kMlp ? FieldsOfMember(&HeadConfig::mlp, MlpFields())
                                                  : FieldsOfMember(&HeadConfig::logistic_regression,
                                                                   LogisticRegressionFields());
  // The defaults are valid, so the first field after which the config is not is the one at fault.
  for (Field<HeadConfig>& field : own) {
    fields.push_back(Checked<HeadConfig>(std::move(field), head::ValidateHeadConfig));
  }
  return fields;
}

}  // namespace

std::span<const Choice<ComputeType>> ComputeTypes() { return kComputeTypes; }

const Field<HeadConfig>& HeadKindField() {
  static const Field<HeadConfig> field = ChoiceField("kind", &HeadConfig::kind, All(kHeadKinds),
                                                     "what is trained; decides the other keys");
  return field;
}

const Fields<HeadConfig>& HeadFields(HeadKind kind) {
  static const Fields<HeadConfig> logistic_regression =
      MakeHeadFields(HeadKind::kLogisticRegression);
  static const Fields<HeadConfig> mlp = MakeHeadFields(HeadKind::kMlp);
  return kind == HeadKind::kMlp ? mlp : logistic_regression;
}

const Fields<BackboneSpec>& BackboneFields() {
  using B = BackboneSpec;
  static const Fields<B> fields = {
      Required(Checked<B>(ValueField("name", &B::name, "what taps call this backbone"),
                          [](const B& spec) { return CheckName(spec.name); })),
      Required(
          Checked<B>(ValueField("model", &B::model,
                                "a model's name (`llmembed models`), its folder or its GGUF file"),
                     CheckModel)),
      Checked<B>(ValueField("max_tokens", &B::max_tokens,
                            "what is read of a text at a time; special tokens count, at least 2"),
                 CheckTokens),
      ChoiceField("on_long_text", &B::on_long_text, All(kLengthRules),
                  "what is read of a text of more tokens; see below"),
      ChoiceField("special_tokens", &B::special_text, All(kSpecialTexts),
                  "what a text that spells one, such as `[SEP]`, means: `parse`: the token, as by "
                  "default in Hugging Face; `plain`: text like any other"),
      ChoiceField("dtype", &B::compute_type, All(kComputeTypes),
                  "what the backbone computes in; `auto`: bf16 on a GPU and where the CPU has it, "
                  "else f32. int8 is for CPUs alone, fp8 for GPUs that have it"),
  };
  return fields;
}

const Field<Recipe>& VersionField() {
  static const Field<Recipe> field = Required(
      Checked<Recipe>(ValueField("version", &Recipe::version, "of this format: 1"), CheckVersion));
  return field;
}

const Fields<Recipe>& RecipeFields() {
  static const Fields<Recipe> fields = {
      VersionField(),
      Required(Checked<Recipe>(ValueField("name", &Recipe::name, "the recipe's name, for people"),
                               [](const Recipe& recipe) { return CheckName(recipe.name); })),
      {.key = "backbones",
       .type = "a list of backbones",
       .help = "the models that read the texts; see below",
       .presence = Presence::kRequired,
       .parse = ParseBackbones,
       .to_json = BackbonesToJson},
      Required(ValueField("fusion", &Recipe::fusion,
                          "which vectors, and how they become one; see below")),
      {.key = "head",
       .type = "a head",
       .help = "the classifier that is trained; see below",
       .parse = ParseHead,
       .to_json =
           [](const Recipe& recipe) {
             return SectionToJson(HeadFields(recipe.head.kind), recipe.head);
           }},
  };
  return fields;
}

}  // namespace llmembed::recipe

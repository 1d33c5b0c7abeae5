#include "bundle/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/file_io.h"
#include "base/sha256.h"
#include "bundle/bundle_json.h"
#include "fusion/expression.h"
#include "head/head_tensors.h"
#include "lexical/lexical_tensors.h"
#include "weights/safetensors.h"
#include "weights/safetensors_writer.h"
#include "weights/to_float.h"

namespace llmembed::bundle {
namespace {

namespace fs = std::filesystem;

constexpr base::JsonLimits kJsonLimits = {.max_bytes = 256ULL << 20, .max_depth = 32};
constexpr weights::SafetensorsLimits kHeadLimits = {.max_header_bytes = 1 << 20};

std::string JsonPath(const std::string& folder) { return folder + "/bundle.json"; }
std::string HeadPath(const std::string& folder) { return folder + "/head.safetensors"; }

constexpr std::string_view kLexicalPrefix = "lexical.";

Status WriteHead(const Bundle& bundle, const std::string& path) {
  const std::vector<head::NamedTensor> named = head::HeadTensors(bundle.head);
  std::vector<weights::NamedTensor> tensors;
  for (const head::NamedTensor& tensor : named) {
    const std::vector<int64_t> extents(tensor.shape.begin(), tensor.shape.end());
    tensors.push_back(
        {tensor.name, tensor::ViewOf(tensor.values, *tensor::Shape::Create(extents))});
  }
  lexical::LexicalTensors words;
  if (bundle.lexical != nullptr) words = lexical::ToTensors(*bundle.lexical);
  for (const lexical::NamedTensor& tensor : words.tensors) {
    tensors.push_back({tensor.name, tensor.view});
  }
  return weights::WriteSafetensors(path, tensors);
}

// Fills in the head and, where the fusion counts words, the model of them.
Status ReadHead(const std::string& path, Bundle* bundle) {
  LLMEMBED_ASSIGN_OR_RETURN(const auto file, weights::SafetensorsFile::Open(path, kHeadLimits));
  std::vector<tensor::AlignedBuffer<float>> values;
  std::vector<head::NamedTensor> tensors;
  std::vector<lexical::NamedTensor> words;
  for (const std::string& name : file->Names()) {
    const tensor::TensorView& view = *file->Find(name);
    if (name.starts_with(kLexicalPrefix)) {
      words.push_back({name, view});
      continue;
    }
    if (view.dtype != tensor::DType::kF32) {
      return Status(StatusCode::kCorrupt, name + " must be F32").WithContext(path);
    }
    auto floats = weights::ToFloat(view, name);
    if (!floats.ok()) return floats.status().WithContext(path);
    values.push_back(*std::move(floats));
    const auto extents = view.shape.extents();
    tensors.push_back({name, {extents.begin(), extents.end()}, values.back().span()});
  }
  LLMEMBED_ASSIGN_OR_RETURN(const auto expression,
                            fusion::Expression::Parse(bundle->recipe.fusion));
  auto head = head::HeadFromTensors(tensors, expression.IsTrained() ? &expression : nullptr);
  if (!head.ok()) return head.status().WithContext(path);
  bundle->head = *std::move(head);
  if (expression.UsesLexical() == words.empty()) {
    return Status(StatusCode::kCorrupt, words.empty() ? "the fusion's tap lexical has no tensors"
                                                      : "tensors of a tap that the fusion has not")
        .WithContext(path);
  }
  if (words.empty()) return {};
  auto model = lexical::LexicalModelFromTensors(words);
  if (!model.ok()) return model.status().WithContext(path);
  bundle->lexical = std::make_shared<const lexical::LexicalModel>(*std::move(model));
  return {};
}

Status WriteFiles(Bundle* bundle, const std::string& folder, const std::string& run_json) {
  LLMEMBED_RETURN_IF_ERROR(WriteHead(*bundle, HeadPath(folder)));
  LLMEMBED_ASSIGN_OR_RETURN(bundle->head_sha256, base::Sha256HexOfFile(HeadPath(folder)));
  LLMEMBED_RETURN_IF_ERROR(base::WriteFileAtomically(JsonPath(folder), ToJsonText(*bundle)));
  return base::WriteFileAtomically(folder + "/run.json", run_json);
}

// Puts the folder `made` where `target` is, in one step. A file system that cannot exchange two
// folders (NFS) needs two: in between the old bundle stands at `made`.old.
Status PutInPlace(const std::string& made, const std::string& target) {
  const auto rename = [](const std::string& from, const std::string& to, unsigned flags) {
    return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
  };
  const bool replaces = fs::exists(target);
  bool is_done = rename(made, target, replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE);
  if (!is_done && (errno == EINVAL || errno == ENOSYS)) {
    const std::string old = made + ".old";
    is_done = (!replaces || rename(target, old, 0)) && rename(made, target, 0);
    const int reason = errno;
    if (replaces) rename(old, is_done ? made : target, 0);
    errno = reason;
  }
  if (!is_done) return base::IoError(target, "put the bundle in place", errno);
  const std::string parent = fs::path(target).parent_path().string();
  return base::SyncFolder(parent.empty() ? "." : parent);
}

Status CheckClasses(const std::string& part, uint32_t classes, const Bundle& bundle,
                    const std::string& folder) {
  if (classes == bundle.labels.size()) return {};
  return {StatusCode::kCorrupt, folder + ": the " + part + " has " + std::to_string(classes) +
                                    " outputs for " + std::to_string(bundle.labels.size()) +
                                    " labels"};
}

std::string WithoutSlash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

}  // namespace

bool IsBundle(const std::string& folder) {
  const auto json = base::ReadJsonFile(JsonPath(folder), kJsonLimits);
  return json.ok() && json->is_object() && json->contains("format") &&
         json->at("format") == "llmembed-bundle";
}

Status CheckTarget(const std::string& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return {};
  if (fs::is_directory(folder, error) && (fs::is_empty(folder, error) || IsBundle(folder))) {
    return {};
  }
  return {StatusCode::kUsage, folder + ": is there and is no bundle; it is not replaced"};
}

Result<std::string> WriteBundle(Bundle bundle, const std::string& folder,
                                const std::string& run_json) {
  const std::string target = WithoutSlash(folder);
  LLMEMBED_RETURN_IF_ERROR(CheckTarget(target));
  std::string made = target + ".tmp.XXXXXX";
  if (::mkdtemp(made.data()) == nullptr) {
    return base::IoError(target, "create the bundle's folder", errno);
  }
  std::error_code ignored;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::chmod(made.c_str(), 0777 & ~mask);  // mkdtemp's folders are for their owner alone
  Status status = WriteFiles(&bundle, made, run_json);
  if (status.ok()) status = PutInPlace(made, target);
  fs::remove_all(made, ignored);  // the old bundle, or what could not be finished
  LLMEMBED_RETURN_IF_ERROR(status);
  return BundleHash(target);
}

Result<Bundle> ReadBundle(const std::string& folder) {
  Bundle bundle;
  LLMEMBED_ASSIGN_OR_RETURN(const base::Json json,
                            base::ReadJsonFile(JsonPath(folder), kJsonLimits));
  LLMEMBED_RETURN_IF_ERROR(FromJson(json, JsonPath(folder), &bundle));
  const std::string head_path = HeadPath(folder);
  LLMEMBED_ASSIGN_OR_RETURN(const std::string head_sha256, base::Sha256HexOfFile(head_path));
  if (head_sha256 != bundle.head_sha256) {
    return Status(StatusCode::kCorrupt, head_path + ": damaged: its SHA-256 is " +
                                            head_sha256.substr(0, 12) + ", bundle.json says " +
                                            bundle.head_sha256.substr(0, 12));
  }
  LLMEMBED_RETURN_IF_ERROR(ReadHead(head_path, &bundle));
  LLMEMBED_RETURN_IF_ERROR(CheckClasses("head", bundle.head.classes(), bundle, folder));
  if (bundle.lexical != nullptr) {
    LLMEMBED_RETURN_IF_ERROR(
        CheckClasses("tap lexical", bundle.lexical->classes(), bundle, folder));
  }
  return bundle;
}

Result<std::string> BundleHash(const std::string& folder) {
  return base::Sha256HexOfFile(JsonPath(folder));
}

}  // namespace llmembed::bundle

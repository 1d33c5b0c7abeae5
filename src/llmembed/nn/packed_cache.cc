#include "nn/packed_cache.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/bytes_reader.h"
#include "base/file_digest.h"
#include "base/file_io.h"
#include "base/mapped_file.h"
#include "base/sha256.h"

namespace llmembed::nn {
namespace {

namespace fs = std::filesystem;

// To be raised whenever the layout of a backend's weights changes.
constexpr uint32_t kFormat = 1;
constexpr std::array<char, 8> kMagic = {'L', 'L', 'M', 'E', 'P', 'A', 'C', 'K'};
// A page: weights are mapped as they lie.
constexpr size_t kHeaderBytes = 4096;
constexpr const char* kManifest = "/manifest.json";

struct Header {
  std::array<char, 8> magic = kMagic;
  uint32_t format = kFormat;
  uint32_t is_gated = 0;
  uint64_t inputs = 0, outputs = 0;
  uint64_t weight_bytes = 0, scales = 0, biases = 0;

  bool operator==(const Header&) const = default;
};

std::string FolderOf(const PackedCacheOptions& options, const compute::Backend& backend) {
  const std::string what =
      std::to_string(kFormat) + " " + backend.LayoutIdentity() + " " + options.model;
  return options.root + "/" + base::Hex(base::Sha256Of(what)).substr(0, 32);
}

base::Json ReadManifest(const std::string& path) {
  auto manifest = base::ReadJsonFile(path);
  if (!manifest.ok() || !manifest->is_object()) return base::Json::object();
  return *std::move(manifest);
}

size_t PaddingBehind(size_t bytes) {
  return (tensor::kBufferAlignment - bytes % tensor::kBufferAlignment) % tensor::kBufferAlignment;
}

// The image in a file of that layer, or nullopt when the file is of another one or not whole.
std::optional<compute::PackedImage> ReadImage(std::span<const std::byte> bytes, Header wanted) {
  base::BytesReader reader(bytes);
  const auto header = reader.Read<Header>();
  if (!header) return std::nullopt;
  wanted.weight_bytes = header->weight_bytes;
  wanted.scales = header->scales;
  wanted.biases = header->biases;
  if (*header != wanted || !reader.ReadBytes(kHeaderBytes - sizeof(Header))) return std::nullopt;
  compute::PackedImage image;
  const auto weight = reader.ReadBytes(header->weight_bytes);
  if (!weight || !reader.ReadBytes(PaddingBehind(weight->size()))) return std::nullopt;
  image.weight = *weight;
  const auto take = [&reader](uint64_t count, std::span<const float>* numbers) {
    if (count > reader.remaining() / sizeof(float)) return false;
    const auto part = reader.ReadBytes(count * sizeof(float));
    *numbers = {reinterpret_cast<const float*>(part->data()), count};
    return reader.ReadBytes(PaddingBehind(part->size())).has_value();
  };
  if (!take(header->scales, &image.scales) || !take(header->biases, &image.bias)) {
    return std::nullopt;
  }
  return reader.remaining() == 0 ? std::optional(image) : std::nullopt;
}

Status WriteImage(const Header& header, const compute::PackedImage& image, base::AtomicFile* file) {
  std::array<std::byte, kHeaderBytes> page{};
  std::memcpy(page.data(), &header, sizeof(header));
  LLMEMBED_RETURN_IF_ERROR(file->Write(page));
  for (const auto part : {image.weight, std::as_bytes(image.scales), std::as_bytes(image.bias)}) {
    LLMEMBED_RETURN_IF_ERROR(file->Write(part));
    LLMEMBED_RETURN_IF_ERROR(
        file->Write(std::span<const std::byte>(page).last(PaddingBehind(part.size()))));
  }
  return file->Commit();
}

// A disk that a cache has filled helps nobody: so much, and a twentieth of it, stays free.
Status CheckFreeSpace(const std::string& folder, uint64_t bytes) {
  constexpr uint64_t kShare = 20;
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return base::IoError(folder, "ask about", errno);
  const uint64_t free = disk.f_bavail * disk.f_frsize;
  const uint64_t total = disk.f_blocks * disk.f_frsize;
  if (free / 2 >= bytes && free - bytes >= total / kShare) return {};
  return {StatusCode::kIo, folder + ": too little room on the disk"};
}

uint64_t BytesIn(const fs::path& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    std::error_code vanished;
    const uint64_t size = entry.file_size(vanished);
    if (!vanished) bytes += size;
  }
  return bytes;
}

// A manifest's time says when its model was used last. That of a write alone would be the kernel's
// coarse clock's: the same for models that are kept within milliseconds.
void MarkUsed(const std::string& manifest) {
  std::error_code ignored;
  fs::last_write_time(manifest, fs::file_time_type::clock::now(), ignored);
}

}  // namespace

PackedCache::PackedCache(PackedCacheOptions options, const compute::Backend& backend)
    : options_(std::move(options)),
      backend_(backend),
      folder_(FolderOf(options_, backend)),
      known_(ReadManifest(folder_ + kManifest)) {}

std::unique_ptr<PackedCache> PackedCache::Open(const PackedCacheOptions& options,
                                               const compute::Backend& backend) {
  std::unique_ptr<PackedCache> cache(new PackedCache(options, backend));
  MarkUsed(cache->folder_ + kManifest);
  return cache;
}

std::unique_ptr<compute::PackedLinear> PackedCache::Find(const std::string& name, size_t inputs,
                                                         size_t outputs,
                                                         compute::OutputUse use) const {
  const auto known = known_.find(name);
  if (known == known_.end()) return nullptr;
  const auto fingerprint = base::FileFingerprint(PathOf(name));
  if (!fingerprint.ok() || *fingerprint != *known) return nullptr;
  auto file = base::MappedFile::Open(PathOf(name));
  if (!file.ok()) return nullptr;
  const auto owner = std::make_shared<const base::MappedFile>(*std::move(file));
  const Header wanted{
      .is_gated = use == compute::OutputUse::kGated, .inputs = inputs, .outputs = outputs};
  const auto image = ReadImage(owner->bytes(), wanted);
  if (!image) return nullptr;
  auto linear = backend_.Adopt(*image, owner, inputs, outputs, use);
  return linear.ok() ? *std::move(linear) : nullptr;
}

Status PackedCache::Write(const std::string& name, const compute::PackedLinear& linear,
                          compute::OutputUse use) {
  const compute::PackedImage image = linear.image();
  LLMEMBED_RETURN_IF_ERROR(base::MakeFolders(folder_, /*is_private=*/true));
  LLMEMBED_RETURN_IF_ERROR(CheckFreeSpace(folder_, image.weight.size()));
  LLMEMBED_ASSIGN_OR_RETURN(auto file, base::AtomicFile::Create(PathOf(name)));
  const Header header{.is_gated = use == compute::OutputUse::kGated,
                      .inputs = linear.inputs(),
                      .outputs = linear.outputs(),
                      .weight_bytes = image.weight.size(),
                      .scales = image.scales.size(),
                      .biases = image.bias.size()};
  LLMEMBED_RETURN_IF_ERROR(WriteImage(header, image, &file));
  LLMEMBED_ASSIGN_OR_RETURN(auto fingerprint, base::FileFingerprint(PathOf(name)));
  const std::lock_guard lock(mutex_);
  kept_[name] = std::move(fingerprint);
  return {};
}

void PackedCache::Keep(const std::string& name, const compute::PackedLinear& linear,
                       compute::OutputUse use) {
  if (linear.image().weight.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    if (!first_failure_.ok()) return;
  }
  const Status status = Write(name, linear, use);
  if (status.ok()) return;
  const std::lock_guard lock(mutex_);
  if (first_failure_.ok()) first_failure_ = status;
}

Status PackedCache::Commit() {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return first_failure_;
  // Another process may have kept layers of its own meanwhile.
  base::Json manifest = ReadManifest(folder_ + kManifest);
  manifest.update(kept_);
  LLMEMBED_RETURN_IF_ERROR(base::WriteFileAtomically(folder_ + kManifest, manifest.dump(1) + "\n"));
  MarkUsed(folder_ + kManifest);
  RemoveBeyondCap();
  return first_failure_;
}

void PackedCache::RemoveBeyondCap() const {
  struct Model {
    fs::file_time_type used;
    fs::path folder;
    uint64_t bytes;
  };
  std::vector<Model> others;
  uint64_t total = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(options_.root, error)) {
    const uint64_t bytes = BytesIn(entry.path());
    total += bytes;
    std::error_code no_manifest;  // then it is as old as can be: somebody was interrupted
    const auto used = fs::last_write_time(entry.path().string() + kManifest, no_manifest);
    if (entry.path() != folder_) others.push_back({used, entry.path(), bytes});
  }
  std::ranges::sort(others, {}, &Model::used);
  for (const Model& model : others) {
    if (total <= options_.cap_bytes) return;
    fs::remove_all(model.folder, error);
    total -= model.bytes;
  }
}

}  // namespace llmembed::nn

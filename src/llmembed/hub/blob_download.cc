#include "hub/blob_download.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/file_io.h"
#include "hub/unique_fd.h"

namespace llmembed::hub {
namespace {

constexpr uint64_t kReportEveryBytes = 1 << 20;
constexpr long kRangeNotSatisfiable = 416;

// The part of the file that is on disk so far.
class PartialFile {
 public:
  explicit PartialFile(std::string path) : path_(std::move(path)) {}

  // Opens what an earlier try left, or an empty file.
  Status Open(uint64_t max_bytes) {
    descriptor_ =
        UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!descriptor_.valid()) return base::IoError(path_, "open", errno);
    struct stat info {};
    if (::fstat(descriptor_.get(), &info) != 0) return base::IoError(path_, "read", errno);
    size_ = static_cast<uint64_t>(info.st_size);
    return size_ > max_bytes ? Clear() : Status();
  }

  Status Clear() {
    if (::ftruncate(descriptor_.get(), 0) != 0) return base::IoError(path_, "shorten", errno);
    size_ = 0;
    return {};
  }

  Status Append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return base::IoError(path_, "write", errno);
      bytes.remove_prefix(static_cast<size_t>(written));
      size_ += static_cast<uint64_t>(written);
    }
    return {};
  }

  Status SyncAndClose() {
    if (::fsync(descriptor_.get()) != 0) return base::IoError(path_, "sync", errno);
    descriptor_.Close();
    return {};
  }

  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  UniqueFd descriptor_;
  uint64_t size_ = 0;
};

// Takes the body of one answer into the partial file.
class BodyWriter {
 public:
  BodyWriter(const RemoteFile& file, PartialFile* partial, DownloadProgress* progress)
      : file_(file), partial_(partial), progress_(progress) {}

  Status Take(const HttpResponse& head, std::string_view part) {
    if (!begun_) LLMEMBED_RETURN_IF_ERROR(Begin(head));
    begun_ = true;
    if (part.size() > file_.bytes - partial_->size()) {
      return {StatusCode::kCorrupt, file_.url.shown + ": longer than the " +
                                        std::to_string(file_.bytes) + " bytes announced"};
    }
    LLMEMBED_RETURN_IF_ERROR(partial_->Append(part));
    progress_->Update(partial_->size());
    return {};
  }

 private:
  // 206 goes on behind what we have, and must say so; 200 is the whole file from its beginning.
  Status Begin(const HttpResponse& head) {
    if (head.code != 206) return partial_->Clear();
    const std::string expected = "bytes " + std::to_string(partial_->size()) + "-" +
                                 std::to_string(file_.bytes - 1) + "/" +
                                 std::to_string(file_.bytes);
    if (head.Header("content-range") == expected) return {};
    return {StatusCode::kNetwork, file_.url.shown + ": the server sent the range '" +
                                      head.Header("content-range") + "', expected '" + expected +
                                      "'"};
  }

  const RemoteFile& file_;
  PartialFile* partial_;
  DownloadProgress* progress_;
  bool begun_ = false;
};

struct FetchOutcome {
  Status status;              // ok: the file has its full length
  bool is_transient = false;  // the error may pass
};

// One request for what is missing.
FetchOutcome FetchRest(HttpClient* client, const RemoteFile& file, PartialFile* partial,
                       DownloadProgress* progress) {
  BodyWriter writer(file, partial, progress);
  const HttpRequest request{.method = HttpRequest::Method::kGet,
                            .redirects = HttpRequest::Redirects::kAnywhere,
                            .range_start = partial->size(),
                            .on_body = [&](const HttpResponse& head, std::string_view part) {
                              return writer.Take(head, part);
                            }};
  const HttpResponse response = client->Send(file.url, request);
  if (!response.transport.ok()) return {response.transport, response.is_transient};
  if (!response.Succeeded()) {
    FetchOutcome outcome{
        {StatusCode::kNetwork,
         file.url.shown + ": the server answered with HTTP " + std::to_string(response.code)},
        response.is_transient};
    if (response.code != kRangeNotSatisfiable) return outcome;
    // What we have is no beginning of what the server has.
    if (Status status = partial->Clear(); !status.ok()) return {status};
    outcome.is_transient = true;
    return outcome;
  }
  if (partial->size() == file.bytes) return {};
  return {{StatusCode::kNetwork, file.url.shown + ": ended after " +
                                     std::to_string(partial->size()) + " of " +
                                     std::to_string(file.bytes) + " bytes"}};
}

}  // namespace

void DownloadProgress::Report(uint64_t done, bool finished) {
  reported_ = done;
  context_->Report({.stage = "downloading",
                    .unit = "bytes",
                    .done = done,
                    .total = total_,
                    .finished = finished});
}

void DownloadProgress::Update(uint64_t bytes_of_this_file) {
  const uint64_t done = finished_files_ + bytes_of_this_file;
  if (done < reported_ || done - reported_ >= kReportEveryBytes) Report(done, false);
}

void DownloadProgress::FinishFile(uint64_t bytes) {
  finished_files_ += bytes;
  Report(finished_files_, false);
}

void DownloadProgress::FinishAll() { Report(finished_files_, true); }

Status DownloadBlob(HttpClient* client, const RemoteFile& file, const std::string& path,
                    const RunContext& context, DownloadProgress* progress) {
  PartialFile partial(path + ".incomplete");
  LLMEMBED_RETURN_IF_ERROR(partial.Open(file.bytes));
  Backoff backoff = client->NewBackoff();
  while (partial.size() < file.bytes) {
    const FetchOutcome outcome = FetchRest(client, file, &partial, progress);
    if (outcome.status.ok()) break;
    if (!outcome.is_transient || !backoff.WaitForNextTry()) {
      if (!context.IsCancelled()) return outcome.status;
      return {StatusCode::kCancelled, "cancelled while downloading " + file.url.shown};
    }
  }
  LLMEMBED_RETURN_IF_ERROR(partial.SyncAndClose());
  if (Status status = CheckFile(partial.path(), file.bytes, file.hash); !status.ok()) {
    if (status.code() == StatusCode::kCorrupt) ::unlink(partial.path().c_str());
    return status.WithContext("the downloaded file was not what the hub announced");
  }
  if (::rename(partial.path().c_str(), path.c_str()) != 0) {
    return base::IoError(path, "put in place", errno);
  }
  return base::SyncFolder(path.substr(0, path.rfind('/')));
}

}  // namespace llmembed::hub

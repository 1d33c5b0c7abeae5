// Zip archives and small wheels, made by hand so that they can be hostile.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <string>
#include <vector>

namespace llmembed::hub {

struct ZipEntry {
  std::string name;
  std::string contents = "";
  std::string link_target = "";  // unless empty: a symbolic link
};

inline void WriteZip(const std::string& path, const std::vector<ZipEntry>& entries) {
  archive* output = archive_write_new();
  archive_write_set_format_zip(output);
  archive_write_open_filename(output, path.c_str());
  for (const ZipEntry& wanted : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, wanted.name.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(wanted.contents.size()));
    if (!wanted.link_target.empty()) {
      archive_entry_set_filetype(entry, AE_IFLNK);
      archive_entry_set_symlink(entry, wanted.link_target.c_str());
    }
    archive_write_header(output, entry);
    archive_write_data(output, wanted.contents.data(), wanted.contents.size());
    archive_entry_free(entry);
  }
  archive_write_close(output);
  archive_write_free(output);
}

// A wheel that pip accepts: `entries` and the metadata of `package` (with underscores) 1.0.
inline void WriteWheel(const std::string& path, const std::string& package,
                       std::vector<ZipEntry> entries) {
  const std::string info = package + "-1.0.dist-info/";
  entries.push_back({.name = info + "METADATA",
                     .contents = "Metadata-Version: 2.1\nName: " + package + "\nVersion: 1.0\n"});
  entries.push_back({.name = info + "WHEEL",
                     .contents = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
                                 "Tag: py3-none-any\n"});
  entries.push_back({.name = info + "RECORD"});
  WriteZip(path, entries);
}

}  // namespace llmembed::hub

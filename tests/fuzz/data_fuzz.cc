// libFuzzer target: any bytes as a source of texts. The first byte chooses format, header and need
// of labels; the rest is the file. Beyond not crashing, every row must be sound and every error
// must name the source.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/utf8.h"
#include "data/row_reader.h"
#include "memory_file.h"

namespace {

namespace data = llmembed::data;

void Require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const MemoryFile file(bytes + 1, size - 1);
  llmembed::DataSource source;
  source.path = file.path();
  source.format = static_cast<llmembed::DataFormat>(bytes[0] % 5);
  source.header = static_cast<llmembed::HeaderMode>(bytes[0] / 5 % 3);
  const auto need = static_cast<data::LabelNeed>(bytes[0] / 15 % 3);

  data::IssueLog issues(source.path);
  auto reader = data::RowReader::Open(source, need, &issues);
  llmembed::Status status = reader.status();
  data::Row row;
  uint64_t last_line = 0;
  while (status.ok()) {
    const auto more = (*reader)->Next(&row);
    status = more.status();
    if (!more.ok() || !*more) break;
    Require(row.line > last_line);
    last_line = row.line;
    Require(llmembed::base::IsValidUtf8(row.text) && llmembed::base::IsValidUtf8(row.label));
  }
  Require(status.ok() || status.message().starts_with(source.path + ": "));
  return 0;
}

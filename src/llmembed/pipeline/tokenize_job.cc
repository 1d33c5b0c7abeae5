// `tokenize`: the ids that a backbone would read.
#include "llmembed/embed.h"
#include "llmembed/models.h"
#include "pipeline/window_reader.h"
#include "text/tokenizer.h"

namespace llmembed {

Status Tokenize(const TokenizeOptions& options,
                const std::function<Status(std::span<const int32_t> ids)>& row,
                const RunContext& context) {
  LLMEMBED_ASSIGN_OR_RETURN(const std::string folder, ModelPath(options.model, context));
  LLMEMBED_ASSIGN_OR_RETURN(const auto tokenizer,
                            text::LoadTokenizer(folder, {.special_text = options.special_text}));
  LLMEMBED_ASSIGN_OR_RETURN(auto reader, pipeline::WindowReader::Open(options.data));
  text::Encoding encoding;
  while (true) {
    LLMEMBED_ASSIGN_OR_RETURN(const auto window, reader.Next());
    if (window.size() == 0) break;
    for (const std::string_view text : window.texts) {
      if (context.IsCancelled()) return {StatusCode::kCancelled, "stopped"};
      LLMEMBED_RETURN_IF_ERROR(tokenizer->Encode(text, /*max_tokens=*/0, &encoding));
      LLMEMBED_RETURN_IF_ERROR(row(encoding.ids));
    }
  }
  pipeline::WarnOfIssues(reader.Issues(), context);
  return {};
}

}  // namespace llmembed

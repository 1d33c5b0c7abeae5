#include <simdjson.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "data/blank.h"
#include "data/json_escapes.h"
#include "data/row_source.h"

namespace llmembed::data {
namespace {

static_assert(kLinePadding >= simdjson::SIMDJSON_PADDING);

class JsonlRows : public RowSource {
 public:
  JsonlRows(LineReader lines, const DataSource& source, LabelNeed need, IssueLog* issues)
      : lines_(std::move(lines)), source_(source), need_(need), issues_(issues) {}

  Status ReadFirst() {
    LLMEMBED_ASSIGN_OR_RETURN(pending_, NextObject());
    if (!pending_) return {StatusCode::kBadData, lines_.name() + ": blank lines and nothing else"};
    std::vector<std::string_view> keys;
    for (const auto field : object_) keys.push_back(field.key);
    LLMEMBED_ASSIGN_OR_RETURN(const Columns columns,
                              ResolveColumns(keys, RowMeaning::kHeader, source_, need_));
    text_key_ = keys[columns.text];
    if (columns.label) label_key_ = std::string(keys[*columns.label]);
    return {};
  }

  Result<bool> Next(Row* row) override {
    if (!std::exchange(pending_, false)) {
      LLMEMBED_ASSIGN_OR_RETURN(const bool more, NextObject());
      if (!more) return false;
    }
    row->line = line_.number;
    LLMEMBED_RETURN_IF_ERROR(TakeText(&row->text));
    LLMEMBED_RETURN_IF_ERROR(TakeLabel(&row->label));
    return true;
  }

  std::string Description() const override {
    std::string text = "JSONL; texts under " + QuoteForMessage(text_key_);
    if (label_key_) text += ", labels under " + QuoteForMessage(*label_key_);
    return text;
  }

 private:
  using Element = simdjson::dom::element;

  // Moves on to the next object: line_ and object_. False at the end.
  Result<bool> NextObject() {
    while (true) {
      LLMEMBED_ASSIGN_OR_RETURN(const bool more, lines_.Next(&line_));
      if (!more) return false;
      if (!IsBlank(line_.text)) break;
      issues_->Add(IssueKind::kBlankLine, line_.number);
    }
    Element element;
    if (const simdjson::error_code error = Parse(&element); error != simdjson::SUCCESS) {
      return Error(std::string("expected one JSON object a line: ") +
                   simdjson::error_message(error));
    }
    if (element.get(object_) != simdjson::SUCCESS) {
      return Error("expected one JSON object a line, and this is another value");
    }
    return true;
  }

  // Parses the line, after repair where its strings hold what no UTF-8 can.
  simdjson::error_code Parse(Element* element) {
    const std::string_view text = line_.text;
    simdjson::error_code error =
        parser_.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(*element);
    std::string repaired;
    if (error == simdjson::UTF8_ERROR) {
      repaired = base::ReplaceInvalidUtf8(text);
      error = parser_.parse(repaired).get(*element);
    }
    if (error == simdjson::STRING_ERROR) {
      repaired = ReplaceLoneSurrogateEscapes(repaired.empty() ? text : repaired);
      error = parser_.parse(repaired).get(*element);
    }
    if (!repaired.empty()) issues_->Add(IssueKind::kInvalidUtf8, line_.number);
    return error;
  }

  // The value under the key, if it is there.
  Result<std::optional<Element>> Find(std::string_view key) const {
    std::optional<Element> value;
    for (const auto field : object_) {
      if (field.key != key) continue;
      if (value) return Error("the key " + QuoteForMessage(key) + " stands there twice");
      value = field.value;
    }
    return value;
  }

  Status TakeText(std::string* text) const {
    text->clear();
    LLMEMBED_ASSIGN_OR_RETURN(const std::optional<Element> value, Find(text_key_));
    if (!value) return Error("no text: the key " + QuoteForMessage(text_key_) + " is missing");
    if (value->is_null()) return {};
    std::string_view content;
    if (value->get(content) != simdjson::SUCCESS) {
      return Error("the value of " + QuoteForMessage(text_key_) + " is not a string");
    }
    text->assign(content);
    return {};
  }

  Status TakeLabel(std::string* label) const {
    label->clear();
    if (!label_key_) return {};
    LLMEMBED_ASSIGN_OR_RETURN(const std::optional<Element> value, Find(*label_key_));
    if (!value || value->is_null()) return {};
    std::string_view content;
    if (value->get(content) == simdjson::SUCCESS) {
      label->assign(content);
    } else if (value->is_number() || value->is_bool()) {
      *label = simdjson::minify(*value);
    } else {
      return Error("the value of " + QuoteForMessage(*label_key_) +
                   " is no label: expected a string, a number or a boolean");
    }
    return {};
  }

  Status Error(const std::string& what) const { return lines_.ErrorAt(line_.number, what); }

  LineReader lines_;
  DataSource source_;
  LabelNeed need_;
  IssueLog* issues_;
  std::string text_key_;
  std::optional<std::string> label_key_;
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;  // lives in parser_
  Line line_;
  bool pending_ = false;  // object_ is the first row, not yet handed out
};

}  // namespace

Result<std::unique_ptr<RowSource>> MakeJsonlRows(LineReader lines, const DataSource& source,
                                                 LabelNeed need, IssueLog* issues) {
  auto rows = std::make_unique<JsonlRows>(std::move(lines), source, need, issues);
  LLMEMBED_RETURN_IF_ERROR(rows->ReadFirst());
  return std::unique_ptr<RowSource>(std::move(rows));
}

}  // namespace llmembed::data

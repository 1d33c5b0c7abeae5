#include "recipe/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/utf8.h"

namespace llmembed::recipe {
namespace {

// Whether the quoted scalar that begins at `begin` ends before the text does: yaml-cpp lets a text
// that ends in a line break close any quote. True where no quote begins.
bool IsQuoteClosed(std::string_view text, size_t begin) {
  const char quote = begin < text.size() ? text[begin] : ' ';
  if (quote != '"' && quote != '\'') return true;
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool is_doubled = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!is_doubled) return true;
      ++i;
    }
  }
  return false;
}

// Builds nodes from yaml-cpp's events. Its own node tree would keep duplicate keys and hide
// anchors. After the first refusal all further events are ignored.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string source)
      : text_(text), source_(std::move(source)) {}

  bool has_document() const { return documents_ > 0; }
  const std::optional<Status>& refusal() const { return refusal_; }
  Node TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Refuse(mark.line, "a second document begins here, expected only one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    AddScalar(mark, anchor, {.kind = Node::Kind::kNull});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark.line, "aliases (*name) are not supported, write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool is_plain = tag == "?";  // yaml-cpp's tag of a scalar without quotes
    CheckTag(mark, tag);
    if (!is_plain && !IsQuoteClosed(text_, static_cast<size_t>(mark.pos))) {
      Refuse(mark.line, "a quote is not closed");
    }
    AddScalar(mark, anchor,
              {.kind = is_plain ? Node::Kind::kPlain : Node::Kind::kQuoted, .text = value});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, anchor, Node::Kind::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, anchor, Node::Kind::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  // A map or list that is not finished yet, and of a map the key whose value comes next.
  struct OpenNode {
    Node node;
    std::string path;
    std::optional<std::string> key{};
    int key_line = 0;
  };

  void Refuse(int line, const std::string& problem) {
    if (refusal_) return;
    refusal_ = Status(StatusCode::kBadData, Place(line) + ": " + problem);
  }

  // Lines count from 0 in yaml-cpp and from 1 in messages.
  std::string Place(int line) const { return source_ + ":" + std::to_string(line + 1); }

  void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    Refuse(mark.line, "tags (!name) are not supported");
  }

  void CheckCommon(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Refuse(mark.line, "anchors (&name) are not supported");
    if (++nodes_ > kMaxYamlNodes) {
      Refuse(mark.line, "more than " + std::to_string(kMaxYamlNodes) + " values");
    }
  }

  bool IsKeyNext() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::kMap && !open_.back().key;
  }

  std::string NextPath() const {
    if (open_.empty()) return "";
    const OpenNode& parent = open_.back();
    return parent.key ? MemberPath(parent.path, *parent.key)
                      : ItemPath(parent.path, parent.node.children.size());
  }

  // A value is placed at its key's line, which is where one looks for it.
  std::string NextWhere(const YAML::Mark& mark) const {
    const bool has_key = !open_.empty() && open_.back().key;
    const std::string place = Place(has_key ? open_.back().key_line : mark.line);
    const std::string path = NextPath();
    return path.empty() ? place : place + ": " + path;
  }

  void AddScalar(const YAML::Mark& mark, YAML::anchor_t anchor, Node node) {
    CheckCommon(mark, anchor);
    if (refusal_) return;
    if (IsKeyNext()) return AddKey(mark, node);
    node.where = NextWhere(mark);
    Attach(std::move(node));
  }

  void AddKey(const YAML::Mark& mark, const Node& key) {
    if (key.kind == Node::Kind::kNull) return Refuse(mark.line, "a key is empty");
    if (key.text == "<<") return Refuse(mark.line, "merge keys (<<) are not supported");
    if (const Node* first = open_.back().node.Find(key.text); first != nullptr) {
      return Refuse(mark.line,
                    "the key \"" + key.text + "\" stands twice, first at " + first->where);
    }
    open_.back().key = key.text;
    open_.back().key_line = mark.line;
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    CheckCommon(mark, anchor);
    if (open_.size() == kMaxYamlDepth) {
      Refuse(mark.line, "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    }
    if (IsKeyNext()) Refuse(mark.line, "a key is a list or a map, expected text");
    if (refusal_) return;
    open_.push_back({.node = {.kind = kind, .where = NextWhere(mark)}, .path = NextPath()});
  }

  void Close() {
    if (refusal_) return;
    Node node = std::move(open_.back().node);
    open_.pop_back();
    Attach(std::move(node));
  }

  void Attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.key) node.key = *std::exchange(parent.key, std::nullopt);
    parent.node.children.push_back(std::move(node));
  }

  std::string_view text_;
  std::string source_;
  std::vector<OpenNode> open_;
  Node root_;
  size_t nodes_ = 0;
  int documents_ = 0;
  std::optional<Status> refusal_;
};

// yaml-cpp takes U+0004 for the end of the file and guesses UTF-16 from NUL bytes.
Status CheckCharacters(std::string_view text, const std::string& source) {
  if (text.size() > kMaxYamlBytes) {
    return {StatusCode::kBadData,
            source + ": longer than " + std::to_string(kMaxYamlBytes) + " bytes"};
  }
  if (!base::IsValidUtf8(text)) return {StatusCode::kBadData, source + ": not UTF-8"};
  const auto control = std::find_if(text.begin(), text.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == '\x7f';
  });
  if (control == text.end()) return {};
  const auto line = std::count(text.begin(), control, '\n') + 1;
  return {StatusCode::kBadData,
          source + ":" + std::to_string(line) + ": a control character, expected printable text"};
}

}  // namespace

Result<Node> ParseYaml(std::string_view text, const std::string& source) {
  LLMEMBED_RETURN_IF_ERROR(CheckCharacters(text, source));
  TreeBuilder builder(text, source);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (!builder.refusal() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    // What was refused before it is the better explanation.
    if (!builder.refusal()) {
      return Status(StatusCode::kBadData, source + ":" + std::to_string(error.mark.line + 1) +
                                              ": not valid YAML: " + error.msg);
    }
  }
  if (builder.refusal()) return *builder.refusal();
  if (!builder.has_document()) return Status(StatusCode::kBadData, source + ": the file is empty");
  return builder.TakeRoot();
}

}  // namespace llmembed::recipe

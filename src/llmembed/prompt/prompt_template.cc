#include "prompt/prompt_template.h"

namespace llmembed::prompt {
namespace {

constexpr std::string_view kExamples = "{examples}", kText = "{text}", kLabel = "{label}",
                           kLabels = "{labels}";

Status Fault(const std::string& what) {
  return {StatusCode::kUsage, "the template " + what +
                                  "; expected [HEAD{examples}] ... {text} ... {label} ..., each "
                                  "place once, and {labels} in the head alone"};
}

std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '\\' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == 't' || next == '\\') {
      plain += next == 'n' ? '\n' : next == 't' ? '\t' : '\\';
      ++i;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

bool Contains(std::string_view text, std::string_view place) {
  return text.find(place) != std::string_view::npos;
}

}  // namespace

Result<PromptTemplate> PromptTemplate::Parse(std::string_view text) {
  PromptTemplate made;
  std::string form = Unescaped(text);
  if (const size_t examples = form.find(kExamples); examples != std::string::npos) {
    made.head_ = form.substr(0, examples);
    form.erase(0, examples + kExamples.size());
  }
  for (const std::string_view place : {kText, kLabel, kExamples}) {
    if (Contains(made.head_, place)) {
      return Fault("has " + std::string(place) + " in its head");
    }
  }
  for (const std::string_view place : {kLabels, kExamples}) {
    if (Contains(form, place)) {
      return Fault("has " + std::string(place) + " behind its head");
    }
  }
  for (const std::string_view place : {kText, kLabel}) {
    const size_t first = form.find(place);
    if (first == std::string::npos) return Fault("has no " + std::string(place));
    if (form.find(place, first + 1) != std::string::npos) {
      return Fault("has " + std::string(place) + " twice");
    }
  }
  const size_t text_at = form.find(kText);
  const size_t label_at = form.find(kLabel);
  if (label_at < text_at) return Fault("has {label} before {text}");
  made.before_text_ = form.substr(0, text_at);
  made.closing_ = form.substr(text_at + kText.size(), label_at - text_at - kText.size());
  made.behind_label_ = form.substr(label_at + kLabel.size());
  const size_t words_end = made.closing_.find_last_not_of(' ') + 1;  // 0 where there are none
  made.blanks_ = made.closing_.substr(words_end);
  made.closing_.resize(words_end);
  return made;
}

std::string PromptTemplate::Head(std::span<const std::string> words) const {
  std::string listed;
  for (const std::string& word : words) listed += (listed.empty() ? "" : ", ") + word;
  std::string head;
  size_t begin = 0;
  for (size_t at; (at = head_.find(kLabels, begin)) != std::string::npos;) {
    head += head_.substr(begin, at - begin) + listed;
    begin = at + kLabels.size();
  }
  return head + head_.substr(begin);
}

std::string PromptTemplate::Opening(std::span<const std::string> words,
                                    std::span<const Demonstration> demonstrations) const {
  std::string opening = Head(words);
  for (const Demonstration& shown : demonstrations) {
    opening.append(before_text_).append(shown.text).append(closing_);
    opening.append(Continuation(shown.words)).append(behind_label_);
  }
  return opening + before_text_;
}

}  // namespace llmembed::prompt

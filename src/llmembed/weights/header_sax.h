// The JSON of a safetensors header, read event by event; private to safetensors_header.cc.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "llmembed/status.h"
#include "weights/safetensors_header.h"

namespace llmembed::weights {

// Takes nlohmann's SAX events and accepts only what a header may hold: each event that does not fit
// the place stops the reading. So nothing nests deeper than the format does, and no more is kept
// than the entries themselves.
class HeaderSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  // `position` is where in the file the reading stands, kept up to date by the caller's iterator.
  HeaderSax(SafetensorsHeader* header, const uint64_t* position)
      : header_(header), position_(position) {}

  // Why reading stopped: a code and a message without the file's name.
  const Status& refusal() const { return refusal_; }

  bool null() override { return RefuseValue("null"); }
  bool boolean(bool value) override { return RefuseValue(value ? "true" : "false"); }
  bool number_integer(number_integer_t /*value*/) override {
    return RefuseValue("a negative number");
  }
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return RefuseValue("a number that is no 64-bit integer");
  }
  bool string(string_t& value) override;
  bool binary(binary_t& /*value*/) override { return RefuseValue("binary data"); }
  bool start_object(size_t elements) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(size_t elements) override;
  bool end_array() override;
  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override;

 private:
  // The place in the header where the next event belongs.
  enum class Place {
    kStart,          // before the outermost '{'
    kTensors,        // a name, or the end
    kMetadataStart,  // the '{' of __metadata__
    kMetadata,       // a key of __metadata__, or its end
    kMetadataValue,
    kEntryStart,  // the '{' of a tensor
    kEntry,       // a field's name, or the tensor's end
    kDType,
    kShapeStart,
    kShape,
    kOffsetsStart,
    kOffsets,
    kEnd,
  };
  static const char* Expected(Place place);

  bool Refuse(const std::string& rule, StatusCode code = StatusCode::kCorrupt);
  bool RefuseValue(const std::string& found);
  bool StartEntry(std::string& name);
  bool StartField(const std::string& name);
  bool EndEntry();
  bool SetDType(const std::string& name);

  SafetensorsHeader* header_;
  const uint64_t* position_;
  Place place_ = Place::kStart;
  std::set<std::string> names_;
  bool has_metadata_ = false;
  std::string metadata_key_;

  // The entry being read.
  TensorEntry entry_;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  std::vector<int64_t> extents_;
  std::vector<uint64_t> offsets_;

  Status refusal_;
};

}  // namespace llmembed::weights

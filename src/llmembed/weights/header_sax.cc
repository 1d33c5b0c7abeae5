#include "weights/header_sax.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/quoted.h"

namespace llmembed::weights {

const char* HeaderSax::Expected(Place place) {
  switch (place) {
    case Place::kStart:
      return "the object that holds the tensors";
    case Place::kTensors:
      return "the name of a tensor";
    case Place::kMetadataStart:
      return "the object of __metadata__";
    case Place::kMetadata:
      return "a key of __metadata__";
    case Place::kMetadataValue:
      return "a string, as every value of __metadata__";
    case Place::kEntryStart:
      return "an object with dtype, shape and data_offsets";
    case Place::kEntry:
      return "dtype, shape or data_offsets";
    case Place::kDType:
      return "a string, the dtype";
    case Place::kShapeStart:
      return "an array, the shape";
    case Place::kShape:
      return "a whole number, an extent of the shape";
    case Place::kOffsetsStart:
      return "an array, data_offsets";
    case Place::kOffsets:
      return "a whole number, one of data_offsets";
    case Place::kEnd:
      break;
  }
  return "the end of the header";
}

bool HeaderSax::Refuse(const std::string& rule, StatusCode code) {
  const bool in_entry = place_ >= Place::kEntryStart && place_ <= Place::kOffsets;
  refusal_ =
      Status(code, "at byte " + std::to_string(*position_) + ": " +
                       (in_entry ? "tensor " + base::Quoted(entry_.name) + ": " : "") + rule);
  return false;
}

bool HeaderSax::RefuseValue(const std::string& found) {
  return Refuse(std::string("expected ") + Expected(place_) + ", found " + found);
}

bool HeaderSax::number_unsigned(number_unsigned_t value) {
  if (place_ == Place::kShape) {
    if (extents_.size() == tensor::kMaxRank) {
      return Refuse("shape has more than " + std::to_string(tensor::kMaxRank) + " extents");
    }
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Refuse("extent " + std::to_string(value) + " of the shape is too large");
    }
    extents_.push_back(static_cast<int64_t>(value));
    return true;
  }
  if (place_ == Place::kOffsets) {
    if (offsets_.size() == 2) return Refuse("data_offsets has more than two numbers");
    offsets_.push_back(value);
    return true;
  }
  return RefuseValue("a number");
}

bool HeaderSax::string(string_t& value) {
  if (place_ == Place::kDType) return SetDType(value);
  if (place_ != Place::kMetadataValue) return RefuseValue("a string");
  if (value.size() > kMaxMetadataValueBytes) {
    return Refuse("value of __metadata__ key " + base::Quoted(metadata_key_) + " has " +
                  std::to_string(value.size()) + " bytes, at most " +
                  std::to_string(kMaxMetadataValueBytes) + " are allowed");
  }
  header_->metadata.emplace(std::move(metadata_key_), std::move(value));
  place_ = Place::kMetadata;
  return true;
}

bool HeaderSax::SetDType(const std::string& name) {
  const std::optional<tensor::DType> dtype = tensor::DTypeFromName(name);
  if (!dtype)
    return Refuse("dtype " + base::Quoted(name) + " is not read", StatusCode::kUnsupported);
  entry_.dtype = *dtype;
  place_ = Place::kEntry;
  return true;
}

bool HeaderSax::start_object(size_t /*elements*/) {
  switch (place_) {
    case Place::kStart:
      place_ = Place::kTensors;
      return true;
    case Place::kMetadataStart:
      place_ = Place::kMetadata;
      return true;
    case Place::kEntryStart:
      place_ = Place::kEntry;
      return true;
    default:
      return RefuseValue("an object");
  }
}

bool HeaderSax::key(string_t& name) {
  if (place_ == Place::kEntry) return StartField(name);
  if (name.size() > kMaxNameBytes) {
    return Refuse("name " + base::Quoted(name) + " has " + std::to_string(name.size()) +
                  " bytes, at most " + std::to_string(kMaxNameBytes) + " are allowed");
  }
  if (place_ == Place::kTensors) return StartEntry(name);
  if (header_->metadata.contains(name)) {
    return Refuse("key " + base::Quoted(name) + " of __metadata__ stands twice");
  }
  if (header_->metadata.size() == kMaxTensors) {
    return Refuse("__metadata__ has more than " + std::to_string(kMaxTensors) + " keys");
  }
  metadata_key_ = std::move(name);
  place_ = Place::kMetadataValue;
  return true;
}

bool HeaderSax::StartEntry(std::string& name) {
  if (name == "__metadata__") {
    if (std::exchange(has_metadata_, true)) return Refuse("__metadata__ stands twice");
    place_ = Place::kMetadataStart;
    return true;
  }
  // Readers differ in which of two entries they believe, so neither is.
  if (!names_.insert(name).second) return Refuse("tensor " + base::Quoted(name) + " stands twice");
  if (header_->tensors.size() == kMaxTensors) {
    return Refuse("more than " + std::to_string(kMaxTensors) + " tensors");
  }
  entry_ = TensorEntry();
  entry_.name = std::move(name);
  entry_.header_byte = *position_;
  has_dtype_ = has_shape_ = has_offsets_ = false;
  extents_.clear();
  offsets_.clear();
  place_ = Place::kEntryStart;
  return true;
}

bool HeaderSax::StartField(const std::string& name) {
  bool* has = nullptr;
  Place next = Place::kEntry;
  if (name == "dtype") {
    has = &has_dtype_;
    next = Place::kDType;
  } else if (name == "shape") {
    has = &has_shape_;
    next = Place::kShapeStart;
  } else if (name == "data_offsets") {
    has = &has_offsets_;
    next = Place::kOffsetsStart;
  } else {
    return Refuse("unknown field " + base::Quoted(name));
  }
  if (std::exchange(*has, true)) return Refuse(name + " stands twice");
  place_ = next;
  return true;
}

bool HeaderSax::end_object() {
  switch (place_) {
    case Place::kEntry:
      return EndEntry();
    case Place::kMetadata:
      place_ = Place::kTensors;
      return true;
    default:  // JSON allows no other end of an object here than the outermost one's
      place_ = Place::kEnd;
      return true;
  }
}

bool HeaderSax::EndEntry() {
  if (!has_dtype_) return Refuse("dtype is missing");
  if (!has_shape_) return Refuse("shape is missing");
  if (!has_offsets_) return Refuse("data_offsets is missing");
  const std::optional<tensor::Shape> shape = tensor::Shape::Create(extents_);
  if (!shape) return Refuse("shape is not one");
  entry_.shape = *shape;
  entry_.begin = offsets_[0];
  entry_.end = offsets_[1];
  header_->tensors.push_back(std::move(entry_));
  place_ = Place::kTensors;
  return true;
}

bool HeaderSax::start_array(size_t /*elements*/) {
  if (place_ == Place::kShapeStart) {
    place_ = Place::kShape;
    return true;
  }
  if (place_ == Place::kOffsetsStart) {
    place_ = Place::kOffsets;
    return true;
  }
  return RefuseValue("an array");
}

bool HeaderSax::end_array() {
  if (place_ == Place::kOffsets && offsets_.size() != 2) {
    return Refuse("data_offsets has fewer than two numbers");
  }
  place_ = Place::kEntry;
  return true;
}

bool HeaderSax::parse_error(size_t /*position*/, const std::string& /*token*/,
                            const nlohmann::detail::exception& /*error*/) {
  return Refuse("header is not valid JSON");
}

}  // namespace llmembed::weights

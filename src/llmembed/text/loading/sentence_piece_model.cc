#include "text/loading/sentence_piece_model.h"

#include <bit>
#include <cmath>
#include <optional>

#include "base/utf8.h"
#include "text/loading/protobuf_reader.h"
#include "text/models/vocabulary.h"

namespace llmembed::text {
namespace {

using Kind = ProtobufField::Kind;
using Algorithm = SentencePieceModel::Algorithm;
using Type = SentencePiece::Type;

// One message of the file: calls take(field) for each of its fields, which says whether the field
// is as it has to be.
template <typename Function>
bool ReadMessage(std::string_view bytes, const Function& take) {
  ProtobufReader reader(bytes);
  while (const std::optional<ProtobufField> field = reader.Next()) {
    if (!take(*field)) return false;
  }
  return !reader.is_damaged();
}

// Numbers of the format's fields are written out below; this sets one, if it is of the right kind.
bool Take(const ProtobufField& field, bool* value) {
  *value = field.value != 0;
  return field.kind == Kind::kVarint;
}

bool Take(const ProtobufField& field, std::string_view* value) {
  *value = field.bytes;
  return field.kind == Kind::kBytes;
}

bool Take(const ProtobufField& field, float* value) {
  *value = std::bit_cast<float>(static_cast<uint32_t>(field.value));
  return field.kind == Kind::kFixed32 && std::isfinite(*value);
}

// An enumeration whose values are 1 to `last`.
template <typename Enumeration>
bool Take(const ProtobufField& field, Enumeration last, Enumeration* value) {
  *value = static_cast<Enumeration>(field.value);
  return field.kind == Kind::kVarint && field.value >= 1 &&
         field.value <= static_cast<uint64_t>(last);
}

bool ReadPiece(std::string_view bytes, SentencePiece* piece) {
  const bool is_read = ReadMessage(bytes, [piece](const ProtobufField& field) {
    switch (field.number) {
      case 1:
        return Take(field, &piece->text);
      case 2:
        return Take(field, &piece->score);
      case 3:
        return Take(field, Type::kByte, &piece->type);
      default:
        return true;
    }
  });
  return is_read && base::IsValidUtf8(piece->text);
}

bool ReadTraining(std::string_view bytes, SentencePieceModel* model) {
  return ReadMessage(bytes, [model](const ProtobufField& field) {
    switch (field.number) {
      case 3:
        return Take(field, Algorithm::kCharacter, &model->algorithm);
      case 24:
        return Take(field, &model->space_is_suffix);
      case 45:
        return Take(field, &model->unknown_piece);
      default:
        return true;
    }
  });
}

bool ReadNormalization(std::string_view bytes, SentencePieceModel* model) {
  return ReadMessage(bytes, [model](const ProtobufField& field) {
    switch (field.number) {
      case 2:
        return Take(field, &model->character_map);
      case 3:
        return Take(field, &model->adds_prefix_space);
      case 4:
        return Take(field, &model->removes_extra_spaces);
      case 5:
        return Take(field, &model->escapes_spaces);
      default:
        return true;
    }
  });
}

}  // namespace

Result<SentencePieceModel> ParseSentencePieceModel(std::string_view bytes,
                                                   const std::string& where) {
  SentencePieceModel model;
  std::string damage;
  const bool is_read = ReadMessage(bytes, [&](const ProtobufField& field) {
    if (field.number > 3) return true;
    if (field.kind != Kind::kBytes) return false;
    if (field.number == 2) return ReadTraining(field.bytes, &model);
    if (field.number == 3) return ReadNormalization(field.bytes, &model);
    if (model.pieces.size() == Vocabulary::kMaxPieces) {
      damage = ": more than " + std::to_string(Vocabulary::kMaxPieces) + " pieces";
      return false;
    }
    SentencePiece& piece = model.pieces.emplace_back();
    if (ReadPiece(field.bytes, &piece)) return true;
    damage = ": the piece " + std::to_string(model.pieces.size() - 1) +
             " is damaged, expected UTF-8, a finite score and a known type";
    return false;
  });
  if (!is_read) {
    return Status(StatusCode::kCorrupt, where + ": not a SentencePiece model" + damage);
  }
  return model;
}

}  // namespace llmembed::text

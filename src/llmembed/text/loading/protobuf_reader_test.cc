#include "text/loading/protobuf_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "support/protobuf_builder.h"

namespace llmembed::text {
namespace {

using Kind = ProtobufField::Kind;

// Every field as "NUMBER:VALUE ", then "!" for damage.
std::string Read(std::string_view message) {
  ProtobufReader reader(message);
  std::string read;
  while (const auto field = reader.Next()) {
    const bool is_bytes = field->kind == Kind::kBytes;
    read += std::to_string(field->number) + ":" +
            (is_bytes ? std::string(field->bytes) : std::to_string(field->value)) + " ";
  }
  return read + (reader.is_damaged() ? "!" : "");
}

TEST(ProtobufReaderTest, ReadsEveryKindOfField) {
  const std::string message =
      test::ProtobufBuilder().Varint(1, 300).Bytes(2, "abc").Float(3, 1.0F).Varint(4000, 0).bytes();
  EXPECT_EQ(Read(message), "1:300 2:abc 3:1065353216 4000:0 ");
  EXPECT_EQ(Read(std::string("\x09\x01\0\0\0\0\0\0\x80", 9)), "1:9223372036854775809 ");
  EXPECT_EQ(Read("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "1:18446744073709551615 ");
  EXPECT_EQ(Read(""), "");
}

TEST(ProtobufReaderTest, NoFieldReachesBeyondTheMessage) {
  for (const char* damaged : {"\x08", "\x08\x80",
                              "\x12\x04"
                              "abc",
                              "\x1d"
                              "abc",
                              "\x19"
                              "abcdefg",
                              "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                              "abc",
                              "\x80"}) {
    EXPECT_EQ(Read(damaged), "!") << damaged;
  }
  EXPECT_EQ(Read("\x08\x01\x12\x7f"), "1:1 !");
}

TEST(ProtobufReaderTest, RefusesNumbersTooLongGroupsAndFieldZero) {
  EXPECT_EQ(Read("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "!");
  EXPECT_EQ(Read("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "!");
  for (const char* type : {"\x0b", "\x0c", "\x0e", "\x0f"}) EXPECT_EQ(Read(type), "!");
  EXPECT_EQ(Read(std::string("\x00\x01", 2)), "!");
  EXPECT_EQ(Read("\xf8\xff\xff\xff\x1f\x01"), "!");  // the number has more than 29 bits
}

}  // namespace
}  // namespace llmembed::text

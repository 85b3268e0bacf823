// Generated decoders, checks and encoders, by way of the notes model.
#include <gtest/gtest.h>

#include "shapes/notes/errors.h"
#include "shapes/notes/list_notes.h"
#include "shapes/notes/put_note.h"
#include "wire/operation.h"

namespace millrace::notes {
namespace {

template <class Op>
std::string read_error(std::string_view json) {
  wire::JsonParser parser;
  EXPECT_TRUE(parser.parse(json)) << json;
  wire::Incoming incoming;
  incoming.body = parser.root();
  typename Op::Input input;
  const auto error = Op::read(incoming, input);
  return error ? error->code + ": " + error->message : "";
}

std::string put_error(std::string_view note, std::string_view more = "") {
  return read_error<op::PutNote>("{\"NoteId\":\"abc\",\"Note\":" + std::string(note) + std::string(more) +
                                 "}");
}

TEST(Shapes, DecodesEveryKindOfMember) {
  wire::JsonParser parser;
  ASSERT_TRUE(parser.parse(
      R"({"NoteId":"abc-1","Note":{"Text":"hi","Pinned":true,"Weight":1.5,"Picture":"AQI=","Tags":[{"Key":"k","Value":"v"}],
    "Extra":{"a":[1,null,"x"]},"Replies":[{"Text":"re"}],"Parent":{"Text":"up"}},"Kind":"FINAL","Attachments":{"a":[1,2]},"Unknown":{"x":1}})"));
  wire::Incoming incoming;
  incoming.body = parser.root();
  PutNoteInput input;
  ASSERT_FALSE(op::PutNote::read(incoming, input));
  EXPECT_EQ(input.note_id, "abc-1");
  EXPECT_EQ(input.note.text, "hi");
  EXPECT_EQ(input.note.pinned, true);
  EXPECT_EQ(input.note.weight, 1.5);
  EXPECT_EQ(input.note.picture, std::string("\x01\x02"));
  EXPECT_EQ(input.note.tags->at(0).value, "v");
  EXPECT_EQ(input.note.extra->text, R"({"a":[1,null,"x"]})");
  EXPECT_EQ(input.note.replies->at(0).text, "re");
  EXPECT_EQ(input.note.parent->text, "up");
  EXPECT_EQ(input.attachments->at("a"), (std::vector<std::int32_t>{1, 2}));
  std::string out;
  encode(input.note, out);
  EXPECT_EQ(out,
            R"({"Text":"hi","Pinned":true,"Weight":1.5,"Picture":"AQI=","Tags":[{"Key":"k","Value":"v"}],)"
            R"("Extra":{"a":[1,null,"x"]},"Replies":[{"Text":"re"}],"Parent":{"Text":"up"}})");
}

// The texts are those DynamoDB gives; see docs/design/0004-wire-shapes.md for where they were taken from.
TEST(Shapes, TypeErrorsAreAwsTexts) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"Text":true})", "TRUE_VALUE cannot be converted to String"},
      {R"({"Text":false})", "FALSE_VALUE cannot be converted to String"},
      {R"({"Text":23})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"Text":34.56})", "DECIMAL_VALUE cannot be converted to String"},
      {R"({"Text":[]})", "Unrecognized collection type class java.lang.String"},
      {R"({"Text":{}})", "Start of structure or map found where not expected"},
      {R"({"Pinned":"23"})", "Unexpected token received from parser"},
      {R"({"Pinned":2147483648})", "NUMBER_VALUE cannot be converted to Boolean"},
      {R"({"Picture":true})", "only base-64-encoded strings are convertible to bytes"},
      {R"({"Picture":[]})", "Unrecognized collection type class java.nio.ByteBuffer"},
      {R"({"Picture":"23456"})", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"},
      {R"({"Picture":"=+/="})", "Invalid last non-pad Base64 character dectected"},
      {R"({"Tags":"x"})", "Unexpected field type"},
      {R"({"Tags":{}})", "Start of structure or map found where not expected"},
      {R"({"Tags":["x"]})", "Unexpected value type in payload"},
      {R"({"Tags":[[]]})", "Unrecognized collection type class com.amazonaws.notes.v20261101.Tag"},
      {R"({"Parent":3})", "Unexpected field type"},
      {"[]", "Unrecognized collection type class com.amazonaws.notes.v20261101.Note"},
  };
  for (const auto& [note, text] : cases)
    EXPECT_EQ(put_error(note), std::string("SerializationException: ") + text) << note;
  EXPECT_EQ(put_error("{}", R"(,"Attachments":[])"),
            "SerializationException: Unrecognized collection type java.util.Map<java.lang.String, "
            "java.util.List<java.lang.Integer>>");
  EXPECT_EQ(put_error("{}", R"(,"Attachments":{"a":["1"]})"),
            "SerializationException: STRING_VALUE cannot be converted to Integer");
  EXPECT_TRUE(put_error("{}", R"(,"Attachments":{"a":1})")
                  .starts_with("SerializationException: class sun.reflect.generics"));
  EXPECT_EQ(read_error<op::ListNotes>(R"({"Limit":"1"})"),
            "SerializationException: STRING_VALUE cannot be converted to Integer");
}

TEST(Shapes, BooleansAndIntegersAreTakenAsGenerouslyAsAwsDoes) {
  EXPECT_EQ(put_error(R"({"Text":"a","Pinned":"yEs"})"), "");
  EXPECT_EQ(put_error(R"({"Text":"a","Pinned":"0"})"), "");
  EXPECT_EQ(read_error<op::ListNotes>(R"({"Limit":1.9})"), "");
  EXPECT_EQ(read_error<op::ListNotes>(R"({"Limit":null})"), "");
}

TEST(Shapes, ViolationsAreToldTogetherAndInPlace) {
  EXPECT_EQ(read_error<op::PutNote>("{}"),
            "ValidationException: 2 validation errors detected: Value null at 'noteId' failed to satisfy "
            "constraint: Member must not be "
            "null; Value null at 'note' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(
      read_error<op::PutNote>(R"({"NoteId":"A","Note":{"Tags":[{"Key":"k"},{"Value":"v"}]},"Kind":"x"})"),
      "ValidationException: 5 validation errors detected: "
      "Value 'A' at 'noteId' failed to satisfy constraint: Member must satisfy regular expression pattern: "
      "[a-z0-9-]+; "
      "Value 'A' at 'noteId' failed to satisfy constraint: Member must have length greater than or equal to "
      "3; "
      "Value null at 'note.text' failed to satisfy constraint: Member must not be null; "
      "Value null at 'note.tags.2.member.key' failed to satisfy constraint: Member must not be null; "
      "Value 'x' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [DRAFT, FINAL]");
}

TEST(Shapes, CollectionsAreShownAsJavaShowsThem) {
  EXPECT_EQ(put_error(R"({"Text":"a","Tags":[{"Key":"a","Value":"1"},{"Key":"b"},{"Key":"c"}]})"),
            "ValidationException: 1 validation error detected: Value '[Tag(key=a, value=1), Tag(key=b, "
            "value=null), Tag(key=c, value=null)]' "
            "at 'note.tags' failed to satisfy constraint: Member must have length less than or equal to 2");
  EXPECT_EQ(put_error(R"({"Text":"a"})", R"(,"Attachments":{"a":[],"toolong":[1]})"),
            "ValidationException: 2 validation errors detected: "
            "Value '{a=[], toolong=[1]}' at 'attachments' failed to satisfy constraint: Map keys must "
            "satisfy constraint: "
            "[Member must have length less than or equal to 5]; "
            "Value '{a=[], toolong=[1]}' at 'attachments' failed to satisfy constraint: Map value must "
            "satisfy constraint: "
            "[Member must have length less than or equal to 2, Member must have length greater than or equal "
            "to 1]");
}

TEST(Shapes, NumbersAndSecrets) {
  EXPECT_EQ(
      read_error<op::ListNotes>(R"({"Limit":0,"Ratio":0.25})"),
      "ValidationException: 2 validation errors detected: "
      "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1; "
      "Value '0.25' at 'ratio' failed to satisfy constraint: Member must have value greater than or equal to "
      "0.5");
  EXPECT_EQ(
      put_error(R"({"Text":"a"})", R"(,"Secret":"short")"),
      "ValidationException: 1 validation error detected: Value at 'secret' failed to satisfy constraint: "
      "Member must have length greater than or equal to 8");
}

TEST(Shapes, NoMoreThanTenViolationsAreTold) {
  std::string replies;
  for (int i = 0; i < 3; ++i)
    replies += std::string(i ? "," : "") + R"({"Text":"","Tags":[{},{},{}]})";
  const std::string text = put_error(R"({"Text":"a","Replies":[)" + replies + "]}");
  EXPECT_TRUE(text.starts_with("ValidationException: 10 validation errors detected: ")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), ';'), 9);
}

TEST(Shapes, LengthsAreInCharacters) {
  EXPECT_EQ(put_error(R"({"Text":"ÄÄÄÄÄÄÄÄ"})"), "");  // 8 characters, 16 bytes
  EXPECT_NE(put_error(R"({"Text":"ÄÄÄÄÄÄÄÄÄ"})"), "");
}

TEST(Shapes, ErrorsCarryTheirModel) {
  NotebookFullException full;
  full.message = "full";
  full.note.emplace();
  full.note->text = "x";
  full.limit = 2;
  const wire::ServiceError error = to_error(full);
  EXPECT_EQ(error.code, "NotebookFullException");
  EXPECT_EQ(error.status, 500);
  EXPECT_EQ(error.message_key, "Message");
  EXPECT_EQ(error.members, R"("Note":{"Text":"x"},"Limit":2)");
  EXPECT_EQ(note_not_found_exception("m").status, 400);
}

}  // namespace
}  // namespace millrace::notes

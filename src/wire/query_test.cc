// The Query and CBOR protocols, by way of the notes service.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "shapes/notes/service.h"
#include "wire/cbor.h"
#include "wire/form.h"
#include "wire/services.h"
#include "wire/xml.h"

namespace millrace::wire {
namespace {

const OperationShapes& shapes(std::string_view name) {
  return find_shapes(notes::kService, notes::kProtocols, *find_facts(notes::kService, name));
}
std::string answer(std::string_view operation, std::string_view json, std::string_view id) {
  return xml_answer({notes::kProtocols, operation, shapes(operation), id}, json);
}
std::string cbor_answer(std::string_view operation, std::string_view json) {
  return base::hex_encode(json_to_cbor(notes::kProtocols, shapes(operation), json));
}
std::string input(std::string_view operation, std::string_view form) {
  const auto fields = parse_form(form);
  const auto json = fields ? form_to_json(notes::kProtocols, shapes(operation), *fields) : std::nullopt;
  return json.value_or("none");
}
std::string from_cbor(std::string_view hex) {
  return cbor_to_json(*base::hex_decode(hex)).value_or("none");
}

TEST(FormTest, DottedNamesSpellOutAStructure) {
  EXPECT_EQ(input("PutNote",
                  "Action=PutNote&NoteId=n-1&Note.Text=a%20b+c%26&Note.Pinned=true&Note.Weight=2.5"
                  "&Note.Tags.member.2.Key=y&Note.Tags.member.1.Key=x&Note.Tags.member.10.Key=z"),
            R"({"NoteId":"n-1","Note":{"Text":"a b c&","Pinned":"true","Weight":2.5,)"
            R"("Tags":[{"Key":"x"},{"Key":"y"},{"Key":"z"}]}})");
}

TEST(FormTest, MapsAndLists) {
  EXPECT_EQ(input("PutNote",
                  "Attachments.entry.1.key=a&Attachments.entry.1.value.member.1=7&"
                  "Attachments.entry.2.key=b&Attachments.entry.2.value="),
            R"({"Attachments":{"a":[7],"b":[]}})");
}

TEST(FormTest, WhatIsNoNumberIsLeftToTheDecoder) {
  EXPECT_EQ(input("ListNotes", "Limit=ten&Ratio=nan"), R"({"Limit":"ten","Ratio":"nan"})");
  EXPECT_EQ(input("ListNotes", "Limit=10&Ratio=NaN"), R"({"Limit":10,"Ratio":"NaN"})");
  EXPECT_EQ(input("ListNotes", "Limit=1e3&Ratio=%2B1e3"), R"({"Limit":"1e3","Ratio":1000.0})");
}

TEST(FormTest, BadForms) {
  EXPECT_FALSE(parse_form("a=%zz"));
  EXPECT_FALSE(parse_form("a=%2"));
  std::string deep = "Note";
  for (int i = 0; i < 40; ++i)
    deep += ".Parent";
  EXPECT_EQ(input("PutNote", deep + "=x"), "none");
  std::string many;
  for (int i = 0; i < 70000; ++i)
    many += "a&";
  EXPECT_FALSE(parse_form(many));
  EXPECT_EQ(input("PutNote", "Note.Tags.member.0.Key=x&Note.Tags.member.x.Key=y&Note.Unknown=1&=&..=2"),
            R"({"Note":{"Tags":[]}})");
}

TEST(XmlTest, AnAnswerIsWrappedAndEscaped) {
  EXPECT_EQ(answer("GetNote",
                   R"({"Note":{"Text":"a<b>&\"\r\u0001","Pinned":true,"Weight":2.5,"Tags":[{"Key":"x"}]}})",
                   "id-1"),
            "<GetNoteResponse xmlns=\"http://notes.example.com/doc/\"><GetNoteResult><Note>"
            "<Text>a&lt;b&gt;&amp;&quot;&#xD;\xEF\xBF\xBD</Text><Pinned>true</Pinned><Weight>2.5</Weight>"
            "<Tags><member><Key>x</Key></member></Tags></Note></GetNoteResult>"
            "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></GetNoteResponse>\n");
  EXPECT_EQ(answer("PutNote", R"({"Revision":3,"Created":1700000000.5})", "i"),
            "<PutNoteResponse xmlns=\"http://notes.example.com/doc/\"><PutNoteResult><Revision>3</Revision>"
            "<Created>2023-11-14T22:13:20.5Z</Created></PutNoteResult>"
            "<ResponseMetadata><RequestId>i</RequestId></ResponseMetadata></PutNoteResponse>\n");
}

TEST(XmlTest, AnErrorHasQuerysCode) {
  EXPECT_EQ(xml_error(notes::kProtocols, validation_error("no <good>"), "i"),
            "<ErrorResponse xmlns=\"http://notes.example.com/doc/\"><Error><Type>Sender</Type>"
            "<Code>ValidationError</Code><Message>no &lt;good&gt;</Message></Error><RequestId>i</RequestId>"
            "</ErrorResponse>\n");
}

TEST(CborTest, EveryKindOfValue) {
  EXPECT_EQ(from_cbor("a7616100616220616318ff61641903e8616af5616bf6616c43666f6f"),
            R"({"a":0,"b":-1,"c":255,"d":1000,"j":true,"k":null,"l":"Zm9v"})");
  EXPECT_EQ(from_cbor("84f93e00fa40f40000fb3ff0000000000000fb7ff8000000000000"), R"([1.5,7.625,1.0,"NaN"])");
  EXPECT_EQ(from_cbor("82f97c00f9fc00"), R"(["Infinity","-Infinity"])");
  EXPECT_EQ(from_cbor("c11a5f5e1000"), "1600000000");
  EXPECT_EQ(from_cbor("3b7fffffffffffffff"), "-9223372036854775808");
  EXPECT_EQ(from_cbor("1bffffffffffffffff"), "18446744073709551615");
}

TEST(CborTest, IndefiniteLengths) {
  EXPECT_EQ(from_cbor("bf61619f0102ff61627f61616162ffff"), R"({"a":[1,2],"b":"ab"})");
}

TEST(CborTest, WhatIsNotIt) {
  for (const char* hex : {"",
                          "18",
                          "1c",
                          "1f",
                          "61",
                          "6261",
                          "7f6101",
                          "7f4161ff",
                          "9f01",
                          "a101",
                          "a10101",
                          "ff",
                          "c2411",
                          "c24101",
                          "c101ff",
                          "c161",
                          "f8ff",
                          "0101",
                          "9bffffffffffffffff",
                          "5bffffffffffffffff",
                          "e0"}) {
    const auto bytes = base::hex_decode(hex);
    EXPECT_FALSE(bytes && cbor_to_json(*bytes)) << hex;
  }
  EXPECT_FALSE(cbor_to_json(std::string(100000, '\x81')));
}

TEST(CborTest, AnAnswerFollowsItsShape) {
  EXPECT_EQ(cbor_answer("PutNote", R"({"Revision":300,"Created":1.5})"),
            "a2685265766973696f6e19012c6743726561746564c1fb3ff8000000000000");
  EXPECT_EQ(cbor_answer("GetNote", R"({"Note":{"Weight":1,"Picture":"Zm9v","Other":1}})"),
            "a1644e6f7465a266576569676874fb3ff0000000000000675069637475726543666f6f");
  EXPECT_EQ(base::hex_encode(json_to_cbor(R"({"__type":"a#B","n":[-1,true,null]})")),
            "a2665f5f747970656361234261"
            "6e8320f5f6");
}

}  // namespace
}  // namespace millrace::wire

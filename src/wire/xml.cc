#include "wire/xml.h"

#include "wire/json_value.h"
#include "wire/protocol.h"
#include "wire/shape_codec.h"

namespace millrace::wire {
namespace {

class Writer {
 public:
  Writer(const ProtocolFacts& service, std::string& out) : service_(service), out_(out) {}

  void structure(const Json& json, const ShapeFacts& shape) {
    for (const MemberFacts& member : shape.members) {
      const Json value = json.find(member.name);
      if (value.kind() == JsonKind::kAbsent || value.is_null()) continue;
      if (member.flattened) {
        flat(value, member);
      } else {
        element(member.xml_name, value, member);
      }
    }
  }

  // Without a shape: what an error has beside its message.
  void plain(const Json& json) {
    switch (json.kind()) {
      case JsonKind::kObject:
        for (JsonFields f(json); f.next();) {
          open(f.key());
          plain(f.value());
          close(f.key());
        }
        return;
      case JsonKind::kArray:
        for (JsonElements e(json); e.next();) {
          open("member");
          plain(e.value());
          close("member");
        }
        return;
      default:
        return scalar(json);
    }
  }

  void open(std::string_view name) { out_.append("<").append(name).append(">"); }
  void close(std::string_view name) { out_.append("</").append(name).append(">"); }

 private:
  void element(std::string_view name, const Json& json, const MemberFacts& facts) {
    open(name);
    content(json, facts);
    close(name);
  }

  void content(const Json& json, const MemberFacts& facts) {
    const ShapeFacts& shape = service_.shapes[facts.shape];
    switch (shape.kind) {
      case ShapeKind::kStructure:
        return structure(json, shape);
      case ShapeKind::kList:
        for (JsonElements e(json); e.next();)
          element(shape.members[0].xml_name, e.value(), shape.members[0]);
        return;
      case ShapeKind::kMap:
        for (JsonFields f(json); f.next();)
          entry("entry", f, shape);
        return;
      case ShapeKind::kTimestamp:
        return timestamp(json, facts);
      default:
        return scalar(json);
    }
  }

  void flat(const Json& json, const MemberFacts& facts) {
    const ShapeFacts& shape = service_.shapes[facts.shape];
    if (shape.kind == ShapeKind::kMap) {
      for (JsonFields f(json); f.next();)
        entry(facts.xml_name, f, shape);
      return;
    }
    for (JsonElements e(json); e.next();)
      element(facts.xml_name, e.value(), shape.members[0]);
  }

  void entry(std::string_view name, const JsonFields& field, const ShapeFacts& map) {
    open(name);
    open(map.members[0].xml_name);
    append_xml_text(out_, field.key());
    close(map.members[0].xml_name);
    element(map.members[1].xml_name, field.value(), map.members[1]);
    close(name);
  }

  void timestamp(const Json& json, const MemberFacts& facts) {
    DecodeErrors errors;
    base::WallTime time;
    if (!decode_timestamp(json, facts.json_time, time, errors)) return scalar(json);
    append_timestamp(out_, time, facts.xml_time);
  }

  void scalar(const Json& json) {
    switch (json.kind()) {
      case JsonKind::kString:
        return append_xml_text(out_, json.as_string());
      case JsonKind::kBool:
        out_ += json.as_bool() ? "true" : "false";
        return;
      case JsonKind::kInt:
        return append_json_int(out_, json.as_int());
      case JsonKind::kUint:
        out_ += std::to_string(json.as_uint());
        return;
      case JsonKind::kDouble:
        return append_json_double(out_, json.as_double());
      default:
        return;
    }
  }

  const ProtocolFacts& service_;
  std::string& out_;
};

void metadata(std::string& out, std::string_view request_id) {
  out += "<RequestId>";
  append_xml_text(out, request_id);
  out += "</RequestId>";
}

}  // namespace

void append_xml_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':  // a parser would make it a line feed
        out += "&#xD;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
}

std::string xml_answer(const XmlAnswer& answer, std::string_view json) {
  std::string out("<");
  out.append(answer.operation).append("Response xmlns=\"");
  append_xml_text(out, answer.service.xml_namespace);
  out += "\">";
  Writer writer(answer.service, out);
  const OperationShapes& shapes = answer.shapes;
  if (shapes.output >= 0) {
    JsonParser parser;
    if (!shapes.result_wrapper.empty()) writer.open(shapes.result_wrapper);
    if (!json.empty() && parser.parse(json))
      writer.structure(parser.root(), answer.service.shapes[static_cast<std::size_t>(shapes.output)]);
    if (!shapes.result_wrapper.empty()) writer.close(shapes.result_wrapper);
  }
  out += "<ResponseMetadata>";
  metadata(out, answer.request_id);
  out += "</ResponseMetadata></";
  out.append(answer.operation).append("Response>\n");
  return out;
}

std::string xml_error(const ProtocolFacts& service, const ServiceError& error, std::string_view request_id) {
  std::string out = "<ErrorResponse xmlns=\"";
  append_xml_text(out, service.xml_namespace);
  out += "\"><Error><Type>";
  out += error.fault == Fault::kClient ? "Sender" : "Receiver";
  out += "</Type><Code>";
  append_xml_text(out, query_code(&service, error));
  out += "</Code>";
  if (!error.message.empty()) {
    out += "<Message>";
    append_xml_text(out, error.message);
    out += "</Message>";
  }
  JsonParser parser;
  if (!error.members.empty() && parser.parse("{" + error.members + "}"))
    Writer(service, out).plain(parser.root());
  out += "</Error>";
  metadata(out, request_id);
  out += "</ErrorResponse>\n";
  return out;
}

}  // namespace millrace::wire

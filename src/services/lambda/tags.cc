#include "services/lambda/tags.h"

#include "services/lambda/code_signing.h"
#include "services/lambda/mapping.h"
#include "shapes/lambda/errors.h"

namespace millrace::lambda {
namespace {

constexpr std::size_t kMost = 50;
constexpr std::string_view kMapping = ":event-source-mapping:";
constexpr std::string_view kCodeSigning = ":code-signing-config:";

bool names(std::string_view arn, std::string_view kind) {
  return arn.find(kind) != std::string_view::npos;
}

std::string uuid_in(std::string_view arn) {
  return std::string(arn.substr(arn.rfind(':') + 1));
}

TextMap as_text_map(const std::map<std::string, std::string>& tags) {
  return {tags.begin(), tags.end()};
}

base::Task<std::optional<wire::ServiceError>> change_mapping_tags(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  std::string uuid, TagEdit edit) {
  catalog::EventSourceMappings* mappings = service.world().mappings;
  if (mappings == nullptr) co_return no_mappings();
  std::optional<wire::ServiceError> refusal;
  auto changed = co_await mappings->update(context.account(), context.region, uuid,
                                           [&](catalog::EventSourceMapping& mapping) {
                                             TextMap tags = as_text_map(mapping.tags);
                                             edit(tags);
                                             refusal = check_tags(tags);
                                             if (!refusal) mapping.tags = {tags.begin(), tags.end()};
                                           });
  if (!changed) co_return to_service_error(changed.error(), uuid);
  co_return refusal;
}

}  // namespace

std::optional<wire::ServiceError> check_tags(const TextMap& tags) {
  if (tags.size() <= kMost) return std::nullopt;
  return invalid_parameter_value_exception("Number of tags exceeds resource tag limit.");
}

base::Task<Answer<TextMap>> tags_of(Lambda& service, const wire::RequestContext& context, std::string arn) {
  if (names(arn, kMapping)) {
    catalog::EventSourceMappings* mappings = service.world().mappings;
    if (mappings == nullptr) co_return base::fail(no_mappings());
    const std::string uuid = uuid_in(arn);
    auto mapping = co_await mappings->find(context.account(), context.region, uuid);
    if (!mapping) co_return base::fail(to_service_error(mapping.error(), uuid));
    co_return as_text_map(mapping->tags);
  }
  if (names(arn, kCodeSigning)) {
    auto stored = co_await load_code_signing(service, arn);
    if (!stored) co_return base::fail(std::move(stored.error()));
    co_return stored->record.tags;
  }
  auto name = parse_function_arn(context, arn);
  if (!name) co_return base::fail(std::move(name.error()));
  auto loaded = co_await service.load(*name);
  if (!loaded) co_return base::fail(std::move(loaded.error()));
  co_return loaded->record->tags;
}

base::Task<std::optional<wire::ServiceError>> change_tags(Lambda& service,
                                                          const wire::RequestContext& context,
                                                          std::string arn, TagEdit edit) {
  if (names(arn, kMapping)) {
    auto refusal = co_await change_mapping_tags(service, context, uuid_in(arn), edit);
    co_return refusal;
  }
  if (names(arn, kCodeSigning)) {
    auto edit_record = [&](CodeSigningRecord& record) {
      edit(record.tags);
      return check_tags(record.tags);
    };
    auto changed = co_await change_code_signing(service, arn, edit_record);
    if (!changed) co_return std::move(changed.error());
    co_return std::nullopt;
  }
  auto name = parse_function_arn(context, arn);
  if (!name) co_return std::move(name.error());
  auto edit_record = [&](FunctionRecord& record) {
    edit(record.tags);
    return check_tags(record.tags);
  };
  auto changed = co_await service.change(*name, edit_record);
  if (!changed) co_return std::move(changed.error());
  co_return std::nullopt;
}

}  // namespace millrace::lambda

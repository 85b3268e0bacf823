// Table names and ARNs as requests carry them: since 2024 every TableName may be the table's ARN.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engines/table/table_definition.h"
#include "services/dynamodb/dynamodb.h"

namespace millrace::dynamodb {

// The name in the caller's account and region, or the one that the ARN says. ValidationException for a bad name.
Checked<table::TableName> table_name(const wire::RequestContext& context, std::string_view name_or_arn);
// 3 to 255 characters of a-z, A-Z, 0-9, '_', '-', '.'.
Checked<void> check_name(std::string_view name);
// arn:aws:dynamodb:<region>:<account>:table/<name>; nullopt otherwise.
std::optional<table::TableName> parse_table_arn(std::string_view arn);

// The table that an operation on items names: ResourceNotFoundException without a name, also while it is being restored.
Answer<table::DefinitionPtr> find_table(DynamoDb& service, const wire::RequestContext& context,
                                        std::string_view name_or_arn);
// The same for operations on tables, whose ResourceNotFoundException names the table.
Answer<table::DefinitionPtr> find_named_table(DynamoDb& service, const wire::RequestContext& context,
                                              std::string_view name_or_arn);
// The table that a ResourceArn names, as the tagging operations check it: before they look at the tags.
Checked<table::TableName> resource_name(const wire::RequestContext& context, std::string_view arn);
// The table of a ResourceArn (tags, policies). A table of another account is AccessDeniedException, there or not.
Answer<table::DefinitionPtr> find_resource(DynamoDb& service, const wire::RequestContext& context,
                                           std::string_view arn);

}  // namespace millrace::dynamodb

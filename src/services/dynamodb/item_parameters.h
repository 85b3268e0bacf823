// What PutItem and DeleteItem check alike, in AWS's order.
#pragma once

#include "services/dynamodb/capacity.h"
#include "services/dynamodb/parameters.h"

namespace millrace::dynamodb {

inline ErrorItem error_item(const std::optional<std::string>& return_values_on_failure) {
  return return_values_on_failure == "ALL_OLD" ? ErrorItem::kAllOld : ErrorItem::kNone;
}

inline std::optional<ConsumedCapacity> write_capacity(const table::WriteOutcome& outcome,
                                                      const std::optional<std::string>& wanted) {
  if (!wanted) return std::nullopt;
  CapacityMeter meter(outcome.table, wanted);
  meter.write(outcome);
  return meter.result();
}

// `item`: the item or key of the request.
template <class Input>
Checked<std::optional<table::Condition>> parse_conditional_write(const Input& input, const table::Item& item,
                                                                 table::Placeholders& placeholders) {
  if (auto ok = check_mix({{"ConditionExpression", input.condition_expression.has_value()}},
                          {{"Expected", input.expected.has_value()},
                           {"ConditionalOperator", input.conditional_operator.has_value()}},
                          input.expression_attribute_names.has_value(),
                          input.expression_attribute_values.has_value());
      !ok)
    return base::fail(std::move(ok.error()));
  if (auto ok = check_values(item); !ok) return base::fail(std::move(ok.error()));
  if (input.return_values && *input.return_values != "ALL_OLD" && *input.return_values != "NONE")
    return refuse("ReturnValues can only be ALL_OLD or NONE");
  if constexpr (requires { input.item; }) {
    if (auto ok = check_size(item); !ok) return base::fail(std::move(ok.error()));
  }
  if (input.expected) return parse_expected(input.expected, input.conditional_operator);
  if (auto ok = check_placeholders(placeholders); !ok) return base::fail(std::move(ok.error()));
  auto condition = parse_write_condition(input.condition_expression, placeholders);
  if (!condition) return condition;
  if (auto ok = check_all_used(placeholders); !ok) return base::fail(std::move(ok.error()));
  return condition;
}

}  // namespace millrace::dynamodb

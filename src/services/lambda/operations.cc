#include "services/lambda/operations.h"

#include "shapes/lambda/service.h"

namespace millrace::lambda {
namespace {

// A zip of 50 MB, inline: base64 in JSON.
constexpr std::size_t kUploadLimit = 70'167'211;
// Above the largest event, so that one that is a little too large gets the message that says so.
constexpr std::size_t kBodyLimit = 8u << 20;

constexpr auto kOperations = wire::operation_table(
    wire::operation<op::CreateCodeSigningConfig, create_code_signing_config>,
    wire::operation<op::GetCodeSigningConfig, get_code_signing_config>,
    wire::operation<op::UpdateCodeSigningConfig, update_code_signing_config>,
    wire::operation<op::DeleteCodeSigningConfig, delete_code_signing_config>,
    wire::operation<op::ListCodeSigningConfigs, list_code_signing_configs>,
    wire::operation<op::ListFunctionsByCodeSigningConfig, list_functions_by_code_signing_config>,
    wire::operation<op::PutFunctionCodeSigningConfig, put_function_code_signing_config>,
    wire::operation<op::GetFunctionCodeSigningConfig, get_function_code_signing_config>,
    wire::operation<op::DeleteFunctionCodeSigningConfig, delete_function_code_signing_config>,
    wire::operation<op::GetFunctionScalingConfig, get_function_scaling_config>,
    wire::operation<op::PutFunctionScalingConfig, put_function_scaling_config>,
    wire::operation<op::PutProvisionedConcurrencyConfig, put_provisioned_concurrency_config>,
    wire::operation<op::GetProvisionedConcurrencyConfig, get_provisioned_concurrency_config>,
    wire::operation<op::ListProvisionedConcurrencyConfigs, list_provisioned_concurrency_configs>,
    wire::operation<op::DeleteProvisionedConcurrencyConfig, delete_provisioned_concurrency_config>,
    wire::operation<op::AddLayerVersionPermission, add_layer_version_permission>,
    wire::operation<op::GetLayerVersionPolicy, get_layer_version_policy>,
    wire::operation<op::RemoveLayerVersionPermission, remove_layer_version_permission>,
    wire::operation<op::PutRuntimeManagementConfig, put_runtime_management_config>,
    wire::operation<op::GetRuntimeManagementConfig, get_runtime_management_config>,
    wire::operation<op::ListFunctionEventInvokeConfigs, list_function_event_invoke_configs>,
    wire::operation<op::InvokeAsync, invoke_async>,
    wire::operation<op::CreateEventSourceMapping, create_event_source_mapping>,
    wire::operation<op::DeleteEventSourceMapping, delete_event_source_mapping>,
    wire::operation<op::GetEventSourceMapping, get_event_source_mapping>,
    wire::operation<op::ListEventSourceMappings, list_event_source_mappings>,
    wire::operation<op::UpdateEventSourceMapping, update_event_source_mapping>,
    wire::operation<op::GetFunctionRecursionConfig, get_function_recursion_config>,
    wire::operation<op::PutFunctionRecursionConfig, put_function_recursion_config>,
    wire::operation<op::PublishLayerVersion, publish_layer_version>.with_body_limit(kUploadLimit),
    wire::operation<op::GetLayerVersion, get_layer_version>,
    wire::operation<op::GetLayerVersionByArn, get_layer_version_by_arn>,
    wire::operation<op::ListLayers, list_layers>, wire::operation<op::ListLayerVersions, list_layer_versions>,
    wire::operation<op::DeleteLayerVersion, delete_layer_version>,
    wire::operation<op::AddPermission, add_permission>, wire::operation<op::CreateAlias, create_alias>,
    wire::operation<op::CreateFunction, create_function>.with_body_limit(kUploadLimit),
    wire::operation<op::CreateFunctionUrlConfig, create_function_url_config>,
    wire::operation<op::DeleteAlias, delete_alias>, wire::operation<op::DeleteFunction, delete_function>,
    wire::operation<op::DeleteFunctionConcurrency, delete_function_concurrency>,
    wire::operation<op::DeleteFunctionEventInvokeConfig, delete_function_event_invoke_config>,
    wire::operation<op::DeleteFunctionUrlConfig, delete_function_url_config>,
    wire::operation<op::GetAccountSettings, get_account_settings>, wire::operation<op::GetAlias, get_alias>,
    wire::operation<op::GetFunction, get_function>,
    wire::operation<op::GetFunctionConcurrency, get_function_concurrency>,
    wire::operation<op::GetFunctionConfiguration, get_function_configuration>,
    wire::operation<op::GetFunctionEventInvokeConfig, get_function_event_invoke_config>,
    wire::operation<op::GetFunctionUrlConfig, get_function_url_config>,
    wire::operation<op::GetPolicy, get_policy>, wire::operation<op::Invoke, invoke>,
    wire::operation<op::InvokeWithResponseStream, invoke_with_response_stream>,
    wire::operation<op::ListAliases, list_aliases>,
    wire::operation<op::ListFunctionUrlConfigs, list_function_url_configs>,
    wire::operation<op::ListFunctions, list_functions>, wire::operation<op::ListTags, list_tags>,
    wire::operation<op::ListVersionsByFunction, list_versions_by_function>,
    wire::operation<op::PublishVersion, publish_version>,
    wire::operation<op::PutFunctionConcurrency, put_function_concurrency>,
    wire::operation<op::PutFunctionEventInvokeConfig, put_function_event_invoke_config>,
    wire::operation<op::RemovePermission, remove_permission>, wire::operation<op::TagResource, tag_resource>,
    wire::operation<op::UntagResource, untag_resource>, wire::operation<op::UpdateAlias, update_alias>,
    wire::operation<op::UpdateFunctionCode, update_function_code>.with_body_limit(kUploadLimit),
    wire::operation<op::UpdateFunctionConfiguration, update_function_configuration>,
    wire::operation<op::UpdateFunctionEventInvokeConfig, update_function_event_invoke_config>,
    wire::operation<op::UpdateFunctionUrlConfig, update_function_url_config>);

}  // namespace

wire::ServiceEntry operations(Lambda& service) {
  wire::ServiceEntry entry = wire::bind(kService, kOperations, service);
  entry.body_limit = kBodyLimit;
  return entry;
}

}  // namespace millrace::lambda

// The operations of Lambda that Millrace implements: one file each, one line each in operations.cc.
// https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html names what each one does.
#pragma once

#include "services/lambda/lambda.h"
#include "shapes/lambda/add_layer_version_permission.h"
#include "shapes/lambda/add_permission.h"
#include "shapes/lambda/create_alias.h"
#include "shapes/lambda/create_code_signing_config.h"
#include "shapes/lambda/create_event_source_mapping.h"
#include "shapes/lambda/create_function.h"
#include "shapes/lambda/create_function_url_config.h"
#include "shapes/lambda/delete_alias.h"
#include "shapes/lambda/delete_code_signing_config.h"
#include "shapes/lambda/delete_event_source_mapping.h"
#include "shapes/lambda/delete_function.h"
#include "shapes/lambda/delete_function_code_signing_config.h"
#include "shapes/lambda/delete_function_concurrency.h"
#include "shapes/lambda/delete_function_event_invoke_config.h"
#include "shapes/lambda/delete_function_url_config.h"
#include "shapes/lambda/delete_layer_version.h"
#include "shapes/lambda/delete_provisioned_concurrency_config.h"
#include "shapes/lambda/get_account_settings.h"
#include "shapes/lambda/get_alias.h"
#include "shapes/lambda/get_code_signing_config.h"
#include "shapes/lambda/get_event_source_mapping.h"
#include "shapes/lambda/get_function.h"
#include "shapes/lambda/get_function_code_signing_config.h"
#include "shapes/lambda/get_function_concurrency.h"
#include "shapes/lambda/get_function_configuration.h"
#include "shapes/lambda/get_function_event_invoke_config.h"
#include "shapes/lambda/get_function_recursion_config.h"
#include "shapes/lambda/get_function_scaling_config.h"
#include "shapes/lambda/get_function_url_config.h"
#include "shapes/lambda/get_layer_version.h"
#include "shapes/lambda/get_layer_version_by_arn.h"
#include "shapes/lambda/get_layer_version_policy.h"
#include "shapes/lambda/get_policy.h"
#include "shapes/lambda/get_provisioned_concurrency_config.h"
#include "shapes/lambda/get_runtime_management_config.h"
#include "shapes/lambda/invoke.h"
#include "shapes/lambda/invoke_async.h"
#include "shapes/lambda/invoke_with_response_stream.h"
#include "shapes/lambda/list_aliases.h"
#include "shapes/lambda/list_code_signing_configs.h"
#include "shapes/lambda/list_event_source_mappings.h"
#include "shapes/lambda/list_function_event_invoke_configs.h"
#include "shapes/lambda/list_function_url_configs.h"
#include "shapes/lambda/list_functions.h"
#include "shapes/lambda/list_functions_by_code_signing_config.h"
#include "shapes/lambda/list_layer_versions.h"
#include "shapes/lambda/list_layers.h"
#include "shapes/lambda/list_provisioned_concurrency_configs.h"
#include "shapes/lambda/list_tags.h"
#include "shapes/lambda/list_versions_by_function.h"
#include "shapes/lambda/publish_layer_version.h"
#include "shapes/lambda/publish_version.h"
#include "shapes/lambda/put_function_code_signing_config.h"
#include "shapes/lambda/put_function_concurrency.h"
#include "shapes/lambda/put_function_event_invoke_config.h"
#include "shapes/lambda/put_function_recursion_config.h"
#include "shapes/lambda/put_function_scaling_config.h"
#include "shapes/lambda/put_provisioned_concurrency_config.h"
#include "shapes/lambda/put_runtime_management_config.h"
#include "shapes/lambda/remove_layer_version_permission.h"
#include "shapes/lambda/remove_permission.h"
#include "shapes/lambda/tag_resource.h"
#include "shapes/lambda/untag_resource.h"
#include "shapes/lambda/update_alias.h"
#include "shapes/lambda/update_code_signing_config.h"
#include "shapes/lambda/update_event_source_mapping.h"
#include "shapes/lambda/update_function_code.h"
#include "shapes/lambda/update_function_configuration.h"
#include "shapes/lambda/update_function_event_invoke_config.h"
#include "shapes/lambda/update_function_url_config.h"
#include "wire/operation.h"

namespace millrace::lambda {

base::Task<Answer<PublishLayerVersionOutput>> publish_layer_version(Lambda& service,
                                                                    const wire::RequestContext& context,
                                                                    PublishLayerVersionInput input);
base::Task<Answer<GetLayerVersionOutput>> get_layer_version(Lambda& service,
                                                            const wire::RequestContext& context,
                                                            GetLayerVersionInput input);
base::Task<Answer<GetLayerVersionByArnOutput>> get_layer_version_by_arn(Lambda& service,
                                                                        const wire::RequestContext& context,
                                                                        GetLayerVersionByArnInput input);
base::Task<Answer<ListLayersOutput>> list_layers(Lambda& service, const wire::RequestContext& context,
                                                 ListLayersInput input);
base::Task<Answer<ListLayerVersionsOutput>> list_layer_versions(Lambda& service,
                                                                const wire::RequestContext& context,
                                                                ListLayerVersionsInput input);
base::Task<Answer<DeleteLayerVersionOutput>> delete_layer_version(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  DeleteLayerVersionInput input);
base::Task<Answer<GetFunctionRecursionConfigOutput>> get_function_recursion_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionRecursionConfigInput input);
base::Task<Answer<PutFunctionRecursionConfigOutput>> put_function_recursion_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionRecursionConfigInput input);
base::Task<Answer<AddPermissionOutput>> add_permission(Lambda& service, const wire::RequestContext& context,
                                                       AddPermissionInput input);
base::Task<Answer<CreateAliasOutput>> create_alias(Lambda& service, const wire::RequestContext& context,
                                                   CreateAliasInput input);
base::Task<Answer<CreateFunctionOutput>> create_function(Lambda& service, const wire::RequestContext& context,
                                                         CreateFunctionInput input);
base::Task<Answer<CreateFunctionUrlConfigOutput>> create_function_url_config(
    Lambda& service, const wire::RequestContext& context, CreateFunctionUrlConfigInput input);
base::Task<Answer<DeleteAliasOutput>> delete_alias(Lambda& service, const wire::RequestContext& context,
                                                   DeleteAliasInput input);
base::Task<Answer<DeleteFunctionOutput>> delete_function(Lambda& service, const wire::RequestContext& context,
                                                         DeleteFunctionInput input);
base::Task<Answer<DeleteFunctionConcurrencyOutput>> delete_function_concurrency(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionConcurrencyInput input);
base::Task<Answer<DeleteFunctionEventInvokeConfigOutput>> delete_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionEventInvokeConfigInput input);
base::Task<Answer<DeleteFunctionUrlConfigOutput>> delete_function_url_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionUrlConfigInput input);
base::Task<Answer<GetAccountSettingsOutput>> get_account_settings(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  GetAccountSettingsInput input);
base::Task<Answer<GetAliasOutput>> get_alias(Lambda& service, const wire::RequestContext& context,
                                             GetAliasInput input);
base::Task<Answer<GetFunctionOutput>> get_function(Lambda& service, const wire::RequestContext& context,
                                                   GetFunctionInput input);
base::Task<Answer<GetFunctionConcurrencyOutput>> get_function_concurrency(Lambda& service,
                                                                          const wire::RequestContext& context,
                                                                          GetFunctionConcurrencyInput input);
base::Task<Answer<GetFunctionConfigurationOutput>> get_function_configuration(
    Lambda& service, const wire::RequestContext& context, GetFunctionConfigurationInput input);
base::Task<Answer<GetFunctionEventInvokeConfigOutput>> get_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionEventInvokeConfigInput input);
base::Task<Answer<GetFunctionUrlConfigOutput>> get_function_url_config(Lambda& service,
                                                                       const wire::RequestContext& context,
                                                                       GetFunctionUrlConfigInput input);
base::Task<Answer<GetPolicyOutput>> get_policy(Lambda& service, const wire::RequestContext& context,
                                               GetPolicyInput input);
base::Task<Answer<InvokeOutput>> invoke(Lambda& service, const wire::RequestContext& context,
                                        InvokeInput input);
base::Task<Answer<void>> invoke_with_response_stream(Lambda& service, const wire::RequestContext& context,
                                                     InvokeWithResponseStreamInput input,
                                                     wire::HttpCall& http);
base::Task<Answer<ListAliasesOutput>> list_aliases(Lambda& service, const wire::RequestContext& context,
                                                   ListAliasesInput input);
base::Task<Answer<ListFunctionUrlConfigsOutput>> list_function_url_configs(
    Lambda& service, const wire::RequestContext& context, ListFunctionUrlConfigsInput input);
base::Task<Answer<ListFunctionsOutput>> list_functions(Lambda& service, const wire::RequestContext& context,
                                                       ListFunctionsInput input);
base::Task<Answer<ListTagsOutput>> list_tags(Lambda& service, const wire::RequestContext& context,
                                             ListTagsInput input);
base::Task<Answer<ListVersionsByFunctionOutput>> list_versions_by_function(
    Lambda& service, const wire::RequestContext& context, ListVersionsByFunctionInput input);
base::Task<Answer<PublishVersionOutput>> publish_version(Lambda& service, const wire::RequestContext& context,
                                                         PublishVersionInput input);
base::Task<Answer<PutFunctionConcurrencyOutput>> put_function_concurrency(Lambda& service,
                                                                          const wire::RequestContext& context,
                                                                          PutFunctionConcurrencyInput input);
base::Task<Answer<PutFunctionEventInvokeConfigOutput>> put_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionEventInvokeConfigInput input);
base::Task<Answer<RemovePermissionOutput>> remove_permission(Lambda& service,
                                                             const wire::RequestContext& context,
                                                             RemovePermissionInput input);
base::Task<Answer<TagResourceOutput>> tag_resource(Lambda& service, const wire::RequestContext& context,
                                                   TagResourceInput input);
base::Task<Answer<UntagResourceOutput>> untag_resource(Lambda& service, const wire::RequestContext& context,
                                                       UntagResourceInput input);
base::Task<Answer<UpdateAliasOutput>> update_alias(Lambda& service, const wire::RequestContext& context,
                                                   UpdateAliasInput input);
base::Task<Answer<UpdateFunctionCodeOutput>> update_function_code(Lambda& service,
                                                                  const wire::RequestContext& context,
                                                                  UpdateFunctionCodeInput input);
base::Task<Answer<UpdateFunctionConfigurationOutput>> update_function_configuration(
    Lambda& service, const wire::RequestContext& context, UpdateFunctionConfigurationInput input);
base::Task<Answer<UpdateFunctionEventInvokeConfigOutput>> update_function_event_invoke_config(
    Lambda& service, const wire::RequestContext& context, UpdateFunctionEventInvokeConfigInput input);
base::Task<Answer<UpdateFunctionUrlConfigOutput>> update_function_url_config(
    Lambda& service, const wire::RequestContext& context, UpdateFunctionUrlConfigInput input);

base::Task<Answer<CreateEventSourceMappingOutput>> create_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, CreateEventSourceMappingInput input);
base::Task<Answer<DeleteEventSourceMappingOutput>> delete_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, DeleteEventSourceMappingInput input);
base::Task<Answer<GetEventSourceMappingOutput>> get_event_source_mapping(Lambda& service,
                                                                         const wire::RequestContext& context,
                                                                         GetEventSourceMappingInput input);
base::Task<Answer<ListEventSourceMappingsOutput>> list_event_source_mappings(
    Lambda& service, const wire::RequestContext& context, ListEventSourceMappingsInput input);
base::Task<Answer<UpdateEventSourceMappingOutput>> update_event_source_mapping(
    Lambda& service, const wire::RequestContext& context, UpdateEventSourceMappingInput input);
base::Task<Answer<PutProvisionedConcurrencyConfigOutput>> put_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, PutProvisionedConcurrencyConfigInput input);
base::Task<Answer<GetProvisionedConcurrencyConfigOutput>> get_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, GetProvisionedConcurrencyConfigInput input);
base::Task<Answer<ListProvisionedConcurrencyConfigsOutput>> list_provisioned_concurrency_configs(
    Lambda& service, const wire::RequestContext& context, ListProvisionedConcurrencyConfigsInput input);
base::Task<Answer<DeleteProvisionedConcurrencyConfigOutput>> delete_provisioned_concurrency_config(
    Lambda& service, const wire::RequestContext& context, DeleteProvisionedConcurrencyConfigInput input);
base::Task<Answer<AddLayerVersionPermissionOutput>> add_layer_version_permission(
    Lambda& service, const wire::RequestContext& context, AddLayerVersionPermissionInput input);
base::Task<Answer<GetLayerVersionPolicyOutput>> get_layer_version_policy(Lambda& service,
                                                                         const wire::RequestContext& context,
                                                                         GetLayerVersionPolicyInput input);
base::Task<Answer<RemoveLayerVersionPermissionOutput>> remove_layer_version_permission(
    Lambda& service, const wire::RequestContext& context, RemoveLayerVersionPermissionInput input);
base::Task<Answer<PutRuntimeManagementConfigOutput>> put_runtime_management_config(
    Lambda& service, const wire::RequestContext& context, PutRuntimeManagementConfigInput input);
base::Task<Answer<GetRuntimeManagementConfigOutput>> get_runtime_management_config(
    Lambda& service, const wire::RequestContext& context, GetRuntimeManagementConfigInput input);
base::Task<Answer<ListFunctionEventInvokeConfigsOutput>> list_function_event_invoke_configs(
    Lambda& service, const wire::RequestContext& context, ListFunctionEventInvokeConfigsInput input);
base::Task<Answer<InvokeAsyncOutput>> invoke_async(Lambda& service, const wire::RequestContext& context,
                                                   InvokeAsyncInput input);
base::Task<Answer<CreateCodeSigningConfigOutput>> create_code_signing_config(
    Lambda& service, const wire::RequestContext& context, CreateCodeSigningConfigInput input);
base::Task<Answer<GetCodeSigningConfigOutput>> get_code_signing_config(Lambda& service,
                                                                       const wire::RequestContext& context,
                                                                       GetCodeSigningConfigInput input);
base::Task<Answer<UpdateCodeSigningConfigOutput>> update_code_signing_config(
    Lambda& service, const wire::RequestContext& context, UpdateCodeSigningConfigInput input);
base::Task<Answer<DeleteCodeSigningConfigOutput>> delete_code_signing_config(
    Lambda& service, const wire::RequestContext& context, DeleteCodeSigningConfigInput input);
base::Task<Answer<ListCodeSigningConfigsOutput>> list_code_signing_configs(
    Lambda& service, const wire::RequestContext& context, ListCodeSigningConfigsInput input);
base::Task<Answer<ListFunctionsByCodeSigningConfigOutput>> list_functions_by_code_signing_config(
    Lambda& service, const wire::RequestContext& context, ListFunctionsByCodeSigningConfigInput input);
base::Task<Answer<PutFunctionCodeSigningConfigOutput>> put_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionCodeSigningConfigInput input);
base::Task<Answer<GetFunctionCodeSigningConfigOutput>> get_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionCodeSigningConfigInput input);
base::Task<Answer<DeleteFunctionCodeSigningConfigOutput>> delete_function_code_signing_config(
    Lambda& service, const wire::RequestContext& context, DeleteFunctionCodeSigningConfigInput input);
base::Task<Answer<GetFunctionScalingConfigOutput>> get_function_scaling_config(
    Lambda& service, const wire::RequestContext& context, GetFunctionScalingConfigInput input);
base::Task<Answer<PutFunctionScalingConfigOutput>> put_function_scaling_config(
    Lambda& service, const wire::RequestContext& context, PutFunctionScalingConfigInput input);

// The service with its table. `service` must outlive the entry.
wire::ServiceEntry operations(Lambda& service);

}  // namespace millrace::lambda

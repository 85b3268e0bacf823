// Code signing configurations: who may have signed a package, and what to do with one that nobody of them did. They are kept,
// attached to functions and returned; signatures themselves are not looked at here (docs/guides/lambda.md says so).
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
//
// A configuration is a document of kind "lambda.code-signing-config"; which one a function has is a document of kind
// "lambda.code-signing", so that attaching and deleting one see each other in the catalog.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/lambda/lambda.h"
#include "shapes/lambda/types/code_signing_config.h"

namespace millrace::lambda {

struct CodeSigningRecord {
  std::string arn;
  std::string description;
  std::vector<std::string> publishers;  // ARNs of versions of signing profiles
  std::string on_untrusted = "Warn";    // or Enforce
  std::string modified;                 // as AWS shows it
  TextMap tags;

  std::string id() const { return arn.substr(arn.rfind(':') + 1); }
};

std::string encode_code_signing(const CodeSigningRecord& record);
std::optional<CodeSigningRecord> decode_code_signing(std::string_view document);
CodeSigningConfig describe_code_signing(const CodeSigningRecord& record);

// `arn` matches the model's pattern.
catalog::ResourceKey code_signing_key(std::string_view arn);
// Holds the ARN of the one that the function has.
catalog::ResourceKey attached_code_signing_key(const FunctionName& name);

struct StoredCodeSigning {
  CodeSigningRecord record;
  catalog::Revision revision = 0;
};
// Not there: ResourceNotFoundException.
base::Task<Answer<StoredCodeSigning>> load_code_signing(Lambda& service, std::string arn);
// Reads, changes, writes if nobody else did meanwhile, again after a conflict.
using CodeSigningEdit = std::function<std::optional<wire::ServiceError>(CodeSigningRecord&)>;
base::Task<Answer<CodeSigningRecord>> change_code_signing(Lambda& service, std::string arn,
                                                          CodeSigningEdit edit);

// What gives the function this configuration: the two changes are to be applied together, and fail with kChanged when it was deleted
// meanwhile. Not there: CodeSigningConfigNotFoundException.
base::Task<Answer<std::vector<catalog::Change>>> attach_code_signing(Lambda& service, FunctionName name,
                                                                     std::string arn);
// ARNs of the functions that have it, by name.
base::Task<Answer<std::vector<std::string>>> functions_with_code_signing(Lambda& service, std::string arn);

}  // namespace millrace::lambda

// The environment variables of a sandbox. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
#pragma once

#include <map>
#include <string>

#include "runtime/function_spec.h"
#include "runtime/runtime.h"

namespace millrace::runtime {

using Environment = std::map<std::string, std::string>;

struct Placement {
  std::string task_root;  // where the code is: LAMBDA_TASK_ROOT
  std::string opt;        // merged layers, or empty
  std::string log_stream;
};

// What a process gets before it is known which function it will run: nothing that names or belongs to anyone.
Environment generic_environment();
// The whole environment of a function: AWS's variables, the function's own (which may not replace reserved ones), credentials.
Environment function_environment(const FunctionSpec& function, const Placement& placement,
                                 const RuntimeOptions& options, const Credentials& credentials);

// What a room gets for it; `placement` names folders of the machine.
RoomContents contents_of(const FunctionSpec& function, const Placement& placement,
                         const RuntimeOptions& options);

// 20 for "nodejs20.x"; 0 when it is no Node runtime.
int node_major(const std::string& runtime_id);
// 12 for "python3.12"; 0 when it is no Python 3 runtime.
int python_minor(const std::string& runtime_id);

}  // namespace millrace::runtime

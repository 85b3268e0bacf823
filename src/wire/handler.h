// How rooms of services declare their operations' handlers: shapes are declared only, so that who needs one includes its header and
// a new operation rebuilds nothing else. The room has an alias Answer<Output>.
#pragma once

#include "wire/context.h"

#define MILLRACE_HANDLER(Service, function, Operation)                                      \
  struct Operation##Input;                                                                  \
  struct Operation##Output;                                                                 \
  Answer<Operation##Output> function(Service& service, const wire::RequestContext& context, \
                                     Operation##Input input)

// Finding function URL configurations in the catalog.
#pragma once

#include "services/lambda/lambda.h"
#include "services/lambda/url_record.h"

namespace millrace::lambda {

struct StoredUrl {
  UrlRecord url;
  catalog::Revision revision = 0;
};

// Not found: AWS's error, also when there is no such function.
base::Task<Answer<StoredUrl>> load_url(Lambda& service, FunctionName name);

}  // namespace millrace::lambda

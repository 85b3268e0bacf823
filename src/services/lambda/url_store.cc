#include "services/lambda/url_store.h"

#include "shapes/lambda/errors.h"

namespace millrace::lambda {

base::Task<Answer<StoredUrl>> load_url(Lambda& service, FunctionName name) {
  auto found = co_await service.get(url_key(name));
  if (!found) co_return base::fail(std::move(found.error()));
  if (!*found)
    co_return base::fail(resource_not_found_exception("The resource you requested does not exist."));
  std::optional<UrlRecord> url = decode_url((*found)->document);
  if (!url) co_return base::fail(service_exception("The stored function URL cannot be read."));
  co_return StoredUrl{std::move(*url), (*found)->revision};
}

}  // namespace millrace::lambda

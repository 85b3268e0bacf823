#include "server/composition.h"

#include <filesystem>
#include <future>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "engines/catalog/access_keys.h"
#include "engines/catalog/catalog.h"
#include "engines/object/objects.h"
#include "engines/stream/retention.h"
#include "engines/stream/shards.h"
#include "engines/table/tables.h"
#include "engines/telemetry/metric_store.h"
#include "net/server.h"
#include "server/authenticator.h"
#include "server/data_folder.h"
#include "server/functions.h"
#include "server/io_threads.h"
#include "server/system_routes.h"
#include "services/cloudwatch/operations.h"
#include "services/dynamodb/dynamodb.h"
#include "services/dynamodb/table_meters.h"
#include "services/dynamodb/transfer_work.h"
#include "services/dynamodbstreams/dynamodbstreams.h"
#include "services/lambda/operations.h"
#include "services/lambda/pages.h"
#include "services/lambda/provisioned.h"
#include "services/logs/embedded_metrics.h"
#include "services/logs/operations.h"
#include "wire/dispatch.h"

namespace millrace::server {
namespace {

// Runs a task on `context` and waits for it; for start and stop, on the main thread.
template <class T>
T wait_for(boost::asio::io_context& context, base::Task<T> task) {
  return boost::asio::co_spawn(context, std::move(task), boost::asio::use_future).get();
}

base::Task<std::unique_ptr<Functions>> make_functions(FunctionsWorld world) {
  co_return std::make_unique<Functions>(world);
}

// A service for a table that is only read: storage, and nothing in it.
template <class Service>
Service& unbound() {
  alignas(Service) static std::byte storage[sizeof(Service)];
  return reinterpret_cast<Service&>(storage);
}

// Owns the tasks that run beside requests, from start to stop.
class Background {
 public:
  void start(boost::asio::io_context& context, base::Task<> task) {
    running_.push_back(boost::asio::co_spawn(context, std::move(task), boost::asio::use_future));
  }
  void wait() {
    for (std::future<void>& task : running_)
      task.wait();
    running_.clear();
  }

 private:
  std::vector<std::future<void>> running_;
};

}  // namespace

// Members in the order they are made; each may use those above it.
struct Composition::Parts {
  explicit Parts(const ServeOptions& serve_options) : options(serve_options), io(serve_options.threads) {}

  const ServeOptions options;
  base::Registry metrics;
  std::unique_ptr<base::Clock> clock = base::make_system_clock();
  std::unique_ptr<base::Random> random = base::make_system_random();
  DataFolder folder;
  IoThreads io;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<catalog::AccessKeys> access_keys;
  std::unique_ptr<wire::Authenticator> trusting;
  std::unique_ptr<wire::Authenticator> verifying;
  std::unique_ptr<object::Objects> objects;
  std::unique_ptr<telemetry::MetricStore> metric_store;
  std::unique_ptr<table::Tables> tables;
  std::unique_ptr<dynamodb::TableMeters> table_meters;
  std::unique_ptr<dynamodb::DynamoDb> dynamodb;
  std::unique_ptr<dynamodbstreams::DynamoDbStreams> streams;
  std::string public_url;
  std::unique_ptr<Functions> functions;
  std::unique_ptr<dynamodb::TransferWork> transfer_work;
  wire::Services services;
  std::shared_ptr<logs::Subscriptions> log_subscriptions;
  std::shared_ptr<logs::MetricFilters> metric_filters;
  std::unique_ptr<logs::Logs> cloudwatch_logs;
  std::shared_ptr<cloudwatch::Alarms> alarms;
  std::unique_ptr<cloudwatch::CloudWatch> cloudwatch;
  std::unique_ptr<wire::Dispatcher> dispatcher;
  std::unique_ptr<net::Server> listener;
  Background background;

  base::Result<void, std::string> open_store();
  base::Result<void, std::string> load_keys();
  void make_services(runtime::Spawner& spawner);
  void make_dispatcher();
  base::Result<void, std::string> listen();
  base::Task<> every_minute(std::function<base::Task<>()> chore);
  base::Task<> trim_streams();
  base::Task<> expire_metrics();
  void start();
  void stop();

  std::atomic<bool> stopping{false};
};

base::Result<void, std::string> Composition::Parts::open_store() {
  auto prepared = prepare_data_folder(options.data_folder);
  if (!prepared) return base::fail(prepared.error());
  folder = *prepared;
  store::RocksOptions rocks;
  rocks.folder = folder.store;
  rocks.durability = options.durability;
  rocks.block_cache_bytes = options.cache_mb << 20;
  auto opened = store::open_rocks_store(rocks);
  if (!opened) return base::fail(opened.error().message);
  store = std::move(*opened);
  if (!wait_for(io.first(), stream::upgrade_streams(*store)))
    return base::fail(std::string("Cannot read the streams from the data folder."));
  catalog = std::make_unique<catalog::Catalog>(*store);
  return {};
}

base::Result<void, std::string> Composition::Parts::load_keys() {
  auto opened = wait_for(io.first(), catalog::AccessKeys::open(*catalog, *random, options.account));
  if (!opened) return base::fail(std::string("Cannot read the access keys from the data folder."));
  access_keys = std::move(*opened);
  const AuthenticatorParts parts{*clock, *access_keys, options.account, options.region};
  trusting = make_trusting_authenticator(parts);
  verifying = make_verifying_authenticator(parts);
  return {};
}

void Composition::Parts::make_services(runtime::Spawner& spawner) {
  metric_store = std::make_unique<telemetry::MetricStore>(*store, *clock);
  if (!wait_for(io.first(), metric_store->load()))
    base::log(base::LogLevel::kError, "the metrics cannot be read from the data folder");
  objects = std::make_unique<object::Objects>(folder.objects, *store, *clock, options.durability);
  const table::ShardRules shards{options.stream_shard_units,
                                 std::chrono::seconds(options.stream_shard_seconds)};
  tables = std::make_unique<table::Tables>(*store, *clock, table::TablesOptions{options.throttle, shards});
  table_meters = std::make_unique<dynamodb::TableMeters>(
      dynamodb::TableMeters::World{*metric_store, *clock, metrics, options.account, options.region});
  tables->on_expired([this](const table::TableDefinition& table, std::size_t items) {
    table_meters->expired(table, items);
  });
  dynamodb =
      std::make_unique<dynamodb::DynamoDb>(dynamodb::DynamoDb{*tables, *clock, *random, table_meters.get()});
  services.add(dynamodb::operations(*dynamodb));
  streams =
      std::make_unique<dynamodbstreams::DynamoDbStreams>(dynamodbstreams::DynamoDbStreams{*store, *clock});
  services.add(dynamodbstreams::operations(*streams));
  FunctionsWorld world{options,      folder, public_url, io,      *store,  *catalog,      *objects,
                       *access_keys, *clock, *random,    metrics, spawner, *metric_store, *verifying};
  functions = wait_for(io.first(), make_functions(world));
  services.add(lambda::operations(functions->lambda()));
  transfer_work = std::make_unique<dynamodb::TransferWork>(
      dynamodb::TransferWork::World{*tables, *objects, functions->logs(), *clock});
  dynamodb->transfer_work = transfer_work.get();
  log_subscriptions =
      std::make_shared<logs::Subscriptions>(logs::Subscriptions::World{*catalog, services, *clock, *random});
  if (!wait_for(io.first(), log_subscriptions->load()))
    base::log(base::LogLevel::kError,
              "the subscription filters of log groups cannot be read from the data folder");
  functions->logs().tap(log_subscriptions);
  metric_filters = std::make_shared<logs::MetricFilters>(*catalog, *metric_store);
  if (!wait_for(io.first(), metric_filters->load()))
    base::log(base::LogLevel::kError, "the metric filters of log groups cannot be read from the data folder");
  functions->logs().tap(metric_filters);
  functions->logs().tap(std::make_shared<logs::EmbeddedMetrics>(*metric_store));
  cloudwatch_logs = std::make_unique<logs::Logs>(functions->logs(), *clock, *random, services,
                                                 log_subscriptions, metric_filters);
  services.add(logs::operations(*cloudwatch_logs));
  alarms =
      std::make_shared<cloudwatch::Alarms>(cloudwatch::Alarms::World{*catalog, services, *clock, *random});
  if (!wait_for(io.first(), alarms->load()))
    base::log(base::LogLevel::kError, "the alarms cannot be read from the data folder");
  cloudwatch =
      std::make_unique<cloudwatch::CloudWatch>(cloudwatch::CloudWatch{*metric_store, *clock, alarms});
  services.add(cloudwatch::operations(*cloudwatch), &cloudwatch::protocols());
}

void Composition::Parts::make_dispatcher() {
  const wire::Authenticator& authenticator = options.auth == AuthMode::kEnforce ? *verifying : *trusting;
  wire::DispatchOptions dispatch;
  dispatch.default_region = options.region;
  dispatcher = std::make_unique<wire::Dispatcher>(
      wire::DispatchParts{services, authenticator, *clock, *random, metrics}, dispatch);
  dispatcher->add_route(system_routes(metrics));
  dispatcher->add_route(functions->urls().hook());
  lambda::PagesOptions pages{options.account, options.region, options.auth == AuthMode::kAny};
  dispatcher->add_route(lambda::lambda_pages(functions->lambda(), functions->logs(), std::move(pages)));
}

base::Result<void, std::string> Composition::Parts::listen() {
  net::Handler handler = [this](net::Exchange& exchange) { return dispatcher->handle(exchange); };
  auto listening =
      net::listen_http(io.contexts(), options.bind_address, options.port, std::move(handler), {}, metrics);
  if (listening) {
    listener = std::move(*listening);
    // What functions and clients on this machine are told; every-address listeners are reached by loopback.
    const bool v6 = options.bind_address.find(':') != std::string::npos;
    const bool any = options.bind_address == "0.0.0.0" || options.bind_address == "::";
    const std::string host = any ? "127.0.0.1" : v6 ? "[" + options.bind_address + "]" : options.bind_address;
    public_url = fmt::format("http://{}:{}", host, listener->port());
    return {};
  }
  switch (listening.error().kind) {
    case net::ListenError::Kind::kAddressInUse:
      return base::fail(fmt::format(
          "Port {} is in use. Stop the program that has it, or choose another with --port.", options.port));
    case net::ListenError::Kind::kNotPermitted:
      return base::fail(fmt::format("This user may not listen on port {}. Choose one above 1023 with --port.",
                                    options.port));
    case net::ListenError::Kind::kAddressUnavailable:
      return base::fail(
          fmt::format("{} is no address of this machine. Choose another with --bind.", options.bind_address));
    case net::ListenError::Kind::kOther:
      break;
  }
  return base::fail(fmt::format("Cannot listen on {} port {}: {}", options.bind_address, options.port,
                                listening.error().message));
}

// Does `chore` once a minute. Ends within a second of `stopping`: nobody need hold a handle to wake it.
base::Task<> Composition::Parts::every_minute(std::function<base::Task<>()> chore) {
  while (!stopping) {
    co_await chore();
    for (int second = 0; second < 60 && !stopping; ++second)
      co_await clock->sleep_for(std::chrono::seconds(1));
  }
}

base::Task<> Composition::Parts::trim_streams() {
  co_await stream::trim_expired(*store, clock->now());
}

// Once an hour of the every-minute chores: nothing is kept for less than three hours.
base::Task<> Composition::Parts::expire_metrics() {
  if (base::unix_seconds(clock->now()) / 60 % 60 == 0) co_await metric_store->expire();
}

void Composition::Parts::start() {
  background.start(io.first(), tables->run());
  background.start(io.first(), transfer_work->run());
  background.start(io.first(), every_minute([this] { return trim_streams(); }));
  background.start(io.first(), functions->logs().run());
  background.start(io.first(), log_subscriptions->run());
  background.start(io.first(), metric_store->run());
  background.start(io.first(), table_meters->run());
  background.start(io.first(), alarms->run(*cloudwatch));
  background.start(io.first(), every_minute([this] { return expire_metrics(); }));
  background.start(io.first(), every_minute([this] { return functions->logs().expire(); }));
  background.start(io.first(), lambda::apply_provisioned(functions->lambda()));
  background.start(io.first(), functions->async_invocations().run());
  background.start(io.first(), functions->triggers().run());
  listener->start();
}

// The reverse of making: no new requests, then nobody who makes work, then what the work stands on.
void Composition::Parts::stop() {
  if (cloudwatch_logs) cloudwatch_logs->stopping = true;
  if (listener) wait_for(io.first(), listener->drain(std::chrono::seconds(options.drain_seconds)));
  stopping = true;
  if (functions) {
    wait_for(io.first(), functions->triggers().stop(std::chrono::seconds(options.drain_seconds)));
    functions->async_invocations().stop();
    wait_for(io.first(), functions->stop_runtime(std::chrono::seconds(options.drain_seconds)));
    functions->logs().stop();
  }
  if (alarms) alarms->stop();
  if (table_meters) {
    table_meters->stop();
    table_meters->flush();
  }
  if (metric_store) metric_store->stop();
  if (transfer_work) transfer_work->stop();
  if (log_subscriptions) log_subscriptions->stop();
  if (tables) tables->stop();
  background.wait();
  if (log_subscriptions)
    wait_for(io.first(), log_subscriptions->flush());  // of the last lines that were written
  if (store) store->stop();
  // A handler may still be on its way out of a member, having resumed the task that was waited for above.
  io.stop();
}

Composition::Composition(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Composition::~Composition() {
  parts_->stop();
}

base::Result<std::unique_ptr<Composition>, std::string> Composition::make(const ServeOptions& options,
                                                                          runtime::Spawner& spawner) {
  auto made = std::unique_ptr<Composition>(new Composition(std::make_unique<Parts>(options)));
  Parts& parts = *made->parts_;
  if (auto opened = parts.open_store(); !opened) return base::fail(opened.error());
  if (auto loaded = parts.load_keys(); !loaded) return base::fail(loaded.error());
  if (auto listening = parts.listen(); !listening) return base::fail(listening.error());
  parts.make_services(spawner);
  parts.make_dispatcher();
  parts.start();
  return made;
}

std::uint16_t Composition::port() const {
  return parts_->listener->port();
}
const std::optional<catalog::AccessKey>& Composition::first_key() const {
  return parts_->access_keys->first_key();
}

std::string list_operations() {
  wire::Services services;
  services.add(dynamodb::operations(unbound<dynamodb::DynamoDb>()));
  services.add(dynamodbstreams::operations(unbound<dynamodbstreams::DynamoDbStreams>()));
  services.add(lambda::operations(unbound<lambda::Lambda>()));
  services.add(logs::operations(unbound<logs::Logs>()));
  services.add(cloudwatch::operations(unbound<cloudwatch::CloudWatch>()));
  std::string text;
  for (const auto& row : services.list()) {
    text += fmt::format("{} {} {}\n", row.service, row.operation, row.implemented ? "implemented" : "open");
  }
  return text;
}

}  // namespace millrace::server

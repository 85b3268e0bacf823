#include "services/dynamodb/transfer_work.h"

#include "base/log.h"

namespace millrace::dynamodb {
namespace {

using table::TableResult;
using table::TransferKind;

constexpr std::chrono::seconds kRound{1};
constexpr std::chrono::hours kForgetRound{1};
constexpr std::chrono::hours kKept{24 * 90};

}  // namespace

TransferWork::TransferWork(World world, ExportOptions exports, ImportOptions imports)
    : world_(world),
      import_options_(imports),
      exports_({world.tables.transfers(), world.objects, world.clock, stopping_}, exports) {}

TransferWork::~TransferWork() = default;

void TransferWork::wake() {
  bell_.ring();
}

void TransferWork::stop() {
  stopping_ = true;
  wake();
}

base::Task<> TransferWork::run() {
  co_await bell_.open();
  base::SteadyTime forget_next = world_.clock.steady_now();
  while (!stopping_) {
    auto idle = co_await round();
    if (!idle && !stopping_)
      base::log(base::LogLevel::kWarning,
                "dynamodb: work on exports or imports failed; it will be tried again");
    if (idle && !*idle) continue;
    if (world_.clock.steady_now() >= forget_next) {
      static_cast<void>(co_await world_.tables.transfers().forget(world_.clock.now() - kKept));
      forget_next = world_.clock.steady_now() + kForgetRound;
    }
    if (stopping_) break;
    co_await bell_.wait_for(world_.clock, kRound);
  }
  imports_.clear();
  bell_.close();
}

base::Task<TableResult<bool>> TransferWork::round() {
  bool idle = true;
  auto exports = co_await world_.tables.transfers().under_way(TransferKind::kExport);
  if (!exports) co_return base::fail(std::move(exports.error()));
  for (table::Transfer& transfer : *exports) {
    if (stopping_) co_return true;
    auto done = co_await exports_.step(std::move(transfer));
    if (!done) co_return base::fail(std::move(done.error()));
    idle = idle && *done;
  }
  auto imports = co_await world_.tables.transfers().under_way(TransferKind::kImport);
  if (!imports) co_return base::fail(std::move(imports.error()));
  for (table::Transfer& transfer : *imports) {
    if (stopping_) co_return true;
    auto done = co_await import_step(std::move(transfer));
    if (!done) co_return base::fail(std::move(done.error()));
    idle = idle && *done;
  }
  co_return idle;
}

base::Task<TableResult<bool>> TransferWork::import_step(table::Transfer transfer) {
  const std::string arn = table::transfer_arn(transfer.name);
  std::unique_ptr<ImportWork>& work = imports_[arn];
  if (!work) {
    const ImportWork::World world{world_.tables.transfers(), world_.objects, world_.logs, world_.clock};
    work = std::make_unique<ImportWork>(world, import_options_, std::move(transfer));
  }
  auto done = co_await work->step();
  if (!done || *done) imports_.erase(arn);
  co_return done;
}

}  // namespace millrace::dynamodb

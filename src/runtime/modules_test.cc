// What functions find without bundling it: the SDK of their runtime, layers; and where their AWS calls go.
#include <filesystem>
#include <fstream>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/runtime_testing.h"

namespace millrace::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::Reply;
using testing::TemporaryFolder;
using testing::TestRuntime;

// Stands for an installed SDK: packages that export their own name.
void install(const std::string& folder, const std::string& package) {
  const fs::path path = fs::path(folder) / "node_modules" / package;
  fs::create_directories(path);
  std::ofstream(path / "package.json") << R"({"main":"index.js"})";
  std::ofstream(path / "index.js") << "exports.from = '" << package << " in "
                                   << fs::path(folder).filename().string() << "'";
}

class ModulesTest : public ::testing::Test {
 protected:
  ModulesTest() {
    install(sdk.path() + "/v2", "aws-sdk");
    install(sdk.path() + "/v3", "@aws-sdk/client-dynamodb");
    runtime = std::make_unique<TestRuntime>([this](RuntimeOptions& options) {
      options.node_sdk_v2 = sdk.path() + "/v2";
      options.node_sdk_v3 = sdk.path() + "/v3";
      adjust(options);
    });
  }
  void adjust(RuntimeOptions& options) { options.endpoint = endpoint(); }
  std::string endpoint() { return "http://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()); }
  static std::function<void(FunctionSpec&)> as(const std::string& runtime_id) {
    return [runtime_id](FunctionSpec& spec) { spec.runtime_id = runtime_id; };
  }

  TemporaryFolder sdk;
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
  std::unique_ptr<TestRuntime> runtime;
};

TEST_F(ModulesTest, TheSdkOfTheRuntimeId) {
  const std::string v3 = "exports.handler = async () => require('@aws-sdk/client-dynamodb').from";
  const std::string v2 = "exports.handler = async () => require('aws-sdk').from";
  EXPECT_EQ(runtime->invoke(runtime->js(v3, as("nodejs18.x"))).body, "\"@aws-sdk/client-dynamodb in v3\"");
  EXPECT_EQ(runtime->invoke(runtime->js(v2, as("nodejs16.x"))).body, "\"aws-sdk in v2\"");
  const Reply wrong =
      runtime->invoke(runtime->js("require('aws-sdk'); exports.handler = async () => 1", as("nodejs18.x")));
  EXPECT_THAT(
      wrong.outcome.error_json,
      HasSubstr(
          R"({"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'aws-sdk')"));
  EXPECT_EQ(runtime->invoke(runtime->js(v3, as("nodejs16.x"))).outcome.failure, InvokeFailure::kHandled);
}

TEST_F(ModulesTest, ImportFindsItToo) {
  const auto esm = [this](const std::string& text, const std::string& id) {
    return runtime->invoke(runtime->function({{"index.mjs", text}}, as(id))).body;
  };
  EXPECT_EQ(esm("import { from } from '@aws-sdk/client-dynamodb'; export const handler = async () => from",
                "nodejs24.x"),
            "\"@aws-sdk/client-dynamodb in v3\"");
  EXPECT_EQ(esm("import sdk from 'aws-sdk'; export const handler = async () => sdk.from", "nodejs16.x"),
            "\"aws-sdk in v2\"");
}

TEST_F(ModulesTest, LayersComeBeforeTheSdk) {
  const auto layer = runtime->wait(runtime->code().put(
      testing::make_zip({{"nodejs/node_modules/@aws-sdk/client-dynamodb/index.js", "exports.from = 'layer'"},
                         {"nodejs/node_modules/extra/index.js", "exports.from = 'extra'"}}),
      CodeLayout::kPlain));
  ASSERT_TRUE(layer);
  const auto with_layer = [&](FunctionSpec& spec) { spec.layer_sha256 = {layer->sha256_hex}; };
  EXPECT_EQ(runtime
                ->invoke(runtime->js("exports.handler = async () => require('@aws-sdk/client-dynamodb').from "
                                     "+ require('extra').from",
                                     with_layer))
                .body,
            "\"layerextra\"");
  EXPECT_EQ(runtime
                ->invoke(runtime->function(
                    {{"index.mjs",
                      "import extra from 'extra'; import sdk from '@aws-sdk/client-dynamodb';"
                      "export const handler = async () => sdk.from + extra.from"}},
                    with_layer))
                .body,
            "\"layerextra\"");
}

TEST_F(ModulesTest, RequestsToAwsHostsComeToTheServer) {
  const auto function = runtime->js(
      "exports.handler = () => new Promise((resolve, reject) => require('https').request({ host: "
      "'dynamodb.us-east-1.amazonaws.com', port: 443, method: 'POST',"
      "path: '/', headers: { 'X-Amz-Target': 'T' } }, (answer) => { let text = ''; answer.on('data', (d) => "
      "(text += d)).on('end', () => resolve(text)) })"
      ".on('error', reject).end('{}'))");
  std::string request;
  std::thread server([&] {
    boost::asio::ip::tcp::socket socket = acceptor.accept();
    boost::asio::streambuf buffer;
    boost::asio::read_until(socket, buffer, "\r\n\r\n");
    request.assign(boost::asio::buffers_begin(buffer.data()), boost::asio::buffers_end(buffer.data()));
    boost::asio::write(
        socket, boost::asio::buffer(
                    std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlocal")));
  });
  EXPECT_EQ(runtime->invoke(function).body, "\"local\"");
  server.join();
  EXPECT_THAT(request, HasSubstr("Host: dynamodb.us-east-1.amazonaws.com\r\n"));
}

}  // namespace
}  // namespace millrace::runtime

'use strict';
// The program a Node sandbox runs. It may be started before anyone knows for which function: it waits on its channel for INIT,
// takes on the function's environment, folder and handler, and then serves events one by one.
// Descriptors: 3 the channel, 4 the telemetry log. Contract: docs/design/0008-functions.md.

const { Channel, Type } = require('./lib/channel');
const Errors = require('./lib/errors');
const { patchConsole } = require('./lib/console');
const { beforeExit } = require('./lib/context');
const { loadHandler, describeHandler, markStreaming } = require('./lib/loader');
const { HttpResponseStream } = require('./lib/response_stream');
const { Runtime } = require('./lib/runtime');

const CHANNEL_FD = 3;
const TELEMETRY_FD = 4;

let runtime = null;
let logError = () => {};

function onFrame(type, payload) {
  if (type === Type.INVOKE) {
    runtime.invoke(payload);
  } else if (type === Type.CANCEL) {
    runtime?.cancel();
  } else if (type === Type.INIT) {
    init(JSON.parse(payload.toString())).catch((error) => {
      logError('Uncaught Exception', error);
      initFailed(error, 129);
    });
  }
}

const channel = new Channel(CHANNEL_FD, onFrame, () => process.exit(0));

// Started ahead, with time to spare: what nearly every function needs is loaded before anyone waits for it.
if (process.argv[2] === 'ahead') setImmediate(() => ['http', 'https', 'crypto', 'zlib'].forEach((name) => require(name)));

function initFailed(error, exitCode) {
  channel.sendText(Type.INIT_ERROR, JSON.stringify(Errors.errorDocument(error)), undefined, () => process.exit(exitCode));
}

// The whole environment is replaced, so that a process started ahead looks as if it had been started for this function.
function takeEnvironment(environment) {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  require('module').Module._initPaths(); // NODE_PATH
}

function majorOf(runtimeId) {
  const match = /^nodejs(\d+)/.exec(runtimeId);
  return match ? Number(match[1]) : Number(process.versions.node.split('.')[0]);
}

async function init({ environment, taskRoot, handler, runtimeId, endpoint, hookEsm }) {
  const major = majorOf(runtimeId);
  takeEnvironment(environment);
  process.chdir(taskRoot);
  logError = patchConsole({
    fd: TELEMETRY_FD,
    format: environment.AWS_LAMBDA_LOG_FORMAT,
    level: environment.AWS_LAMBDA_LOG_LEVEL,
  });
  if (endpoint) require('./lib/endpoint').redirectAws(endpoint);
  if (hookEsm) require('./lib/esm_paths').register(process.env.NODE_PATH);

  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    if (runtime) runtime.die(error, 129);
    else initFailed(error, 129);
  });
  process.on('unhandledRejection', (reason, promise) => {
    const error = new Errors.UnhandledPromiseRejection(reason, promise);
    logError('Unhandled Promise Rejection', error);
    if (runtime) runtime.die(error, 128);
    else initFailed(error, 128);
  });
  beforeExit.reset();
  process.on('beforeExit', beforeExit.call);

  if (!/^(1|true)$/.test(environment.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA ?? '')) {
    globalThis.awslambda = { streamifyResponse: markStreaming, HttpResponseStream };
    require('./lib/invoke_store').install(globalThis.awslambda);
  }
  const loaded = await loadHandler(taskRoot, handler, { defaultExport: major >= 24 });
  const description = describeHandler(loaded);
  checkCallbackStyle(description, major, environment);
  // Rejections of the module's own top level come to light first.
  await new Promise((resolve) => setImmediate(resolve));
  runtime = new Runtime({ channel, handler: loaded, description, callbacks: major < 24, exitIsError: major >= 20, logError });
  channel.sendText(Type.INIT_DONE, description.streaming ? 's' : 'b', process.resourceUsage().maxRSS);
}

function checkCallbackStyle({ streaming, isAsync, parameters }, major, environment) {
  if (streaming) return;
  if (major >= 24 && parameters >= 3) {
    throw new Errors.CallbackHandlerDeprecated(
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify ' +
        'this function to use a supported handler signature to use Node.js 24 or later. For more information see ' +
        'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  if (major >= 20 && parameters === 3 && !isAsync && environment.AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING === undefined) {
    console.warn(
      'AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to ' +
        'update this function to use an async handler to use Node.js 24 or later. For more information and to provide ' +
        'feedback on this change, see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable ' +
        'this warning, set the AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.',
    );
  }
}

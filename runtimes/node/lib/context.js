'use strict';
// The context object of an invocation, and the callback style of the runtimes up to nodejs22.x.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

const BEFORE_EXIT = Symbol.for('aws.lambda.beforeExit');
const nothing = () => {};
const beforeExit = {
  set: (listener) => (global[BEFORE_EXIT] = listener),
  reset: () => (global[BEFORE_EXIT] = nothing),
  call: () => global[BEFORE_EXIT](),
};

function parsed(text, name) {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`Cannot parse ${name} as json: ${error}`);
  }
}

// Adds what the environment and the invocation's head say to `target`.
function fillContext(target, head) {
  if (head.trace) process.env._X_AMZN_TRACE_ID = head.trace;
  else delete process.env._X_AMZN_TRACE_ID;
  const deadline = head.deadline;
  return Object.assign(target, {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(head.clientContext, 'ClientContext'),
    identity: parsed(head.identity, 'CognitoIdentity'),
    invokedFunctionArn: head.arn,
    awsRequestId: head.id,
    tenantId: head.tenant,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
}

// A context whose callbackWaitsForEmptyEventLoop can be read back through waits().
function waitingContext() {
  let waits = true;
  const context = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
  };
  return { context, waits: () => waits };
}

// The callback of the older handler styles, with context.succeed, fail and done: the first call of any counts. `complete(result)` and
// `fail(error)` report the outcome.
function callbackStyle({ complete, fail }) {
  const { context, waits } = waitingContext();
  const isError = (error) => error !== undefined && error !== null;
  let called = false;
  const once =
    (call) =>
    (...values) => {
      if (called) return;
      called = true;
      beforeExit.reset();
      call(...values);
    };
  const done = (error, result) => (isError(error) ? fail(error) : complete(result));
  context.succeed = once((result) => done(null, result));
  context.fail = once((error) => done(isError(error) ? error : 'handled', null));
  context.done = once(done);
  const callback = once((error, result) => {
    if (isError(error)) return fail(error);
    if (!waits()) return complete(result);
    beforeExit.set(() => setImmediate(complete, result));
  });
  return { callback, context };
}

module.exports = { beforeExit, fillContext, waitingContext, callbackStyle };

'use strict';
// The invocation loop: one event at a time, three handler styles, and what happens when a handler fails in each of the ways
// it can. Behaviour follows aws-lambda-ric 3 (up to nodejs22.x) and 4 (nodejs24.x).

const { Type } = require('./channel');
const Errors = require('./errors');
const { setRequestId, setTenantId } = require('./console');
const { beforeExit, fillContext, waitingContext, callbackStyle } = require('./context');
const { ResponseStream } = require('./response_stream');

const isPromise = (value) => typeof value?.then === 'function';
const memory = () => process.resourceUsage().maxRSS;

function serialized(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

class Runtime {
  // `callbacks`: whether this runtime id still has callback handlers; `exitIsError`: whether an async handler whose promise cannot
  // settle is an error (older runtimes answered null).
  constructor({ channel, handler, description, callbacks, exitIsError, logError }) {
    this.channel = channel;
    this.handler = handler;
    this.description = description;
    this.callbacks = callbacks;
    this.exitIsError = exitIsError;
    this.logError = logError;
    this.stream = null;
    this.current = null; // token of the invocation whose outcome was not reported yet
  }

  // payload: u32 length of the head, head as JSON, the event.
  invoke(payload) {
    const headEnd = 4 + payload.readUInt32BE(0);
    const head = JSON.parse(payload.toString('utf8', 4, headEnd));
    const event = payload.toString('utf8', headEnd);
    setRequestId(head.id);
    setTenantId(head.tenant);
    this.current = {};
    if (this.description.streaming) this.runStreaming(head, event);
    else this.runBuffered(head, event);
  }

  cancel() {
    if (this.stream && this.current) {
      this.current = null;
      this.stream.cancel();
    }
  }

  // --- buffered -----------------------------------------------------------------------------------------------------

  runBuffered(head, event) {
    const token = this.current; // a late callback of this invocation must not answer the next one
    const complete = (result) => this.complete(token, result);
    const failed = (error) => this.fail(token, error);
    this.channel.unref();
    const { callback, context } = this.callbacks ? callbackStyle({ complete, fail: failed }) : { context: {} };
    beforeExit.set(() => this.loopRanEmpty(token));
    try {
      const argument = JSON.parse(event);
      const full = fillContext(context, head);
      const result = this.callbacks ? this.handler(argument, full, callback) : this.handler(argument, full);
      if (isPromise(result)) {
        const succeed = this.callbacks ? context.succeed : complete;
        const fail = this.callbacks ? context.fail : failed;
        result.then(succeed, fail).catch(failed);
      } else if (!this.callbacks) {
        complete(result);
      }
    } catch (error) {
      if (callback) callback(error);
      else failed(error);
    }
  }

  complete(token, result) {
    if (token !== this.current) {
      console.error(
        'Invocation has already been reported as done. Cannot call complete more than once per invocation.',
      );
      return;
    }
    const text = serialized(result);
    this.report(Type.RESPONSE, text);
  }

  fail(token, error) {
    this.logError('Invoke Error', error);
    if (token === this.current) this.report(Type.ERROR, serialized(Errors.errorDocument(error)));
  }

  // Both frames also mean "ready for the next event".
  report(type, text) {
    this.current = null;
    beforeExit.reset();
    this.channel.ref();
    this.channel.sendText(type, text, memory());
  }

  // Nothing is left to run and the handler has not answered: an async handler waits for a promise that cannot settle; any other
  // has simply returned.
  loopRanEmpty(token) {
    if (token !== this.current) return;
    if (this.exitIsError && (this.description.isAsync || !this.callbacks)) this.fail(token, new Errors.NodeJsExit());
    else this.complete(token, null);
  }

  // --- streaming ----------------------------------------------------------------------------------------------------

  async runStreaming(head, event) {
    // The channel stays referenced while the answer is open: a handler that forgets end() hangs until its timeout.
    const stream = new ResponseStream(this.channel, memory, this.description.highWaterMark);
    const finished = new Promise((resolve) => stream.once('finish', resolve).once('close', resolve));
    const { context, waits } = this.callbacks ? waitingContext() : { context: {}, waits: () => false };
    this.stream = stream;
    beforeExit.reset();
    const fail = (error) => {
      this.logError('Invoke Error', error);
      stream.fail(error);
    };
    try {
      const returned = this.handler(JSON.parse(event), stream, fillContext(context, head));
      if (isPromise(returned)) {
        if ((await returned) !== undefined) console.warn('Streaming handlers ignore return values.');
        await finished;
        if (!stream.writableFinished) fail('Response stream is not finished.');
      } else {
        fail('Streaming does not support non-async handlers.');
      }
    } catch (error) {
      fail(error);
    }
    await finished;
    this.current = null;
    this.stream = null;
    this.nextWhenIdle(waits());
  }

  nextWhenIdle(waitForEmptyLoop) {
    const next = () => {
      beforeExit.reset();
      this.channel.ref();
      this.channel.sendText(Type.NEXT, '', memory());
    };
    if (!waitForEmptyLoop) return next();
    this.channel.unref();
    beforeExit.set(() => setImmediate(next));
  }

  // --- errors outside the handler's call ----------------------------------------------------------------------------

  // Reports `error` for the running invocation, if any, and ends the process.
  die(error, exitCode) {
    const exit = () => process.exit(exitCode);
    if (!this.current) return exit();
    this.current = null;
    const text = serialized(Errors.errorDocument(error));
    this.channel.sendText(Type.FATAL, text, memory(), exit);
  }
}

module.exports = { Runtime };

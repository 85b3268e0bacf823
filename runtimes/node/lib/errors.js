'use strict';
// Errors of the runtime itself, and the JSON document that AWS makes of any thrown value.

const util = require('util');

class RuntimeError extends Error {
  get name() {
    return `Runtime.${this.constructor.name}`;
  }
}
class ImportModuleError extends RuntimeError {}
class HandlerNotFound extends RuntimeError {}
class MalformedHandlerName extends RuntimeError {}
class UserCodeSyntaxError extends RuntimeError {}
class MalformedStreamingHandler extends RuntimeError {}
class InvalidStreamingOperation extends RuntimeError {}
class CallbackHandlerDeprecated extends RuntimeError {}
class NodeJsExit extends RuntimeError {
  constructor() {
    super(
      'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a ' +
        'Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    );
  }
}
class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}
// `name` is on the prototype so that the stack begins with it and it is not enumerable.
for (const kind of [
  ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError, MalformedStreamingHandler,
  InvalidStreamingOperation, CallbackHandlerDeprecated, NodeJsExit, UnhandledPromiseRejection,
]) {
  Object.defineProperty(kind.prototype, 'name', { value: `Runtime.${kind.name}`, writable: true, configurable: true });
}

const isText = (value) => typeof value === 'string' && value !== '';
const escapeDelete = (text) => (typeof text === 'string' ? text.replaceAll('\x7f', '%7F') : text);

// {errorType, errorMessage, trace} as the Runtime API wants it.
function errorDocument(error) {
  try {
    const errorLike = error && isText(error.name) && isText(error.message) && isText(error.stack);
    if (util.types.isNativeError(error) || errorLike) {
      return {
        errorType: escapeDelete(error.name),
        errorMessage: escapeDelete(error.message),
        trace: escapeDelete(error.stack).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

const toError = (value) => (value instanceof Error ? value : new Error(value));

// The text after "Invoke Error" and its like in a plain-text log: a tab and the error as JSON with its own properties.
function logText(error) {
  const expand = (_key, value) => {
    if (!(value instanceof Error)) return value;
    const plain = { errorType: value.name, errorMessage: value.message, code: value.code, ...value };
    if (typeof value.stack === 'string') plain.stack = value.stack.split('\n');
    return plain;
  };
  try {
    return '\t' + JSON.stringify(error, expand);
  } catch {
    return '\t' + JSON.stringify(errorDocument(error));
  }
}

module.exports = {
  ImportModuleError,
  HandlerNotFound,
  MalformedHandlerName,
  UserCodeSyntaxError,
  MalformedStreamingHandler,
  InvalidStreamingOperation,
  CallbackHandlerDeprecated,
  NodeJsExit,
  UnhandledPromiseRejection,
  errorDocument,
  toError,
  logText,
};

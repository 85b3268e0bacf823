'use strict';
// console.* as a function sees it on Lambda: one log event per call, in Text or JSON form, filtered by level, written to
// the telemetry descriptor in frames (16-byte header: type and level, length, microseconds; big endian) so that an event of
// many lines stays one event.

const fs = require('fs');
const util = require('util');
const { toError, logText } = require('./errors');

const REQUEST_ID = Symbol.for('aws.lambda.runtime.requestId');
const TENANT_ID = Symbol.for('aws.lambda.runtime.tenantId');
const FRAME_TEXT = 0xa55a0003;
const FRAME_JSON = 0xa55a0002;

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const levelMask = (level) => (LEVELS.indexOf(level) + 1) << 2;

function writeAll(fd, bytes) {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function writeFrame(fd, type, level, time, message) {
  const length = Buffer.byteLength(message);
  const frame = Buffer.allocUnsafe(16 + length);
  frame.writeUInt32BE((type | levelMask(level)) >>> 0, 0);
  frame.writeInt32BE(length, 4);
  frame.writeBigInt64BE(BigInt(time.getTime()) * 1000n, 8);
  frame.write(message, 16);
  writeAll(fd, frame);
}

const errorTypeOf = (error) => error?.constructor?.name ?? 'UnknownError';

function jsonEvent(time, level, params) {
  const event = { timestamp: time.toISOString(), level, requestId: global[REQUEST_ID] };
  const tenant = global[TENANT_ID];
  if (tenant !== undefined && tenant !== null) event.tenantId = tenant;
  if (params.length === 1) {
    event.message = params[0];
    const expand = (_key, value) =>
      value instanceof Error
        ? {
            errorType: errorTypeOf(value),
            errorMessage: value.message,
            stackTrace: typeof value.stack === 'string' ? value.stack.split('\n') : value.stack,
            ...value,
          }
        : value;
    try {
      return JSON.stringify(event, expand);
    } catch {
      event.message = util.format(params[0]);
      return JSON.stringify(event);
    }
  }
  event.message = util.format(...params);
  const error = params.find((param) => param instanceof Error);
  if (error) {
    event.errorType = errorTypeOf(error);
    event.errorMessage = error.message;
    event.stackTrace = typeof error.stack === 'string' ? error.stack.split('\n') : [];
  }
  return JSON.stringify(event);
}

// Replaces the console's methods; returns logError(title, error) for the runtime's own reports.
function patchConsole({ fd, format, level }) {
  const json = String(format).toUpperCase() === 'JSON';
  const lowest = Math.max(0, LEVELS.indexOf(String(level).toUpperCase()));

  const write = (name, params) => {
    const time = new Date();
    if (json) {
      writeFrame(fd, FRAME_JSON, name, time, jsonEvent(time, name, params));
    } else {
      const text = `${time.toISOString()}\t${global[REQUEST_ID]}\t${name}\t${util.format(...params)}\n`;
      writeFrame(fd, FRAME_TEXT, name, time, text);
    }
  };
  const method = (name) =>
    name === 'FATAL' || LEVELS.indexOf(name) >= lowest
      ? (message, ...params) => write(name, [message, ...params])
      : () => {};

  console.trace = method('TRACE');
  console.debug = method('DEBUG');
  console.info = method('INFO');
  console.log = console.info;
  console.warn = method('WARN');
  console.error = method('ERROR');
  console.fatal = method('FATAL');

  return json
    ? (_title, error) => console.error(toError(error))
    : (title, error) => console.error(title, logText(toError(error)));
}

module.exports = {
  patchConsole,
  setRequestId: (id) => (global[REQUEST_ID] = id),
  setTenantId: (id) => (global[TENANT_ID] = id),
};

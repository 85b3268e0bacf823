'use strict';
// Finds the function's handler: "path/module.export.nested", looked up in AWS's order.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

const fs = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const Errors = require('./errors');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

// "dir/index.handler" -> ["dir/", "index", "handler"]
function splitHandler(text) {
  if (text.includes('..')) {
    throw new Errors.MalformedHandlerName(
      `'${text}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(text);
  const root = text.substring(0, text.indexOf(base));
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (!parts) throw new Errors.MalformedHandlerName('Bad handler');
  return [root, parts[1], parts[2]];
}

// Whether Node would take a .js file in this folder for an ES module.
function packageTypeIsModule(folder) {
  for (;;) {
    if (folder.endsWith('/node_modules')) return false;
    const file = path.join(folder, 'package.json');
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file, 'utf8'))?.type === 'module';
      } catch (error) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, error);
        return false;
      }
    }
    const parent = path.dirname(folder);
    if (parent === folder) return false;
    folder = parent;
  }
}

async function loadModule(taskRoot, moduleRoot, name) {
  const file = path.resolve(taskRoot, moduleRoot, name);
  const required = (suffix) => (fs.existsSync(file + suffix) ? require(file + suffix) : undefined);
  const imported = async (suffix) =>
    fs.existsSync(file + suffix) ? await import(pathToFileURL(file + suffix).href) : undefined;

  const isModule = fs.existsSync(file + '.js') && packageTypeIsModule(path.dirname(file));
  const found =
    (fs.existsSync(file) && fs.statSync(file).isFile() && require(file)) ||
    (!isModule && required('.js')) ||
    (isModule && (await imported('.js'))) ||
    (await imported('.mjs')) ||
    required('.cjs');
  if (found) return found;
  return require(require.resolve(name, { paths: [taskRoot, path.resolve(taskRoot, moduleRoot)] }));
}

const member = (object, names) => names.split('.').reduce((at, name) => at && at[name], object);

async function loadHandler(taskRoot, text, { defaultExport }) {
  const [moduleRoot, name, exported] = splitHandler(text);
  let loaded;
  try {
    loaded = await loadModule(taskRoot, moduleRoot, name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Errors.UserCodeSyntaxError(error);
    if (error?.code === 'MODULE_NOT_FOUND') throw new Errors.ImportModuleError(error);
    throw error;
  }
  let handler = member(loaded, exported);
  if (!handler && defaultExport && loaded.default) handler = member(loaded.default, exported);
  if (!handler) throw new Errors.HandlerNotFound(`${text} is undefined or not exported`);
  if (typeof handler !== 'function') throw new Errors.HandlerNotFound(`${text} is not a function`);
  return handler;
}

function describeHandler(handler) {
  const mark = handler[STREAMING];
  const streaming = mark !== undefined && mark !== null && mark !== false;
  if (streaming && mark !== 'response') {
    throw new Errors.MalformedStreamingHandler('Only response streaming is supported.');
  }
  const highWaterMark = parseInt(handler[HIGH_WATER_MARK], 10);
  return {
    streaming,
    highWaterMark: Number.isNaN(highWaterMark) ? undefined : highWaterMark,
    isAsync: handler.constructor?.name === 'AsyncFunction',
    parameters: handler.length,
  };
}

function markStreaming(handler, options) {
  handler[STREAMING] = 'response';
  if (typeof options?.highWaterMark === 'number') handler[HIGH_WATER_MARK] = parseInt(options.highWaterMark, 10);
  return handler;
}

module.exports = { loadHandler, describeHandler, markStreaming, splitHandler };

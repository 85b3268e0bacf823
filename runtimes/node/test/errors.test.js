'use strict';
const test = require('node:test');
const assert = require('node:assert');
const Errors = require('../lib/errors');
const { splitHandler } = require('../lib/loader');

test('documents of whatever is thrown', () => {
  const { errorDocument } = Errors;
  assert.deepStrictEqual(errorDocument('text'), { errorType: 'string', errorMessage: 'text', trace: [] });
  assert.deepStrictEqual(errorDocument(5), { errorType: 'number', errorMessage: '5', trace: [] });
  assert.strictEqual(errorDocument(null).errorType, 'handled');
  assert.strictEqual(errorDocument(undefined).errorType, 'handled');
  const like = { name: 'Like', message: 'an error', stack: 'Like: an error\n  at x' };
  assert.deepStrictEqual(errorDocument(like), { errorType: 'Like', errorMessage: 'an error', trace: ['Like: an error', '  at x'] });
  assert.strictEqual(errorDocument(new Error('a\x7fb')).errorMessage, 'a%7Fb');
  const own = errorDocument(new Errors.HandlerNotFound('x'));
  assert.strictEqual(own.errorType, 'Runtime.HandlerNotFound');
  assert.match(own.trace[0], /^Runtime.HandlerNotFound: x$/);
});

test('log text keeps an error’s own properties and survives cycles', () => {
  const error = Object.assign(new TypeError('t'), { code: 'E1', detail: { a: 1 } });
  const logged = JSON.parse(Errors.logText(error));
  assert.strictEqual(logged.errorType, 'TypeError');
  assert.strictEqual(logged.code, 'E1');
  assert.deepStrictEqual(logged.detail, { a: 1 });
  error.self = { error };
  assert.strictEqual(JSON.parse(Errors.logText(error)).errorMessage, 't');
});

test('handler names', () => {
  assert.deepStrictEqual(splitHandler('index.handler'), ['', 'index', 'handler']);
  assert.deepStrictEqual(splitHandler('src/app.a.b'), ['src/', 'app', 'a.b']);
  assert.deepStrictEqual(splitHandler('/opt/x/y.handler'), ['/opt/x/', 'y', 'handler']);
  assert.throws(() => splitHandler('index'), { name: 'Runtime.MalformedHandlerName', message: 'Bad handler' });
  assert.throws(() => splitHandler('../index.handler'), { name: 'Runtime.MalformedHandlerName' });
});

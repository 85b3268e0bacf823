'use strict';
// node --test runtimes/node/test
const test = require('node:test');
const assert = require('node:assert');
const { FrameParser } = require('../lib/channel');

function frame(type, text) {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(text));
  bytes.writeUInt32BE(bytes.length - 5, 0);
  bytes[4] = type;
  bytes.write(text, 5);
  return bytes;
}

test('frames come out whole however the bytes are cut', () => {
  const stream = Buffer.concat([frame(2, 'one'), frame(3, ''), frame(1, 'a longer one, ünicode'), frame(2, 'end')]);
  for (let size = 1; size <= stream.length; size++) {
    const got = [];
    const parser = new FrameParser((type, payload) => got.push([type, payload.toString()]));
    for (let at = 0; at < stream.length; at += size) parser.push(stream.subarray(at, at + size));
    assert.deepStrictEqual(got, [
      [2, 'one'],
      [3, ''],
      [1, 'a longer one, ünicode'],
      [2, 'end'],
    ]);
  }
});

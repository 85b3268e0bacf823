'use strict';
// The channel to the server: frames over the inherited socket. A frame is a big-endian u32 (bytes that follow the
// header), one byte of type, then the payload. docs/design/0008-functions.md lists the types; src/runtime/frame.h is the
// other end.

const net = require('net');

const HEADER = 5;
const COPY_LIMIT = 32 * 1024; // below this one copied buffer is cheaper than a writev of two

const Type = Object.freeze({
  // from the server
  INIT: 1,
  INVOKE: 2,
  CANCEL: 3,
  // to the server
  INIT_DONE: 16,
  INIT_ERROR: 17,
  RESPONSE: 18,
  ERROR: 19,
  STREAM_BEGIN: 20,
  STREAM_DATA: 21,
  STREAM_END: 22,
  STREAM_ERROR: 23,
  NEXT: 24,
  FATAL: 25,
});

// Cuts the byte stream into frames and calls onFrame(type, payload). The payload is only valid during the call.
class FrameParser {
  constructor(onFrame) {
    this.onFrame = onFrame;
    this.header = Buffer.alloc(HEADER);
    this.headerBytes = 0;
    this.payload = null;
    this.payloadBytes = 0;
  }

  push(bytes) {
    let at = 0;
    while (at < bytes.length) {
      if (this.payload === null) {
        const taken = Math.min(HEADER - this.headerBytes, bytes.length - at);
        bytes.copy(this.header, this.headerBytes, at, at + taken);
        this.headerBytes += taken;
        at += taken;
        if (this.headerBytes < HEADER) return;
        const length = this.header.readUInt32BE(0);
        if (bytes.length - at >= length) {
          this.headerBytes = 0;
          this.onFrame(this.header[4], bytes.subarray(at, at + length));
          at += length;
          continue;
        }
        this.payload = Buffer.allocUnsafe(length);
        this.payloadBytes = 0;
      }
      const taken = Math.min(this.payload.length - this.payloadBytes, bytes.length - at);
      bytes.copy(this.payload, this.payloadBytes, at, at + taken);
      this.payloadBytes += taken;
      at += taken;
      if (this.payloadBytes === this.payload.length) {
        const whole = this.payload;
        this.payload = null;
        this.headerBytes = 0;
        this.onFrame(this.header[4], whole);
      }
    }
  }
}

class Channel {
  constructor(fd, onFrame, onClose) {
    const parser = new FrameParser(onFrame);
    const buffer = Buffer.allocUnsafe(64 * 1024);
    this.socket = new net.Socket({
      fd,
      readable: true,
      writable: true,
      onread: {
        buffer,
        callback: (length) => {
          parser.push(buffer.subarray(0, length));
          return true;
        },
      },
    });
    this.socket.on('error', onClose);
    this.socket.on('close', onClose);
    this.socket.on('end', onClose);
  }

  // While a handler runs nothing of ours may keep the event loop alive: an empty loop is how callback handlers end.
  ref() {
    this.socket.ref();
  }
  unref() {
    this.socket.unref();
  }

  cork() {
    this.socket.cork();
  }
  uncork() {
    this.socket.uncork();
  }

  // `prefix` is a u32 before the body, or undefined. Calls `done` when the kernel has the bytes.
  sendText(type, text, prefix, done) {
    const extra = prefix === undefined ? 0 : 4;
    const length = Buffer.byteLength(text) + extra;
    const frame = Buffer.allocUnsafe(HEADER + length);
    frame.writeUInt32BE(length, 0);
    frame[4] = type;
    if (extra) frame.writeUInt32BE(prefix >>> 0, HEADER);
    frame.write(text, HEADER + extra);
    return this.socket.write(frame, done);
  }

  sendBytes(type, pieces, done) {
    let length = 0;
    for (const piece of pieces) length += piece.length;
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(length, 0);
    header[4] = type;
    if (length <= COPY_LIMIT) return this.socket.write(Buffer.concat([header, ...pieces], HEADER + length), done);
    this.socket.cork();
    this.socket.write(header);
    for (let i = 0; i < pieces.length - 1; i++) this.socket.write(pieces[i]);
    const more = this.socket.write(pieces[pieces.length - 1], done);
    this.socket.uncork();
    return more;
  }
}

module.exports = { Channel, FrameParser, Type };

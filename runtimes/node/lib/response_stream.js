'use strict';
// What a streaming handler writes to: a Writable whose bytes become frames. The channel's back-pressure is the stream's:
// write() returns false and 'drain' comes when the server has taken the bytes.

const { Writable } = require('stream');
const { Type } = require('./channel');
const { InvalidStreamingOperation, errorDocument } = require('./errors');

const HTTP_INTEGRATION = 'application/vnd.awslambda.http-integration-response';

class ResponseStream extends Writable {
  #channel;
  #memory;
  #contentType = 'application/octet-stream';
  #written = false;
  #begun = false;
  #failure = null;
  #closed = false;

  // `memory` gives the process's high-water mark in KiB, which rides on the last frame.
  constructor(channel, memory, highWaterMark) {
    super({ highWaterMark, decodeStrings: true, autoDestroy: false });
    this.#channel = channel;
    this.#memory = memory;
    this.on('error', () => {}); // reported through fail(); a handler that does not listen must not crash the process
  }

  setContentType(contentType) {
    if (this.#written) throw new InvalidStreamingOperation('Cannot set content-type, too late.');
    this.#contentType = contentType;
  }

  write(chunk, encoding, callback) {
    if (chunk === null || chunk === undefined) throw new TypeError(`Cannot read properties of ${chunk} (reading 'length')`);
    if (typeof chunk !== 'string' && !Buffer.isBuffer(chunk) && chunk?.constructor !== Uint8Array) {
      chunk = JSON.stringify(chunk);
    }
    if (!this.#written) {
      if (typeof this._onBeforeFirstWrite === 'function') this._onBeforeFirstWrite((piece) => super.write(piece));
      this.#written = true;
    }
    return super.write(chunk, encoding, callback);
  }

  // As on AWS, only one argument counts and a last chunk given here goes out without the HTTP prelude.
  end(last) {
    if (typeof last === 'function') return super.end(last);
    return last === undefined || last === null ? super.end() : super.end(last);
  }

  _write(chunk, _encoding, done) {
    this.#begin();
    if (chunk.length === 0) done();
    else this.#channel.sendBytes(Type.STREAM_DATA, [chunk], done);
    this.#channel.uncork();
  }

  _writev(chunks, done) {
    this.#begin();
    this.#channel.sendBytes(Type.STREAM_DATA, chunks.map(({ chunk }) => chunk), done);
    this.#channel.uncork();
  }

  _final(done) {
    if (this.#failure === null) {
      this.#begin();
      this.#close(Type.STREAM_END, '', done);
      this.#channel.uncork();
    } else {
      this.#close(Type.STREAM_ERROR, JSON.stringify(errorDocument(this.#failure)), done);
    }
  }

  _destroy(error, done) {
    // Destroyed before its end: the answer is cut and the client must see that.
    if (!this.#closed) {
      const reason = this.#failure ?? error ?? new Error('The response stream was destroyed before its end.');
      this.#close(Type.STREAM_ERROR, JSON.stringify(errorDocument(reason)));
    }
    done(error);
  }

  // The handler failed: what was written goes out, then the error.
  fail(error) {
    if (this.#closed || this.writableEnded) return;
    this.#failure = error;
    while (this.writableCorked) this.uncork();
    super.end();
  }

  // Nobody reads any more.
  cancel() {
    this.#closed = true;
    this.destroy(new Error('The client has gone away.'));
    this.#channel.sendText(Type.STREAM_ERROR, '{"errorType":"ClientGone"}', this.#memory());
  }

  // Leaves the channel corked, so that the first bytes travel with their content type.
  #begin() {
    this.#channel.cork();
    if (this.#begun) return;
    this.#begun = true;
    this.#channel.sendText(Type.STREAM_BEGIN, this.#contentType);
  }

  #close(type, text, done) {
    this.#closed = true;
    this.#channel.sendText(type, text, this.#memory(), done);
  }
}

// Body with status, headers and cookies: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
class HttpResponseStream {
  static from(stream, prelude) {
    stream.setContentType(HTTP_INTEGRATION);
    const metadata = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(metadata);
      write(new Uint8Array(8));
    };
    return stream;
  }
}

module.exports = { ResponseStream, HttpResponseStream };

// HTTP as it is on the wire: a response read piece by piece, and how it ended.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';

// open(url) -> { status, headers, response, next(), text() }: next() gives what arrives next, undefined at the end,
// and rejects when the body is cut off.
export async function open(url, { method = 'GET', headers = {}, body } = {}) {
  const asking = request(url, { method, headers, agent: false });
  asking.on('error', () => {});
  asking.end(body);
  const [response] = await once(asking, 'response');
  const source = response[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await source.next();
    return done ? undefined : value.toString();
  };
  return {
    status: response.statusCode,
    headers: response.headers,
    response,
    asking,
    next,
    async exactly(wanted) {
      let got = '';
      while (got.length < wanted.length) {
        const piece = await next();
        if (piece === undefined) throw new Error(`the body ended after ${JSON.stringify(got)}, before ${JSON.stringify(wanted)}`);
        got += piece;
      }
      return got;
    },
    async text() {
      let got = '';
      for (let piece = await next(); piece !== undefined; piece = await next()) got += piece;
      return got;
    },
  };
}

export async function fetchText(url, options) {
  const answer = await open(url, options);
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
}

// A bare connection: what is sent is sent as it stands; `read(pattern)` waits until what came fits.
export class Raw {
  static async to(url) {
    const { hostname, port } = new URL(url);
    const raw = new Raw();
    raw.socket = connect({ host: hostname, port, allowHalfOpen: true });
    raw.received = '';
    raw.ended = new Promise((resolve) => {
      raw.socket.on('end', () => resolve('end'));
      raw.socket.on('error', () => resolve('error'));
      raw.socket.on('close', () => resolve('close'));
    });
    raw.socket.on('data', (chunk) => {
      raw.received += chunk.toString('latin1');
    });
    await once(raw.socket, 'connect');
    return raw;
  }

  send(text) {
    this.socket.write(text, 'latin1');
    return this;
  }

  // `wanted`: a pattern, or a function of what came. Gives what it found; fails when the server closes first or the deadline passes.
  async read(wanted, seconds = 20) {
    const find = typeof wanted === 'function' ? wanted : (received) => wanted.exec(received);
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const found = find(this.received);
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.socket.destroyed || this.socket.readableEnded) throw new Error(`no ${wanted} in ${JSON.stringify(this.received.slice(0, 2000))}`);
      const timer = new AbortController();
      const late = setTimeout(() => timer.abort(), left);
      await Promise.race([once(this.socket, 'data', { signal: timer.signal }), this.ended]).catch(() => {});
      clearTimeout(late);
      timer.abort();
    }
  }

  close() {
    this.socket.destroy();
  }
}

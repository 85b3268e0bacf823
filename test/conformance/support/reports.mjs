// How a handler under test talks with its test: it calls `await report(name, value)` and goes on when the test answers.
// So a test can hold a handler at a point, look at the world, and let it go: no waiting for time to pass.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after } from 'node:test';

import { within } from './server.mjs';

// Source text to put before a handler; needs no packages and keeps no connection, so an empty event loop stays empty.
export const reportSource = `
const report = (name, value = null) => new Promise((resolve, reject) => {
  const request = require('node:http').request(process.env.REPORT_URL, { method: 'POST', agent: false }, (response) => {
    let text = '';
    response.on('data', (chunk) => { text += chunk; });
    response.on('end', () => resolve(JSON.parse(text)));
    response.on('error', reject);
  });
  request.on('error', reject);
  request.end(JSON.stringify({ name, value }));
});
`;

export class Reports {
  constructor() {
    this.waiting = []; // reports nobody took yet
    this.takers = [];
    this.all = []; // every {name, value}, in order of arrival
    this.answer = undefined; // (name, value) => value: answers by itself instead of keeping reports for take()
  }

  async listen() {
    this.server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const { name, value } = JSON.parse(Buffer.concat(chunks));
      const reply = (given = null) => response.end(JSON.stringify(given));
      this.all.push({ name, value });
      if (this.answer) return reply(await this.answer(name, value));
      const entry = { name, value, reply, gone: once(response, 'close') };
      const taker = this.takers.shift();
      if (taker) taker(entry);
      else this.waiting.push(entry);
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}/`;
    this.env = { REPORT_URL: this.url };
    return this;
  }

  // The next report, in order of arrival; the handler waits until its reply() is called.
  take(seconds = 20) {
    if (this.waiting.length > 0) return Promise.resolve(this.waiting.shift());
    return within(seconds, 'report of the handler', new Promise((resolve) => this.takers.push(resolve)));
  }

  // Takes and answers `count` reports, gives their values.
  async collect(count, reply = null, seconds = 30) {
    const values = [];
    while (values.length < count) {
      const entry = await this.take(seconds);
      entry.reply(typeof reply === 'function' ? reply(entry.value) : reply);
      values.push(entry.value);
    }
    return values;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections?.();
  }
}

const mine = [];
after(() => mine.forEach((reports) => reports.close()));

export async function openReports() {
  const reports = new Reports();
  mine.push(reports);
  return reports.listen();
}

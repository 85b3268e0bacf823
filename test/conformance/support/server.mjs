// One Millrace server for one test file: started on a free port with its own data folder, ended with the file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
export const binary = process.env.MILLRACE_BINARY ?? join(root, 'build', 'dev', 'src', 'millrace');

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  mine.push({ dispose: () => rmSync(folder, { recursive: true, force: true }) });
  return folder;
}

// Fails with what was awaited instead of hanging until the runner gives up.
export async function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

// The program, not yet known to be ready: `ready` resolves to its URL or rejects with what it printed.
export class Program {
  constructor(args, { env = {}, shell } = {}) {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|MILLRACE)_/.test(name)));
    const options = { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] };
    // `shell` sets limits on itself and then becomes the program ("ulimit -f 10; exec").
    this.child = shell ? spawn('bash', ['-c', `${shell} "$0" "$@"`, binary, ...args], options) : spawn(binary, args, options);
    alive.add(this.child);
    this.stdout = '';
    this.stderr = '';
    this.exited = new Promise((resolve) => {
      this.child.on('exit', (code, signal) => {
        alive.delete(this.child);
        resolve({ code, signal });
      });
    });
    this.closed = once(this.child, 'close');
    this.child.stderr.on('data', (chunk) => {
      this.stderr += chunk;
      if (process.env.MILLRACE_TEST_LOG) process.stderr.write(chunk);
    });
    this.ready = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.stdout.on('data', (chunk) => {
        this.stdout += chunk;
        const url = /http:\/\/[^\s/]+/.exec(this.stdout);
        if (url && this.stdout.includes('\n')) resolve(url[0]);
      });
      this.closed.then(() => reject(new Error(`millrace ended before it was ready:\n${this.stderr}${this.stdout}`)), reject);
    });
    this.ready.catch(() => {});
  }

  // Waits for its end and gives what it said.
  async ended(seconds = 20) {
    const { code, signal } = await within(seconds, 'end of the program', this.exited);
    await this.closed;
    return { code, signal, said: this.stderr + this.stdout };
  }
}

export class Server {
  constructor({ args = [], env = {}, data, shell } = {}) {
    this.settings = { args, env, shell };
    this.data = data ?? temporaryFolder();
  }

  async start() {
    const { args, env, shell } = this.settings;
    const port = this.port ?? 0; // after a restart clients find it where it was
    this.program = new Program(['serve', '--port', String(port), '--data', this.data, '--log-level', process.env.MILLRACE_TEST_LOG ? 'debug' : 'warn', ...args], { env, shell });
    this.url = await within(60, 'ready line', this.program.ready);
    this.port = Number(new URL(this.url).port);
    this.pid = this.program.child.pid;
    return this;
  }

  async end(signal) {
    this.program.child.kill(signal);
    return this.program.ended(40);
  }

  // The access key that the first start with --auth=enforce shows, once.
  async firstKey() {
    const shown = () => {
      const id = /AWS_ACCESS_KEY_ID=(\S+)/.exec(this.program.stderr);
      const secret = /AWS_SECRET_ACCESS_KEY=(\S+)\s/.exec(this.program.stderr);
      return id && secret && { accessKeyId: id[1], secretAccessKey: secret[1] };
    };
    const wait = async () => {
      while (!shown()) await once(this.program.child.stderr, 'data');
      return shown();
    };
    return within(20, 'first access key', wait());
  }

  // What the kernel says of the process, in kB: VmRSS, VmHWM.
  memory(field) {
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
  }

  async dispose() {
    if (this.program?.child.exitCode === null && this.program.child.signalCode === null) await this.end('SIGKILL');
  }
}

// Servers and folders of a test file, ended and removed with it.
const mine = [];
after(async () => {
  for (const thing of mine.reverse()) await thing.dispose();
});

export function newServer(settings) {
  const server = new Server(settings);
  mine.push(server);
  return server;
}

// A server that runs. MILLRACE_TEST_ENDPOINT names another one instead, to check the tests of AWS's behaviour themselves against
// something else that claims to have it.
export async function startServer(settings) {
  if (process.env.MILLRACE_TEST_ENDPOINT) return { url: process.env.MILLRACE_TEST_ENDPOINT };
  return newServer(settings).start();
}

// The bare Node server that functions are held against: /empty answers at once, /stream?pieces=N writes pieces of 64 KiB.
import { createServer } from 'node:http';

const piece = Buffer.alloc(64 << 10, 'millrace ');
createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/stream') {
    for (let i = 0; i < Number(url.searchParams.get('pieces') ?? 3200); i++) {
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
    return;
  }
  for await (const part of request) void part;
  response.setHeader('content-type', 'application/json');
  response.end('{}');
}).listen(Number(process.argv[2]), '127.0.0.1');

// Loaded before dynalite's tests: whoever asks for dynalite gets something that listens like it and passes bytes on to Millrace.
const Module = require('node:module');
const net = require('node:net');
const path = require('node:path');

const target = new URL(process.env.MILLRACE_URL);

function passOn() {
  const server = net.createServer((from) => {
    const to = net.connect(Number(target.port), target.hostname);
    from.pipe(to).pipe(from);
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
  });
  return { listen: (port, ready) => server.listen(port, '127.0.0.1', ready), close: (done) => server.close(() => done()) };
}

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  const root = parent && request === '..' && path.dirname(path.dirname(parent.filename)) === process.env.DYNALITE_ROOT;
  const loaded = root ? passOn : load.call(this, request, parent, ...rest);
  if (request === 'aws4') loaded.sign = signFor(loaded.sign);
  return loaded;
};

// Its signer reads the service from the host's name, which an address has not.
function signFor(sign) {
  if (sign.knowsTheService) return sign;
  const signed = (options, ...rest) => {
    options.service ??= 'dynamodb';
    return sign(options, ...rest);
  };
  return Object.assign(signed, { knowsTheService: true });
}

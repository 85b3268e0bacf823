// 200 MB in pieces of 64 KiB, waiting whenever the receiver is slow.
const piece = Buffer.alloc(64 << 10, 'millrace ');
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const pieces = Number(event.queryStringParameters?.pieces ?? 3200);
  for (let i = 0; i < pieces; i++) {
    if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
});

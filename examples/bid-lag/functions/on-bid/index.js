// Turned by the table's stream. Notes when it was called and tells the demonstration, which works out the lag.
const { createSocket } = require('node:dgram');

const socket = createSocket('udp4');
socket.unref();

exports.handler = async (event) => {
  const startedMs = performance.timeOrigin + performance.now();
  const bids = event.Records.filter((record) => record.eventName === 'INSERT').map(({ dynamodb }) => ({
    auction: dynamodb.NewImage.auctionId.S,
    bid: Number(dynamodb.NewImage.bid.N),
  }));
  const report = JSON.stringify({ startedMs, bids });
  await new Promise((resolve, reject) =>
    socket.send(report, Number(process.env.REPORT_PORT), '127.0.0.1', (error) => (error ? reject(error) : resolve())),
  );
};

// The yardstick on Node: `node:http`, and for each delivery one `socket.write` of a shared buffer. Nothing is durable.
// Usage: node raw-loop.mjs PORT
import { createServer } from 'node:http';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';
const sockets = new Set();

createServer({ noDelay: true }, (request, response) => {
  if (request.method === 'GET') {
    const { socket } = request;
    socket.write(HEAD);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (text) => {
    body += text;
  });
  request.on('end', () => {
    response.writeHead(201, { 'Content-Length': 2 }).end('{}');
    const event = Buffer.from(`id: 1\ndata: ${body}\n\n`);
    for (const socket of sockets) socket.write(event);
  });
}).listen(Number(process.argv[2]), '127.0.0.1', 4096);

// Accepts traces by OTLP over HTTP and drops them. Usage: node collector.mjs PORT
import { createServer } from 'node:http';

createServer((request, response) => {
  request.resume().on('end', () => response.end());
}).listen(Number(process.argv[2]), '127.0.0.1');

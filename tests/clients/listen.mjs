// SPDX-License-Identifier: GPL-3.0-or-later
// A webhook receiver. What it takes it has checked with the library standardwebhooks, over the bytes as they came.
//
// As a program of its own: prints its address, reads the endpoint's secret as a line of standard input, and from then on
// prints a line for each delivery: `verified TYPE ID` or `refused`.
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';

// CHARTROOM_CLIENTS is the folder with node_modules; without it they are looked for beside this file.
const load = createRequire(process.env.CHARTROOM_CLIENTS ? path.join(process.env.CHARTROOM_CLIENTS, 'x.js') : import.meta.url);
const { Webhook } = load('standardwebhooks');

/** Whether the library takes what came. */
export function verifies(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** Listens on this computer alone. `take (body, headers)` answers a status once it is done. → the address */
export function listen(take) {
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', async () => response.writeHead(await take(Buffer.concat(parts).toString(), request.headers)).end());
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve({
    url: `http://127.0.0.1:${server.address().port}/hook`, close: () => { server.close(); server.closeAllConnections(); } })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let know;
  const secret = new Promise(resolve => { know = resolve; });
  const seen = new Set(); // An event may come more than once.
  const { url } = await listen(async (body, headers) => {
    if (!verifies(await secret, body, headers)) {
      console.log('refused');
      return 400;
    }
    const event = JSON.parse(body);
    if (!seen.has(event.id)) console.log('verified', event.type, event.id);
    seen.add(event.id);
    return 204;
  });
  console.log(url);
  readline.createInterface({ input: process.stdin }).once('line', know);
}

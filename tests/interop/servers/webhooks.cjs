// SPDX-License-Identifier: GPL-3.0-or-later
// A receiver that checks signatures with two libraries that others wrote. Prints a line of JSON for each delivery: which of
// them took it, which took one that was tampered with. Secrets come as lines on its standard input, the newest last.
const http = require('node:http');
const readline = require('node:readline');
const libraries = { standardwebhooks: require('standardwebhooks').Webhook, svix: require('svix').Webhook };
const secrets = [];

readline.createInterface({ input: process.stdin }).on('line', line => {
  secrets.push(line);
  console.log(JSON.stringify({ secrets: secrets.length }));
});

function takes(Library, secret, body, headers) {
  try {
    new Library(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

http.createServer((request, response) => {
  const parts = [];
  request.on('data', part => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const told = { id: JSON.parse(body).id, type: JSON.parse(body).type };
    for (const [name, Library] of Object.entries(libraries)) {
      const late = { ...request.headers, 'webhook-timestamp': String(Number(request.headers['webhook-timestamp']) - 600) };
      told[name] = {
        taken: secrets.map(secret => takes(Library, secret, body, request.headers)),
        tampered: secrets.map(secret => takes(Library, secret, body.replace('evt_', 'evt-'), request.headers)),
        late: secrets.map(secret => takes(Library, secret, body, late)),
        foreign: takes(Library, 'whsec_' + Buffer.alloc(30, 7).toString('base64'), body, request.headers),
      };
    }
    console.log(JSON.stringify(told));
    response.writeHead(204).end();
  });
}).listen(0, '127.0.0.1', function () {
  console.log(JSON.stringify({ port: this.address().port }));
});

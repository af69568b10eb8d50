// SPDX-License-Identifier: GPL-3.0-or-later
// What fhir-kit-client does in our place; prints a line like bench_print()'s.
//   node kit.mjs pull NAME MODULES BASE PATIENTS SOURCES      reads p1 to pPATIENTS and their Observations, four at a time
//   node kit.mjs send NAME MODULES BASE FOLDER PREFIX [LIMIT] puts the lines of a folder's files, in batches of 100, three at a time
import fs from 'fs';
import path from 'path';
import { pathToFileURL } from 'url';

const [, , job, name, modules, base, ...rest] = process.argv;
const folder = path.resolve(modules, 'node_modules/fhir-kit-client');
const main = JSON.parse(fs.readFileSync(`${folder}/package.json`)).exports['.'].import;
const kit = await import(pathToFileURL(path.join(folder, main)).href);
const Client = kit.default?.default || kit.default || kit.Client;
let n = 0, bytes = 0;

async function several(count, jobs) {
  const next = async () => { for (let job; (job = jobs.shift());) await job(); };
  await Promise.all(Array.from({ length: count }, next));
}

async function pull(patient, source) {
  const client = new Client({ baseUrl: `${base}/s${source}` });
  await client.read({ resourceType: 'Patient', id: patient });
  n++;
  let bundle = await client.search({ resourceType: 'Observation', searchParams: { patient, _count: 200 } });
  while (bundle) {
    n += (bundle.entry || []).length;
    const next = (bundle.link || []).find(link => link.relation === 'next');
    // Relative links are not its business.
    if (next) next.url = new URL(next.url, `${base}/s${source}/`).href;
    bundle = next ? await client.nextPage({ bundle }) : null;
  }
}

function* lines(of) {
  for (const file of fs.readdirSync(of, { recursive: true }))
    if (file.endsWith('.ndjson'))
      for (const line of fs.readFileSync(path.join(of, file), 'utf8').split('\n'))
        if (line) yield line;
}

async function send(client, entries) {
  const answer = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: entries } });
  for (const entry of answer.entry) if (entry.response.status.startsWith('2')) n++;
}

const jobs = [], before = process.cpuUsage(), begun = performance.now();
if (job === 'pull') {
  for (let i = 1; i <= +rest[0]; i++) jobs.push(() => pull(`p${i}`, i % +rest[1]));
  await several(4, jobs);
} else {
  const client = new Client({ baseUrl: base }), source = lines(rest[0]);
  let left = rest[2] ? +rest[2] : Infinity, at = null;
  await Promise.all(Array.from({ length: 3 }, async () => {
    while (left > 0) {
      const entries = [];
      while (entries.length < 100 && left > 0 && !(at = source.next()).done) {
        // The same resources as ours: under an id of the destination, with the one of the source beside it.
        const resource = JSON.parse(at.value), own = resource.id;
        resource.id = `cr-${rest[1]}${own}`.padEnd(43, '0').slice(0, 43);
        resource.identifier = [...(resource.identifier || []), { system: 'urn:chartroom:source:fhirsrc_0000000000000000000000', value: own }];
        entries.push({ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } });
        bytes += at.value.length;
        left--;
      }
      if (entries.length === 0) return;
      await send(client, entries);
    }
  }));
}
const seconds = (performance.now() - begun) / 1000, used = process.cpuUsage(before);
console.log(name, n, seconds.toFixed(3), (bytes / 1e6 / seconds).toFixed(1), (process.resourceUsage().maxRSS / 1024).toFixed(1), 0, 0,
  ((used.user + used.system) / 1e6).toFixed(3));

// SPDX-License-Identifier: GPL-3.0-or-later
// What a clinic's own program does with Chartroom, in Node: has itself told what happens, adds a patient, begins a session
// and gives its address to the patient, reads what came of it, waits until it is told that the records are there, reads
// them, and starts another pull.
//
//   node clinic.mjs URL PATIENT PORTAL
//
// The key is in CHARTROOM_API_KEY, never on the command line. CHARTROOM_SIGN_IN is a command that takes the session's
// address and signs the patient in; without it a person does. See listen.mjs for CHARTROOM_CLIENTS.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { listen, verifies } from './listen.mjs';

const [, , url, patient, portal] = process.argv;
const here = `/patients/${encodeURIComponent(patient)}`;
const say = (step, words) => console.log(step, words);
const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

class Refused extends Error {}

/** One request. A refusal is thrown with the code of its envelope; 429 and 503 are asked again as long as they say. */
async function send(method, path, body, headers = {}) {
  for (let left = 3; ; left--) {
    const answer = await fetch(url + path, {
      method,
      headers: {
        Authorization: `Bearer ${process.env.CHARTROOM_API_KEY}`, Version: '2026-04-25',
        ...(body && { 'Content-Type': 'application/json' }), ...headers },
      body: body && JSON.stringify(body) });
    if ((answer.status === 429 || answer.status === 503) && left > 0) {
      await wait(1000 * Number(answer.headers.get('Retry-After') ?? 1));
      continue;
    }
    if (answer.ok || answer.status === 304) return answer;
    const { error } = await answer.json();
    throw new Refused(`${error.code}: ${error.message} (request ${error.request_id})`);
  }
}

const ask = async (...words) => (await send(...words)).json();

/** All rows of a list, whatever its pages. */
async function* walk(path) {
  for (let cursor = ''; ;) {
    const page = await ask('GET', path + (cursor && `&starting_after=${encodeURIComponent(cursor)}`));
    yield* page.data;
    if (!page.has_more) return;
    cursor = page.next_cursor;
  }
}

async function until(what) {
  for (;;) {
    const value = await what();
    if (value) return value;
    await wait(200);
  }
}

// What the receiver took, by type; an event may come more than once and is done once.
const told = new Map();
let secret = null, n_refused = 0, delivered = null;

function take(body, headers) {
  if (secret === null || !verifies(secret, body, headers)) {
    n_refused++;
    return 400;
  }
  const event = JSON.parse(body);
  delivered = { body, headers };
  told.set(event.type, { ...told.get(event.type), [event.id]: event.data.object });
  return 204;
}

const heard = (type, fits) => until(() => Object.values(told.get(type) ?? {}).find(fits));

const receiver = await listen(take);
let webhook = null;
try {
  // 1. The patient, under the clinic's own id; and who is to be told.
  webhook = await ask('POST', '/webhooks', { url: receiver.url, events: ['*'], description: 'clinic.mjs' });
  secret = webhook.secret;
  await ask('POST', '/patients', { patient_id: patient, metadata: { asked_by: 'clinic.mjs' } });
  say(1, 'patient added');

  // 2. The portal, by a part of its name.
  const [source] = (await ask('GET', `/connections?limit=20&q=${encodeURIComponent(portal)}`)).data;
  say(2, `found ${source.id}`);

  // 3. A session: its address is for the patient, in a browser.
  const session = await ask('POST', '/patient-sessions',
    { patient_id: patient, connection_id: source.id, return_url: 'http://127.0.0.1:9/back', metadata: { visit: 7 } });
  say(3, `session ${session.id}`);
  if (process.env.CHARTROOM_SIGN_IN)
    await promisify(execFile)('/bin/sh', ['-c', '$CHARTROOM_SIGN_IN "$0"', session.url]);
  else
    console.log(`  open ${session.url}`);

  // 4. What came of it: the patient's return proves nothing, the session does, and the event says when to look.
  const ended = await heard('patient_session.completed', object => object.id === session.id);
  if (ended.metadata.visit !== 7) throw new Error('The event is not of this visit.');
  const read = await ask('GET', `/patient-sessions/${session.id}`);
  if (!read.connections.some(connection => connection.status === 'active')) throw new Error('Nothing was connected.');
  say(4, 'connected; told by a verified patient_session.completed');

  // 5. The patient's facilities, with their names: the failed ones left out, the catalog looked up.
  for (const connection of (await ask('GET', here)).connections.filter(one => one.status !== 'failed')) {
    const facility = await ask('GET', `/connections/${connection.connection_id}`);
    say(5, `${facility.name} at ${facility.fhir_base_url}: ${connection.status}`);
  }

  // 6. The records are ready when the pull has settled, which is later.
  const sync = await heard('records.sync.completed', object => object.patient_id === patient);
  say(6, `${sync.total} received, ${sync.errors} queries failed; told by a verified records.sync.completed`);

  // 7. The records: page by page, and all at once as a FHIR Bundle; the second time only if something is new.
  let count = 0;
  for await (const row of walk(`${here}/records?count=100`)) count += row.resource.resourceType ? 1 : 0;
  const answer = await send('GET', `${here}/$everything`);
  const bundle = await answer.json();
  if (bundle.entry.length !== count) throw new Error(`${bundle.entry.length} entries, but ${count} records`);
  const again = await send('GET', `${here}/$everything`, null, { 'If-None-Match': answer.headers.get('ETag') });
  if (again.status !== 304) throw new Error(`The same Bundle again: ${again.status}`);
  say(7, `${count} records, and nothing new`);

  // 8. Another pull by hand, asked for twice under one key and done once. What was delivered is refused once it is
  // tampered with, late, or signed by another's secret.
  const start = () => ask('POST', `${here}/pulls`, null, { 'Idempotency-Key': `clinic-${session.id}` });
  const [first] = (await start()).data, [second] = (await start()).data;
  if (first.id !== second.id) throw new Error('Two pulls');
  const done = await until(async () => {
    const pull = await ask('GET', `/pulls/${first.id}`);
    return ['complete', 'partial'].includes(pull.status) && pull;
  });
  const { body, headers } = delivered;
  const late = { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) - 600) };
  const { secret: other } = await ask('POST', `/webhooks/${webhook.id}/rotate-secret`);
  if (!verifies(secret, body, headers) || verifies(secret, body.replace('evt_', 'evt-'), headers) ||
      verifies(secret, body, late) || verifies(other, body, headers) || n_refused > 0)
    throw new Error('A signature was not what it should be.');
  say(8, `pull ${done.id} is ${done.status}; what was tampered with is refused`);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (webhook) await send('DELETE', `/webhooks/${webhook.id}`);
  receiver.close();
}

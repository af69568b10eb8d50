// SPDX-License-Identifier: GPL-3.0-or-later
// Authorization server over the oidc-provider package: authorization code with PKCE, rotating refresh tokens whose reuse
// revokes the family, client credentials, introspection. Binds 127.0.0.1 only.
// OIDC_JWKS_URI=http://… adds a client that signs in with the keys it finds there, by OIDC_ALGORITHM and no other, and puts
// fhirUser into id tokens; OIDC_FHIR_USER=1 does the latter alone: who signs in as ID is Patient/ID.
// node oidc.cjs MODULES_DIR PORT ACCESS_TOKEN_SECONDS
const path = require('path');
const http = require('http');
const { pathToFileURL } = require('url');

const [, , modules, port, seconds] = process.argv;

const keys = process.env.OIDC_JWKS_URI;
const algorithm = process.env.OIDC_ALGORITHM;

async function main() {
  const fromModules = require('module').createRequire(path.resolve(modules) + '/x.js');
  const { Provider } = await import(pathToFileURL(fromModules.resolve('oidc-provider')).href);
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'chartroom', token_endpoint_auth_method: 'none', application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
      {
        client_id: 'counter', client_secret: 'counter-secret', grant_types: ['client_credentials'],
        redirect_uris: [], response_types: [], scope: 'system/*.rs', token_endpoint_auth_method: 'client_secret_basic',
      },
      ...(keys ? [{
        client_id: 'chartroom-keys', token_endpoint_auth_method: 'private_key_jwt', application_type: 'native', jwks_uri: keys,
        token_endpoint_auth_signing_alg: algorithm, grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'], redirect_uris: ['http://127.0.0.1/callback'],
      }] : []),
      { client_id: 'rs', client_secret: 'rs-secret', grant_types: [], redirect_uris: [], response_types: [] },
    ],
    scopes: ['openid', 'offline_access', 'launch/patient', 'patient/*.rs', 'system/*.rs', 'fhirUser'],
    ...(keys ? {
      // Its own refuses loopback, where this test lives.
      fetch: (url, { method, headers }) => fetch(url, { method, headers }),
      enabledJWA: { clientAuthSigningAlgValues: [algorithm] },
    } : {}),
    ...(keys || process.env.OIDC_FHIR_USER ? {
      conformIdTokenClaims: false, claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    } : {}),
    pkce: { required: () => true },
    features: {
      clientCredentials: { enabled: true }, introspection: { enabled: true }, revocation: { enabled: true },
      devInteractions: { enabled: true },
    },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: +seconds, ClientCredentials: 600, AuthorizationCode: 60, RefreshToken: 3600, Grant: 3600,
      Interaction: 600, Session: 3600, IdToken: 600,
    },
    cookies: { keys: ['interop'] },
    async findAccount(ctx, id) {
      return { accountId: id, async claims() { return { sub: id, fhirUser: 'Patient/' + id }; } };
    },
  });
  provider.on('grant.error', (ctx, error) => console.log(error.error, error.error_detail, error.cause));
  http.createServer(provider.callback()).listen(+port, '127.0.0.1', () => console.log('OIDC at ' + issuer));
}

main();

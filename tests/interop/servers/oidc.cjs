// SPDX-License-Identifier: GPL-3.0-or-later
// Authorization server over the oidc-provider package: authorization code with PKCE, rotating refresh tokens whose reuse
// revokes the family, client credentials, introspection. Binds 127.0.0.1 only.
// node oidc.cjs MODULES_DIR PORT ACCESS_TOKEN_SECONDS
const path = require('path');
const http = require('http');
const { pathToFileURL } = require('url');

const [, , modules, port, seconds] = process.argv;

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
      { client_id: 'rs', client_secret: 'rs-secret', grant_types: [], redirect_uris: [], response_types: [] },
    ],
    scopes: ['openid', 'offline_access', 'launch/patient', 'patient/*.rs', 'system/*.rs', 'fhirUser'],
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
  http.createServer(provider.callback()).listen(+port, '127.0.0.1', () => console.log('OIDC at ' + issuer));
}

main();

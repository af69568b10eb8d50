/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-portal.h"

#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"

#define CODE_LIFETIME_MS 60000
#define TRIP_LIFETIME_MS 900000

/* One browser on its way from /authorize to the redirect. */
typedef struct
{
  char *browser;      /* (owned): value of the cookie it belongs to */
  char *csrf;         /* (owned) */
  char *client_id;    /* (owned) */
  char *redirect_uri; /* (owned) */
  char *state;        /* (owned) */
  char *scope;        /* (owned) */
  char *challenge;    /* (owned) */
  char *nonce;        /* (owned) (nullable) */
  int person;         /* -1 until somebody signed in */
  gint64 until_ms;
} Trip;

struct _CrSandboxPortal
{
  char *path;        /* (owned) */
  char *key_path;    /* (owned): of the key that signs id tokens */
  JsonObject *kept;  /* (owned): codes, grants, refresh and access tokens, by hash */
  GHashTable *trips; /* (owned): id to Trip */
  char *secret;      /* (owned): of the confidential client */
};

static void
trip_free (Trip *trip)
{
  g_free (trip->browser);
  g_free (trip->csrf);
  g_free (trip->client_id);
  g_free (trip->redirect_uri);
  g_free (trip->state);
  g_free (trip->scope);
  g_free (trip->challenge);
  g_free (trip->nonce);
  g_free (trip);
}

/**
 * cr_sandbox_portal_new:
 * @path: the file that keeps codes and tokens, as hashes
 */
CrSandboxPortal *
cr_sandbox_portal_new (const char *path, guint64 seed)
{
  CrSandboxPortal *self = g_new0 (CrSandboxPortal, 1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *text = g_strdup_printf ("client secret of seed %" G_GUINT64_FORMAT, seed);
  g_autofree char *hash = cr_sandbox_portal_hash (text);

  self->path = g_strdup (path);
  self->key_path = g_strconcat (path, ".key.pem", NULL);
  self->trips = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) trip_free);
  self->secret = g_strndup (hash, 32);
  if (json_parser_load_from_file (parser, path, NULL) && json_parser_get_root (parser) != NULL &&
      JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    self->kept = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
  else
    self->kept = json_object_new ();

  return self;
}

void
cr_sandbox_portal_free (CrSandboxPortal *self)
{
  g_hash_table_unref (self->trips);
  json_object_unref (self->kept);
  g_free (self->secret);
  g_free (self->key_path);
  g_free (self->path);
  g_free (self);
}

const char *
cr_sandbox_portal_get_secret (CrSandboxPortal *self)
{
  return self->secret;
}

const char *
cr_sandbox_portal_key_path (CrSandboxPortal *self)
{
  return self->key_path;
}

/* Returns: (transfer none): the members are what is kept, by hash */
JsonObject *
cr_sandbox_portal_table (CrSandboxPortal *self, const char *name)
{
  if (cr_json_object (self->kept, name) == NULL)
    json_object_set_object_member (self->kept, name, json_object_new ());

  return cr_json_object (self->kept, name);
}

static void
prune (JsonObject *table, gint64 now_ms)
{
  g_autoptr (GList) names = json_object_get_members (table);

  for (GList *l = names; l != NULL; l = l->next)
    {
      gint64 until = 0;

      if (cr_json_int (cr_json_object (table, l->data), "until", &until) && until < now_ms)
        json_object_remove_member (table, l->data);
    }
}

/* Tokens of a grant that is gone open nothing. */
static void
drop_orphans (JsonObject *table, JsonObject *grants)
{
  g_autoptr (GList) names = json_object_get_members (table);

  for (GList *l = names; l != NULL; l = l->next)
    {
      const char *grant = cr_json_string (cr_json_object (table, l->data), "grant");

      if (grant == NULL || !json_object_has_member (grants, grant))
        json_object_remove_member (table, l->data);
    }
}

void
cr_sandbox_portal_save (CrSandboxPortal *self, gint64 now_ms)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  prune (cr_sandbox_portal_table (self, "access"), now_ms - 60000);
  prune (cr_sandbox_portal_table (self, "codes"), now_ms - 600000);
  prune (cr_sandbox_portal_table (self, "assertions"), now_ms);
  drop_orphans (cr_sandbox_portal_table (self, "access"), cr_sandbox_portal_table (self, "grants"));
  drop_orphans (cr_sandbox_portal_table (self, "refresh"),
                cr_sandbox_portal_table (self, "grants"));
  text = cr_json_object_to_text (self->kept, FALSE);
  if (!g_file_set_contents_full (self->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 &error))
    g_warning ("tokens are not kept: %s", error->message);
}

char *
cr_sandbox_portal_hash (const char *secret)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, secret, -1);
}

/* Source: https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html */
void
cr_sandbox_portal_answer_discovery (CrVisit *x)
{
  static const char document[] =
      "{\n  \"issuer\": \"%s/portal/fhir\",\n"
      "  \"authorization_endpoint\": \"%s/portal/authorize\",\n"
      "  \"token_endpoint\": \"%s/portal/token\",\n"
      "  \"revocation_endpoint\": \"%s/portal/revoke\",\n"
      "  \"jwks_uri\": \"%s/portal/keys\",\n"
      "  \"id_token_signing_alg_values_supported\": [\"RS256\"],\n"
      "  \"subject_types_supported\": [\"public\"],\n"
      "  \"token_endpoint_auth_methods_supported\": [\"client_secret_basic\", "
      "\"client_secret_post\", \"private_key_jwt\"],\n"
      "  \"token_endpoint_auth_signing_alg_values_supported\": [%s],\n"
      "  \"grant_types_supported\": [\"authorization_code\", \"refresh_token\"],\n"
      "  \"response_types_supported\": [\"code\"],\n"
      "  \"code_challenge_methods_supported\": [\"S256\"],\n"
      "  \"scopes_supported\": [\"launch/patient\", \"openid\", \"fhirUser\", \"offline_access\","
      " \"patient/*.read\", \"patient/*.rs\"],\n"
      "  \"capabilities\": [\"launch-standalone\", \"client-public\","
      " \"client-confidential-symmetric\", \"client-confidential-asymmetric\", "
      "\"context-standalone-patient\", \"permission-offline\","
      " \"permission-patient\", \"permission-v1\", \"permission-v2\", \"sso-openid-connect\"]\n}\n";
  const char *uri = x->house->uri;
  const char *algorithms =
      cr_faults_is_on (x->house->faults, "only-rs384", NULL) ? "\"RS384\"" : "\"ES384\", \"RS384\"";
  GString *body = g_string_new (NULL);

  g_string_append_printf (body, document, uri, uri, uri, uri, uri, algorithms);
  cr_visit_answer_string (x, 200, CR_TYPE_TEXT_JSON, body);
}

static void
answer_page (CrVisit *x, guint status, char *page)
{
  cr_visit_set_header (x, "Cache-Control", "no-store");
  cr_visit_set_header (x, "Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                       "frame-ancestors 'none'");
  cr_visit_set_header (x, "Referrer-Policy", "no-referrer");
  cr_visit_set_header (x, "X-Content-Type-Options", "nosniff");
  cr_visit_answer (x, status, "text/html; charset=utf-8", page, strlen (page));
}

static void
redirect (CrVisit *x, const char *uri)
{
  cr_visit_set_header (x, "Cache-Control", "no-store");
  soup_server_message_set_redirect (x->message, 303, uri);
}

/* Back to the app. @name and @value are `code` or `error` and its text. */
static void
send_back (CrVisit *x,
           const char *redirect_uri,
           const char *state,
           const char *name,
           const char *value)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  g_autofree char *safe_value = g_uri_escape_string (value, NULL, FALSE);
  g_autofree char *kept = g_strdup (state != NULL ? state : "");
  g_autofree char *safe_state = NULL;
  g_autofree char *uri = NULL;

  if (cr_faults_is_on (x->house->faults, "mangle-state", NULL))
    g_strcanon (kept, plain, '_');
  safe_state = g_uri_escape_string (kept, NULL, FALSE);
  uri = g_strdup_printf ("%s%c%s=%s%s%s", redirect_uri,
                         strchr (redirect_uri, '?') != NULL ? '&' : '?', name, safe_value,
                         state != NULL ? "&state=" : "", safe_state);
  redirect (x, uri);
}

static gboolean
is_client (const char *client_id)
{
  return g_strcmp0 (client_id, CR_SANDBOX_PORTAL_CLIENT) == 0 ||
         g_strcmp0 (client_id, CR_SANDBOX_PORTAL_SECRET_CLIENT) == 0 ||
         g_strcmp0 (client_id, CR_SANDBOX_PORTAL_KEY_CLIENT) == 0;
}

/* A native app's redirect may use any port of the loopback interface (RFC 8252 §7.3). */
static gboolean
is_redirect_uri (const char *text)
{
  g_autoptr (GUri) uri = text != NULL ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  return host != NULL && g_uri_get_fragment (uri) == NULL && g_uri_get_userinfo (uri) == NULL &&
         strcmp (g_uri_get_scheme (uri), "http") == 0 &&
         (strcmp (host, "127.0.0.1") == 0 || strcmp (host, "localhost") == 0 ||
          strcmp (host, "::1") == 0) &&
         g_str_has_suffix (g_uri_get_path (uri), "/callback");
}

static gboolean
is_scope (const char *scope)
{
  static const char *const plain[] = { "launch/patient", "openid",         "fhirUser",
                                       "profile",        "offline_access", NULL };
  static GRegex *regex;

  if (regex == NULL)
    regex = g_regex_new ("^patient/(\\*|[A-Z][A-Za-z]+)\\.(read|\\*|c?r?u?d?s?)$", 0, 0, NULL);

  return g_strv_contains (plain, scope) ||
         (g_regex_match (regex, scope, 0, NULL) && !g_str_has_suffix (scope, "."));
}

/* Returns: (transfer full): what of @asked this portal knows, "" if it opens nothing */
static char *
filter_scope (const char *asked)
{
  g_auto (GStrv) parts = g_strsplit (asked != NULL ? asked : "", " ", -1);
  GString *kept = g_string_new (NULL);
  gboolean opens = FALSE;

  for (guint i = 0; parts[i] != NULL; i++)
    if (is_scope (parts[i]))
      {
        g_string_append_printf (kept, "%s%s", kept->len > 0 ? " " : "", parts[i]);
        opens = opens || g_str_has_prefix (parts[i], "patient/");
      }
  if (!opens)
    g_string_truncate (kept, 0);

  return g_string_free (kept, FALSE);
}

/* Returns: (nullable): an OAuth error and, in @why, what was wrong */
static const char *
find_request_problem (CrVisit *x, const char **why)
{
  g_autofree char *base = g_strconcat (x->house->uri, "/portal/fhir", NULL);
  g_autofree char *scope = filter_scope (cr_visit_query (x, "scope"));
  const char *challenge = cr_visit_query (x, "code_challenge");
  const char *aud = cr_visit_query (x, "aud");

  *why = "response_type must be code";
  if (g_strcmp0 (cr_visit_query (x, "response_type"), "code") != 0)
    return "unsupported_response_type";
  *why = "state is missing";
  if (cr_visit_query (x, "state") == NULL || cr_visit_query (x, "state")[0] == '\0')
    return "invalid_request";
  *why = "aud must be the address of the FHIR server";
  if (aud == NULL && cr_faults_is_on (x->house->faults, "reject-parameter", NULL))
    aud = base;
  if (aud == NULL || !g_str_has_prefix (aud, base) ||
      (aud[strlen (base)] != '\0' && strcmp (aud + strlen (base), "/") != 0))
    return "invalid_request";
  *why = "a code_challenge of method S256 is required";
  if (challenge == NULL || strlen (challenge) != 43 ||
      g_strcmp0 (cr_visit_query (x, "code_challenge_method"), "S256") != 0)
    return "invalid_request";
  *why = "no scope that this portal knows opens any record";
  return scope[0] == '\0' ? "invalid_scope" : NULL;
}

static char *
find_cookie (CrVisit *x)
{
  char *value = NULL;
  const char *header = cr_visit_header (x, "Cookie");
  g_auto (GStrv) parts = g_strsplit (header != NULL ? header : "", ";", -1);

  for (guint i = 0; parts[i] != NULL && value == NULL; i++)
    if (g_str_has_prefix (g_strstrip (parts[i]), "sandbox_browser="))
      value = g_strdup (parts[i] + strlen ("sandbox_browser="));
  return value;
}

static gboolean
is_old (gpointer key, gpointer value, gpointer user_data)
{
  return ((Trip *) value)->until_ms < *(gint64 *) user_data;
}

static void
start_trip (CrVisit *x)
{
  CrSandboxPortal *self = x->house->portal;
  g_autofree char *cookie = NULL;
  Trip *trip = g_new0 (Trip, 1);
  char *id = cr_random_hex (16);

  g_hash_table_foreach_remove (self->trips, is_old, &x->now_ms);
  trip->browser = find_cookie (x);
  if (trip->browser == NULL || strlen (trip->browser) != 32)
    {
      g_free (trip->browser);
      trip->browser = cr_random_hex (16);
    }
  trip->csrf = cr_random_hex (16);
  trip->client_id = g_strdup (cr_visit_query (x, "client_id"));
  trip->redirect_uri = g_strdup (cr_visit_query (x, "redirect_uri"));
  trip->state = g_strdup (cr_visit_query (x, "state"));
  trip->scope = filter_scope (cr_visit_query (x, "scope"));
  trip->challenge = g_strdup (cr_visit_query (x, "code_challenge"));
  trip->nonce = g_strdup (cr_visit_query (x, "nonce"));
  trip->person = -1;
  trip->until_ms = x->now_ms + TRIP_LIFETIME_MS;
  g_hash_table_insert (self->trips, id, trip);

  cookie =
      g_strdup_printf ("sandbox_browser=%s; Path=/portal; HttpOnly; SameSite=Lax", trip->browser);
  cr_visit_set_header (x, "Set-Cookie", cookie);
  answer_page (x, 200, cr_sandbox_pages_login (x->house->people, id, trip->csrf, NULL));
}

static void
send_error (CrVisit *x, const char *error, const char *description, const char *more)
{
  const char *redirect_uri = cr_visit_query (x, "redirect_uri");
  g_autofree char *safe = g_uri_escape_string (description, NULL, FALSE);
  g_autofree char *safe_more = g_uri_escape_string (more != NULL ? more : "", NULL, FALSE);
  g_autofree char *with = g_strdup_printf ("%s%cerror_description=%s%s%s", redirect_uri,
                                           strchr (redirect_uri, '?') != NULL ? '&' : '?', safe,
                                           more != NULL ? "&error_uri=" : "", safe_more);

  send_back (x, with, cr_visit_query (x, "state"), "error", error);
}

static gboolean
asks_for (CrVisit *x, const char *scope)
{
  g_auto (GStrv) asked = g_strsplit (cr_visit_query (x, "scope"), " ", -1);

  return g_strv_contains ((const char *const *) asked, scope);
}

/* Returns: whether a fault answered in place of the login page */
static gboolean
answer_authorize_fault (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *scope = cr_faults_string (faults, "reject-scope", "scope", "");
  const char *name = cr_faults_string (faults, "reject-parameter", "parameter", "");
  const char *text = cr_faults_string (faults, "need-parameter", "text", "");
  const char *query = g_uri_get_query (soup_server_message_get_uri (x->message));

  if (cr_faults_take (faults, "authorize-page", NULL) ||
      (cr_faults_is_on (faults, "need-parameter", NULL) &&
       (query == NULL || strstr (query, text) == NULL)))
    answer_page (
        x, 200,
        cr_sandbox_pages_error ("Something went wrong", "We cannot sign you in at the moment."));
  else if (cr_faults_take (faults, "authorize-error", NULL))
    send_error (x, cr_faults_string (faults, "authorize-error", "error", "server_error"),
                cr_faults_string (faults, "authorize-error", "description", "Told to fail"),
                cr_faults_string (faults, "authorize-error", "uri", NULL));
  else if (cr_faults_is_on (faults, "reject-scope", NULL) && asks_for (x, scope))
    send_error (x, "invalid_scope", "A scope is not known here", NULL);
  else if (cr_faults_is_on (faults, "reject-parameter", NULL) && cr_visit_query (x, name) != NULL)
    send_error (x, "invalid_request", "A parameter is not known here", NULL);
  else
    return FALSE;

  return TRUE;
}

/* What is wrong with client or redirect is shown here, never sent on (RFC 6749 §4.1.2.1). */
static void
answer_authorize (CrVisit *x)
{
  const char *redirect_uri = cr_visit_query (x, "redirect_uri");
  const char *why = NULL;
  const char *problem;

  if (!is_client (cr_visit_query (x, "client_id")))
    answer_page (x, 400,
                 cr_sandbox_pages_error ("Unknown app",
                                         "This portal does not know the app that sent "
                                         "you here (client_id)."));
  else if (!is_redirect_uri (redirect_uri))
    answer_page (x, 400,
                 cr_sandbox_pages_error ("Wrong return address",
                                         "The app did not give a return address that is registered "
                                         "for it (redirect_uri)."));
  else if (answer_authorize_fault (x))
    return;
  else if ((problem = find_request_problem (x, &why)) != NULL)
    send_error (x, problem, why, NULL);
  else
    start_trip (x);
}

/* Returns: (transfer none) (nullable): the trip, if it is this browser's; else a page was answered
 */
static Trip *
find_trip (CrVisit *x, const char *id, const char *csrf, gboolean needs_csrf)
{
  Trip *trip = id != NULL ? g_hash_table_lookup (x->house->portal->trips, id) : NULL;
  g_autofree char *browser = find_cookie (x);

  if (trip != NULL && trip->until_ms >= x->now_ms && g_strcmp0 (browser, trip->browser) == 0 &&
      (!needs_csrf || g_strcmp0 (csrf, trip->csrf) == 0))
    return trip;

  answer_page (
      x, 403,
      cr_sandbox_pages_error ("Please start again",
                              "This page is too old, or was not opened by this browser. Go "
                              "back to the app that sent you here and start again."));
  return NULL;
}

static void
answer_login (CrVisit *x)
{
  g_autoptr (GHashTable) form = cr_visit_form (x);
  const char *id = g_hash_table_lookup (form, "trip");
  Trip *trip = find_trip (x, id, g_hash_table_lookup (form, "csrf"), TRUE);
  const CrPerson *person;
  g_autofree char *next = NULL;

  if (trip == NULL)
    return;

  person = cr_people_find_login (x->house->people, g_hash_table_lookup (form, "username"),
                                 g_hash_table_lookup (form, "password"));
  if (person == NULL)
    {
      answer_page (x, 401,
                   cr_sandbox_pages_login (x->house->people, id, trip->csrf,
                                           "That user name and password do not match."));
      return;
    }

  trip->person = (int) person->index;
  next = g_strdup_printf ("%s/portal/consent?trip=%s", x->house->uri, id);
  redirect (x, next);
}

static void
answer_consent_page (CrVisit *x)
{
  const char *id = cr_visit_query (x, "trip");
  Trip *trip = find_trip (x, id, NULL, FALSE);

  if (trip == NULL)
    return;

  if (trip->person < 0)
    answer_page (
        x, 403, cr_sandbox_pages_login (x->house->people, id, trip->csrf, "Please sign in first."));
  else
    answer_page (x, 200,
                 cr_sandbox_pages_consent (cr_people_get (x->house->people, (guint) trip->person),
                                           id, trip->csrf, "Chartroom", trip->scope));
}

static char *
make_code (CrVisit *x, Trip *trip)
{
  CrSandboxPortal *self = x->house->portal;
  char *code = cr_random_base64url (24);
  g_autofree char *hash = cr_sandbox_portal_hash (code);
  JsonObject *row = json_object_new ();

  json_object_set_string_member (row, "client_id", trip->client_id);
  json_object_set_string_member (row, "redirect_uri", trip->redirect_uri);
  json_object_set_string_member (row, "challenge", trip->challenge);
  json_object_set_string_member (row, "scope", trip->scope);
  if (trip->nonce != NULL)
    json_object_set_string_member (row, "nonce", trip->nonce);
  json_object_set_int_member (row, "person", trip->person);
  json_object_set_int_member (row, "until", x->now_ms + CODE_LIFETIME_MS);
  json_object_set_object_member (cr_sandbox_portal_table (self, "codes"), hash, row);
  cr_sandbox_portal_save (self, x->now_ms);
  return code;
}

static void
answer_consent (CrVisit *x)
{
  g_autoptr (GHashTable) form = cr_visit_form (x);
  const char *id = g_hash_table_lookup (form, "trip");
  Trip *trip = find_trip (x, id, g_hash_table_lookup (form, "csrf"), TRUE);
  g_autofree char *code = NULL;

  if (trip == NULL)
    return;

  if (trip->person < 0)
    {
      answer_page (
          x, 403,
          cr_sandbox_pages_login (x->house->people, id, trip->csrf, "Please sign in first."));
      return;
    }

  if (g_strcmp0 (g_hash_table_lookup (form, "decision"), "allow") == 0)
    {
      code = make_code (x, trip);
      send_back (x, trip->redirect_uri, trip->state, "code", code);
    }
  else
    send_back (x, trip->redirect_uri, trip->state, "error", "access_denied");
  g_hash_table_remove (x->house->portal->trips, id);
}

/* Everything under /portal but the FHIR server. */
void
cr_sandbox_portal_handle (CrVisit *x)
{
  const char *page = cr_visit_segment (x, 1);
  gboolean get = cr_visit_is (x, "GET") || cr_visit_is (x, "HEAD");
  gboolean post = cr_visit_is (x, "POST");

  if (strcmp (page, "authorize") == 0 && get)
    answer_authorize (x);
  else if (strcmp (page, "login") == 0 && post)
    answer_login (x);
  else if (strcmp (page, "consent") == 0 && get)
    answer_consent_page (x);
  else if (strcmp (page, "consent") == 0 && post)
    answer_consent (x);
  else if (strcmp (page, "keys") == 0 && get)
    cr_sandbox_portal_answer_keys (x);
  else if (strcmp (page, "token") == 0 && post)
    cr_sandbox_portal_answer_token (x);
  else if (strcmp (page, "revoke") == 0 && post)
    cr_sandbox_portal_answer_revoke (x);
  else
    answer_page (x, 404,
                 cr_sandbox_pages_error ("No such page", "There is nothing at this address."));
}

static gboolean
refuse_bearer (CrVisit *x)
{
  cr_visit_set_header (x, "WWW-Authenticate", "Bearer realm=\"sandbox\", error=\"invalid_token\"");
  cr_visit_outcome (x, 401, "login", "The access token is missing, unknown or expired");
  return FALSE;
}

/**
 * cr_sandbox_portal_check_bearer:
 *
 * Returns: (transfer full) (nullable): what the token opens; %NULL when 401 was answered
 * Source: RFC 6750
 */
CrPass *
cr_sandbox_portal_check_bearer (CrVisit *x)
{
  CrSandboxPortal *self = x->house->portal;
  const char *header = cr_visit_header (x, "Authorization");
  g_autofree char *hash = NULL;
  JsonObject *row, *grant;
  gint64 until, person;
  CrPass *pass;

  if (header != NULL && g_ascii_strncasecmp (header, "Bearer ", 7) == 0)
    hash = cr_sandbox_portal_hash (header + 7);
  row = hash != NULL ? cr_json_object (cr_sandbox_portal_table (self, "access"), hash) : NULL;
  grant = row != NULL ? cr_json_object (cr_sandbox_portal_table (self, "grants"),
                                        cr_json_string (row, "grant"))
                      : NULL;
  if (grant == NULL || !cr_json_int (row, "until", &until) || until <= x->now_ms ||
      !cr_json_int (grant, "person", &person) ||
      (guint64) person >= cr_people_count (x->house->people))
    {
      refuse_bearer (x);
      return NULL;
    }

  pass = g_new0 (CrPass, 1);
  pass->person = cr_people_get (x->house->people, (guint) person);
  pass->scopes = g_strsplit (cr_json_string (row, "scope"), " ", -1);
  return pass;
}

void
cr_pass_free (CrPass *pass)
{
  g_strfreev (pass->scopes);
  g_free (pass);
}

/* @verb: 'r' or 's', as in SMART 2 scopes */
gboolean
cr_pass_allows (CrPass *pass, const char *type, char verb)
{
  for (guint i = 0; pass->scopes[i] != NULL; i++)
    {
      const char *scope = pass->scopes[i];
      const char *dot = strrchr (scope, '.');
      gsize length;

      if (!g_str_has_prefix (scope, "patient/") || dot == NULL)
        continue;
      scope += strlen ("patient/");
      length = (gsize) (dot - scope);
      if ((scope[0] != '*' || length != 1) &&
          (strlen (type) != length || strncmp (scope, type, length) != 0))
        continue;
      if (strcmp (dot, ".read") == 0 || strcmp (dot, ".*") == 0 || strchr (dot + 1, verb) != NULL)
        return TRUE;
    }

  return FALSE;
}

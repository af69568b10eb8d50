/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "sandbox/cr-sandbox-portal.h"

/* Source: RFC 6749 §5.2 */
static void
answer_error (CrVisit *x, const char *error, const char *description)
{
  JsonObject *body = json_object_new ();
  gboolean client = strcmp (error, "invalid_client") == 0;

  if (client)
    cr_visit_set_header (x, "WWW-Authenticate", "Basic realm=\"sandbox\"");
  json_object_set_string_member (body, "error", error);
  json_object_set_string_member (body, "error_description", description);
  cr_visit_answer_json (x, client ? 401 : 400, body);
}

static gboolean
read_basic (CrVisit *x, char **id, char **secret)
{
  const char *header = cr_visit_header (x, "Authorization");
  g_autofree char *plain = NULL;
  g_auto (GStrv) parts = NULL;
  gsize length;

  if (header == NULL || g_ascii_strncasecmp (header, "Basic ", 6) != 0)
    return FALSE;

  plain = (char *) g_base64_decode (header + 6, &length);
  parts = g_strsplit (plain, ":", 2);
  if (g_strv_length (parts) != 2)
    return FALSE;

  *id = g_uri_unescape_string (parts[0], NULL);
  *secret = g_uri_unescape_string (parts[1], NULL);
  return *id != NULL && *secret != NULL;
}

static char *
check_signed_client (CrVisit *x, GHashTable *form)
{
  const char *id = g_hash_table_lookup (form, "client_id");
  const char *fault = NULL;

  if (g_strcmp0 (g_hash_table_lookup (form, "client_assertion_type"),
                 "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") != 0)
    fault = "client_assertion_type is not jwt-bearer";
  else if (id != NULL && strcmp (id, CR_SANDBOX_PORTAL_KEY_CLIENT) != 0)
    fault = "This client has no registered keys";
  else
    fault = cr_sandbox_portal_check_assertion (x, g_hash_table_lookup (form, "client_assertion"));

  if (fault == NULL)
    return g_strdup (CR_SANDBOX_PORTAL_KEY_CLIENT);
  answer_error (x, "invalid_client", fault);
  return NULL;
}

/* Returns: (transfer full) (nullable): the client; %NULL when invalid_client was answered */
static char *
check_client (CrVisit *x, GHashTable *form)
{
  g_autofree char *id = NULL, *secret = NULL;

  if (g_hash_table_lookup (form, "client_assertion") != NULL)
    return check_signed_client (x, form);
  if (!read_basic (x, &id, &secret))
    {
      g_free (id);
      g_free (secret);
      id = g_strdup (g_hash_table_lookup (form, "client_id"));
      secret = g_strdup (g_hash_table_lookup (form, "client_secret"));
    }

  if ((g_strcmp0 (id, CR_SANDBOX_PORTAL_CLIENT) == 0 && secret == NULL) ||
      (g_strcmp0 (id, CR_SANDBOX_PORTAL_SECRET_CLIENT) == 0 &&
       g_strcmp0 (secret, cr_sandbox_portal_get_secret (x->house->portal)) == 0))
    return g_steal_pointer (&id);

  answer_error (x, "invalid_client", "The client is unknown or did not prove itself");
  return NULL;
}

static gboolean
check_verifier (const char *verifier, const char *challenge)
{
  g_autoptr (GChecksum) sha = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *text = NULL;
  guint8 digest[32];
  gsize length = sizeof digest;

  if (verifier == NULL || strlen (verifier) < 43 || strlen (verifier) > 128)
    return FALSE;

  g_checksum_update (sha, (const guchar *) verifier, (gssize) strlen (verifier));
  g_checksum_get_digest (sha, digest, &length);
  text = cr_base64url_encode (digest, length);
  return strcmp (text, challenge) == 0;
}

/* Ends a grant and every token under it. */
void
cr_sandbox_portal_revoke_grant (CrSandboxPortal *self, const char *grant)
{
  if (grant != NULL && json_object_has_member (cr_sandbox_portal_table (self, "grants"), grant))
    json_object_remove_member (cr_sandbox_portal_table (self, "grants"), grant);
}

static gboolean
has_scope (const char *scope, const char *wanted)
{
  g_auto (GStrv) parts = g_strsplit (scope, " ", -1);

  return g_strv_contains ((const char *const *) parts, wanted);
}

static char *
add_secret (CrVisit *x, const char *table, const char *grant, const char *scope, gint64 until)
{
  char *secret = cr_random_base64url (32);
  g_autofree char *hash = cr_sandbox_portal_hash (secret);
  JsonObject *row = json_object_new ();

  json_object_set_string_member (row, "grant", grant);
  json_object_set_string_member (row, "scope", scope);
  json_object_set_string_member (row, "state", "current");
  if (until > 0)
    json_object_set_int_member (row, "until", until);
  json_object_set_object_member (cr_sandbox_portal_table (x->house->portal, table), hash, row);
  return secret;
}

/* Says whose records they are, in one way or two. */
static void
add_identity (CrVisit *x, JsonObject *body, JsonObject *grant, const char *scope)
{
  gboolean missing = cr_faults_take (x->house->faults, "missing-patient", NULL);
  g_autofree char *token = NULL;
  const CrPerson *person;
  gint64 index = 0;

  cr_json_int (grant, "person", &index);
  person = cr_people_get (x->house->people, (guint) index);
  if (!missing)
    json_object_set_string_member (body, "patient", person->portal_id);
  if (!has_scope (scope, "openid"))
    return;

  token = cr_sandbox_portal_make_id_token (
      x, person, cr_json_string (grant, "client_id"), cr_json_string (grant, "nonce"),
      has_scope (scope, "fhirUser") &&
          (!missing || cr_faults_int (x->house->faults, "missing-patient", "fhir_user", 0) != 0));
  if (token != NULL)
    json_object_set_string_member (body, "id_token", token);
}

static void
set_member_cb (JsonObject *set, const char *name, JsonNode *value, gpointer user_data)
{
  JsonObject *body = user_data;

  if (JSON_NODE_HOLDS_NULL (value))
    json_object_remove_member (body, name);
  else
    json_object_set_member (body, name, json_node_copy (value));
}

static void
spoil_answer (CrVisit *x, JsonObject *body)
{
  CrFaults *faults = x->house->faults;
  JsonObject *set = cr_faults_object (faults, "token-answer", "set");

  if (cr_faults_take (faults, "token-answer", NULL) && set != NULL)
    json_object_foreach_member (set, set_member_cb, body);
}

static gboolean
withholds_refresh (CrFaults *faults, const char *client)
{
  const char *only = cr_faults_string (faults, "no-refresh-token", "client", client);

  return cr_faults_is_on (faults, "no-refresh-token", NULL) && g_strcmp0 (only, client) == 0;
}

/* Source: RFC 6749 §5.1; SMART App Launch 2.2 §3.1.8 */
static void
answer_tokens (CrVisit *x, const char *grant_id, const char *scope)
{
  CrSandboxPortal *self = x->house->portal;
  CrFaults *faults = x->house->faults;
  JsonObject *grant = cr_json_object (cr_sandbox_portal_table (self, "grants"), grant_id);
  JsonObject *body = json_object_new ();
  gint64 seconds = cr_faults_take (faults, "token-lifetime", NULL)
                     ? cr_faults_int (faults, "token-lifetime", "seconds", 60)
                     : 3600;
  g_autofree char *access = add_secret (x, "access", grant_id, scope, x->now_ms + seconds * 1000);

  json_object_set_string_member (body, "access_token", access);
  json_object_set_string_member (body, "token_type", "Bearer");
  json_object_set_int_member (body, "expires_in", seconds);
  json_object_set_string_member (body, "scope", scope);
  add_identity (x, body, grant, scope);
  if (has_scope (scope, "offline_access") &&
      !withholds_refresh (faults, cr_json_string (grant, "client_id")))
    {
      g_autofree char *refresh = add_secret (x, "refresh", grant_id, scope, 0);

      json_object_set_string_member (body, "refresh_token", refresh);
    }
  spoil_answer (x, body);
  cr_sandbox_portal_save (self, x->now_ms);
  cr_visit_answer_json (x, 200, body);
}

static char *
add_grant (CrVisit *x, JsonObject *code, const char *client)
{
  CrFaults *faults = x->house->faults;
  JsonObject *grant = json_object_new ();
  char *id = cr_random_hex (12);
  gint64 person = 0;

  cr_json_int (code, "person", &person);
  if (cr_faults_take (faults, "other-patient", NULL))
    person = CLAMP (cr_faults_int (faults, "other-patient", "index", 0), 0,
                    (gint64) cr_people_count (x->house->people) - 1);
  json_object_set_string_member (grant, "client_id", client);
  json_object_set_int_member (grant, "person", person);
  json_object_set_string_member (grant, "scope", cr_json_string (code, "scope"));
  if (cr_json_string (code, "nonce") != NULL)
    json_object_set_string_member (grant, "nonce", cr_json_string (code, "nonce"));
  json_object_set_object_member (cr_sandbox_portal_table (x->house->portal, "grants"), id, grant);
  return id;
}

/* A code that comes a second time ends what it opened (RFC 6749 §4.1.2). */
static void
exchange_code (CrVisit *x, GHashTable *form, const char *client)
{
  CrSandboxPortal *self = x->house->portal;
  const char *text = g_hash_table_lookup (form, "code");
  g_autofree char *hash = cr_sandbox_portal_hash (text != NULL ? text : "");
  JsonObject *code = cr_json_object (cr_sandbox_portal_table (self, "codes"), hash);
  g_autofree char *grant = NULL;
  gint64 until = 0;

  if (code != NULL && cr_json_string (code, "grant") != NULL)
    {
      cr_sandbox_portal_revoke_grant (self, cr_json_string (code, "grant"));
      cr_sandbox_portal_save (self, x->now_ms);
      answer_error (x, "invalid_grant", "The code was used before");
    }
  else if (code == NULL || !cr_json_int (code, "until", &until) || until < x->now_ms)
    answer_error (x, "invalid_grant", "The code is unknown or too old");
  else if (g_strcmp0 (cr_json_string (code, "client_id"), client) != 0 ||
           g_strcmp0 (cr_json_string (code, "redirect_uri"),
                      g_hash_table_lookup (form, "redirect_uri")) != 0)
    answer_error (x, "invalid_grant", "The code was given to another client or return address");
  else if (!check_verifier (g_hash_table_lookup (form, "code_verifier"),
                            cr_json_string (code, "challenge")))
    answer_error (x, "invalid_grant", "The code_verifier does not fit the code_challenge");
  else
    {
      if (cr_faults_take (x->house->faults, "granted-scope", NULL))
        json_object_set_string_member (
            code, "scope", cr_faults_string (x->house->faults, "granted-scope", "scope", ""));
      grant = add_grant (x, code, client);
      json_object_set_string_member (code, "grant", grant);
      answer_tokens (x, grant, cr_json_string (code, "scope"));
    }
}

/* The token before the current one becomes spent, the current one previous. */
static void
age_tokens (CrSandboxPortal *self, const char *grant)
{
  JsonObject *table = cr_sandbox_portal_table (self, "refresh");
  g_autoptr (GList) names = json_object_get_members (table);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonObject *row = cr_json_object (table, l->data);

      if (g_strcmp0 (cr_json_string (row, "grant"), grant) == 0)
        json_object_set_string_member (
            row, "state",
            g_strcmp0 (cr_json_string (row, "state"), "current") == 0 ? "previous" : "spent");
    }
}

static const char *
form_text (GHashTable *form, const char *name)
{
  const char *text = g_hash_table_lookup (form, name);

  return text != NULL ? text : "";
}

/* The previous refresh token is honoured once more, for clients that lost the answer; any other
 * second use ends the family (RFC 9700 §4.14.2). */
static void
exchange_refresh (CrVisit *x, GHashTable *form, const char *client)
{
  CrSandboxPortal *self = x->house->portal;
  const char *text = g_hash_table_lookup (form, "refresh_token");
  g_autofree char *hash = cr_sandbox_portal_hash (text != NULL ? text : "");
  JsonObject *row = cr_json_object (cr_sandbox_portal_table (self, "refresh"), hash);
  g_autofree char *grant_id = g_strdup (cr_json_string (row, "grant"));
  JsonObject *grant =
      grant_id != NULL ? cr_json_object (cr_sandbox_portal_table (self, "grants"), grant_id) : NULL;
  const char *state = cr_json_string (row, "state");
  const char *asked = g_hash_table_lookup (form, "scope");

  if (grant == NULL || g_strcmp0 (cr_json_string (grant, "client_id"), client) != 0)
    answer_error (x, "invalid_grant", "The refresh token is unknown or was revoked");
  else if (g_strcmp0 (state, "spent") == 0 ||
           (g_strcmp0 (state, "previous") == 0 &&
            cr_faults_is_on (x->house->faults, "strict-rotation", NULL)))
    {
      cr_sandbox_portal_revoke_grant (self, grant_id);
      cr_sandbox_portal_save (self, x->now_ms);
      answer_error (x, "invalid_grant", "The refresh token was used before; access has ended");
    }
  else if (cr_faults_is_on (x->house->faults, "refresh-needs-redirect", NULL) &&
           !g_str_has_suffix (form_text (form, "redirect_uri"), "/callback"))
    answer_error (x, "invalid_request", "redirect_uri is missing");
  else if (asked != NULL && strcmp (asked, cr_json_string (grant, "scope")) != 0 &&
           strstr (cr_json_string (grant, "scope"), asked) == NULL)
    answer_error (x, "invalid_scope", "More was asked for than was granted");
  else
    {
      age_tokens (self, grant_id);
      answer_tokens (x, grant_id, asked != NULL ? asked : cr_json_string (grant, "scope"));
    }
}

static void
answer_reply (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  const char *location = cr_faults_string (faults, "token-reply", "location", NULL);
  const char *retry_after = cr_faults_string (faults, "token-reply", "retry_after", NULL);
  const char *type = cr_faults_string (faults, "token-reply", "type", "text/html");
  const char *text = cr_faults_string (faults, "token-reply", "body", "<!doctype html>Sorry");
  gsize n_bytes =
      (gsize) CLAMP (cr_faults_int (faults, "token-reply", "n_bytes", 0), 0, 64 * 1024 * 1024);
  char *body = n_bytes > 0 ? g_strnfill (n_bytes, 'x') : g_strdup (text);

  x->delay_ms = (guint) CLAMP (cr_faults_int (faults, "token-reply", "delay_ms", 0), 0, 600000);
  if (location != NULL)
    cr_visit_set_header (x, "Location", location);
  if (retry_after != NULL)
    cr_visit_set_header (x, "Retry-After", retry_after);
  cr_visit_answer (x, (guint) cr_faults_int (faults, "token-reply", "status", 200), type, body,
                   strlen (body));
}

void
cr_sandbox_portal_answer_token (CrVisit *x)
{
  CrFaults *faults = x->house->faults;
  g_autoptr (GHashTable) form = cr_visit_form (x);
  const char *kind = g_hash_table_lookup (form, "grant_type");
  g_autofree char *client = NULL;

  cr_visit_set_header (x, "Cache-Control", "no-store");
  cr_visit_set_header (x, "Pragma", "no-cache");
  if (cr_faults_take (faults, "token-500", NULL))
    {
      cr_visit_answer_text (x, 500, "text/plain", "Internal error\n");
      return;
    }

  if (cr_faults_take (faults, "slow-token", NULL))
    x->delay_ms = (guint) CLAMP (cr_faults_int (faults, "slow-token", "delay_ms", 3000), 0, 600000);
  if (cr_faults_take (faults, "token-reply", NULL))
    {
      answer_reply (x);
      return;
    }

  client = check_client (x, form);
  if (client == NULL)
    return;

  if (g_strcmp0 (kind, "authorization_code") == 0)
    exchange_code (x, form, client);
  else if (g_strcmp0 (kind, "refresh_token") != 0)
    answer_error (x, "unsupported_grant_type",
                  "Only authorization_code and refresh_token are known");
  else if (cr_faults_take (faults, "refuse-refresh", NULL))
    answer_error (x, cr_faults_string (faults, "refuse-refresh", "error", "invalid_grant"),
                  "The patient's access has ended");
  else
    exchange_refresh (x, form, client);
}

/* Source: RFC 7009; an unknown token is answered 200 as well */
void
cr_sandbox_portal_answer_revoke (CrVisit *x)
{
  CrSandboxPortal *self = x->house->portal;
  g_autoptr (GHashTable) form = cr_visit_form (x);
  const char *token = g_hash_table_lookup (form, "token");
  g_autofree char *client = check_client (x, form);
  g_autofree char *hash = cr_sandbox_portal_hash (token != NULL ? token : "");
  JsonObject *refresh, *access;

  if (client == NULL)
    return;

  refresh = cr_json_object (cr_sandbox_portal_table (self, "refresh"), hash);
  access = cr_json_object (cr_sandbox_portal_table (self, "access"), hash);
  if (refresh != NULL)
    cr_sandbox_portal_revoke_grant (self, cr_json_string (refresh, "grant"));
  else if (access != NULL)
    json_object_remove_member (cr_sandbox_portal_table (self, "access"), hash);
  cr_sandbox_portal_save (self, x->now_ms);
  cr_visit_answer_text (x, 200, "text/plain", "");
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cr-oauth.h"

#include <libsoup/soup.h>
#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-said.h"
#include "base/cr-secret.h"

#define MAX_ANSWER_BYTES (1024 * 1024)
#define ACCESS_TIME_MOST_S (10 * 366 * 86400.0)

void
cr_oauth_grant_free (CrOAuthGrant *self)
{
  if (self == NULL)
    return;

  cr_secret_free (self->access_token);
  cr_secret_free (self->refresh_token);
  cr_secret_free (self->id_token);
  g_free (self->scope);
  g_free (self->patient);
  g_free (self);
}

/* application/x-www-form-urlencoded: everything but letters, digits and `*-._` is escaped. */
static void
append_form_text (GString *form, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || strchr ("*-._", *p) != NULL)
      g_string_append_c (form, *p);
    else if (*p == ' ')
      g_string_append_c (form, '+');
    else
      g_string_append_printf (form, "%%%02X", (guint8) *p);
}

static void
append_form_pair (GString *form, const char *name, const char *value)
{
  if (form->len > 0)
    g_string_append_c (form, '&');
  append_form_text (form, name);
  g_string_append_c (form, '=');
  append_form_text (form, value);
}

/**
 * cr_oauth_basic:
 * @client_secret: (nullable): none is empty
 *
 * Both parts are form-encoded before they are joined.
 *
 * Returns: (transfer full): the value of Authorization; free with cr_secret_free()
 * Source: RFC 6749 §2.3.1
 */
char *
cr_oauth_basic (const char *client_id, const char *client_secret)
{
  GString *pair = g_string_sized_new (1024);
  char *encoded;
  char *value;

  append_form_text (pair, client_id);
  g_string_append_c (pair, ':');
  append_form_text (pair, client_secret != NULL ? client_secret : "");
  encoded = g_base64_encode ((const guint8 *) pair->str, pair->len);
  value = g_strconcat ("Basic ", encoded, NULL);

  cr_secret_free (encoded);
  cr_secret_free (g_string_free (pair, FALSE));
  return value;
}

static gboolean
has_parameter (const CrOAuthRequest *request, const char *name)
{
  for (guint i = 0; request->parameters != NULL && request->parameters[i] != NULL; i += 2)
    if (strcmp (request->parameters[i], name) == 0)
      return TRUE;

  return FALSE;
}

static GBytes *
form_body (const CrOAuthRequest *request)
{
  GString *form = g_string_sized_new (4096);
  gsize length;
  char *text;

  for (guint i = 0; request->parameters != NULL && request->parameters[i] != NULL; i += 2)
    append_form_pair (form, request->parameters[i], request->parameters[i + 1]);

  /* A public client names itself in the body, RFC 6749 §4.1.3. */
  if (request->auth != CR_OAUTH_AUTH_BASIC && request->client_id != NULL &&
      !has_parameter (request, "client_id"))
    append_form_pair (form, "client_id", request->client_id);
  if (request->auth == CR_OAUTH_AUTH_POST && request->client_secret != NULL)
    append_form_pair (form, "client_secret", request->client_secret);
  if (request->auth == CR_OAUTH_AUTH_KEY)
    {
      append_form_pair (form, "client_assertion_type", CR_OAUTH_ASSERTION_TYPE);
      append_form_pair (form, "client_assertion", request->client_assertion);
    }

  length = form->len;
  text = g_string_free (form, FALSE);
  return g_bytes_new_with_free_func (text, length, cr_secret_free, text);
}

/* Some portals send the number as text, some none or nonsense. */
static gint64
seconds_member (JsonObject *answer, const char *name)
{
  JsonNode *node = json_object_get_member (answer, name);
  double seconds = 0;
  char *end = NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return 0;

  if (json_node_get_value_type (node) == G_TYPE_STRING)
    {
      seconds = g_ascii_strtod (json_node_get_string (node), &end);
      if (end == NULL || *end != '\0')
        return 0;
    }
  else if (json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    seconds = json_node_get_double (node);

  return seconds >= 1 ? (gint64) MIN (seconds, ACCESS_TIME_MOST_S) : 0;
}

/* When the patient's permission ends, which no standard has a member for: Blue Button says a date,
 * Keycloak and others how long the refresh token is good. A zero means that it does not end. */
static gint64
consent_in_s (JsonObject *answer)
{
  const char *date = cr_json_string (answer, "access_grant_expiration");
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) end = date != NULL ? g_date_time_new_from_iso8601 (date, utc) : NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  gint64 seconds;

  if (end != NULL)
    return MAX (g_date_time_to_unix (end) - g_date_time_to_unix (now), 1);

  seconds = seconds_member (answer, "refresh_expires_in");
  return seconds > 0 ? seconds : seconds_member (answer, "refresh_token_expires_in");
}

/* @name as text, a number written as text, or NULL. */
static char *
text_member (JsonObject *answer, const char *name)
{
  const char *text = cr_json_string (answer, name);
  gint64 number;

  if (text != NULL)
    return *text != '\0' ? g_strdup (text) : NULL;
  if (cr_json_int (answer, name, &number))
    return g_strdup_printf ("%" G_GINT64_FORMAT, number);

  return NULL;
}

static const char *
host_of (const CrReply *reply, GUri **uri)
{
  *uri = g_uri_parse (reply->url, SOUP_HTTP_URI_FLAGS, NULL);
  return *uri != NULL ? g_uri_get_host (*uri) : CR_SAID ("The server");
}

static gboolean
is_header_text (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (*p <= ' ' || *p > '~')
      return FALSE;

  return *text != '\0';
}

static CrOAuthGrant *
read_grant (const CrReply *reply, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  const char *host = host_of (reply, &uri);
  g_autofree char *what = g_strdup_printf (CR_SAID ("The answer of %s to the token request"), host);
  g_autoptr (JsonObject) answer = NULL;
  const char *token, *type;
  CrOAuthGrant *grant;
  gsize length;
  const char *text = g_bytes_get_data (reply->body, &length);

  answer = cr_json_parse (text != NULL ? text : "", (gssize) length, what, error);
  if (answer == NULL)
    return NULL;

  token = cr_json_string (answer, "access_token");
  type = cr_json_string (answer, "token_type");
  if (token == NULL || !is_header_text (token))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s holds no access token", what);
      return NULL;
    }
  if (type != NULL && g_ascii_strcasecmp (type, "bearer") != 0)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s holds no bearer token", what);
      return NULL;
    }

  grant = g_new0 (CrOAuthGrant, 1);
  grant->access_token = g_strdup (token);
  grant->refresh_token = text_member (answer, "refresh_token");
  grant->id_token = text_member (answer, "id_token");
  grant->scope = text_member (answer, "scope");
  grant->patient = text_member (answer, "patient");
  grant->expires_in_s = seconds_member (answer, "expires_in");
  grant->consent_in_s = consent_in_s (answer);
  return grant;
}

/* The `error` of an answer, if it is one of OAuth's: letters, digits and `_-.`, not too long. */
static char *
oauth_error_of (const CrReply *reply, char **description)
{
  g_autoptr (JsonObject) answer = NULL;
  gsize length;
  const char *text = g_bytes_get_data (reply->body, &length);
  const char *code;

  answer = text != NULL ? cr_json_parse (text, (gssize) length, "It", NULL) : NULL;
  code = answer != NULL ? cr_json_string (answer, "error") : NULL;
  if (code == NULL || *code == '\0' || strlen (code) > 64)
    return NULL;

  for (const char *p = code; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("_-.", *p) == NULL)
      return NULL;

  *description = g_strdup (cr_json_string (answer, "error_description"));
  return g_strdup (code);
}

static gboolean
is_for_now_only (const char *code)
{
  return strcmp (code, "temporarily_unavailable") == 0 || strcmp (code, "server_error") == 0 ||
         strcmp (code, "slow_down") == 0;
}

typedef struct
{
  char *oauth_error; /* (owned) (nullable) */
  char *description; /* (owned) (nullable) */
} Refusal;

static void
refusal_free (gpointer data)
{
  Refusal *self = data;

  g_free (self->oauth_error);
  g_free (self->description);
  g_free (self);
}

/* A status of patience wins over the words that come with it: only a refusal may end a
 * connection. */
static gboolean
check_refusal (const CrReply *reply, Refusal *refusal, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  const char *host = host_of (reply, &uri);
  g_autofree char *code = oauth_error_of (reply, &refusal->description);

  if (code == NULL && SOUP_STATUS_IS_SUCCESSFUL (reply->status))
    return TRUE;
  if (code == NULL || reply->status == 408 || reply->status == 425 || reply->status == 429 ||
      reply->status >= 500)
    {
      if (cr_reply_check (reply, error))
        g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY, "%s answered no token", host);
      else if (error != NULL && g_error_matches (*error, CR_ERROR, CR_ERROR_SIGN_IN))
        (*error)->code = CR_ERROR_BAD_REPLY;
      return FALSE;
    }
  if (is_for_now_only (code))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BUSY,
                   "%s cannot give access at the moment (%s); try again later", host, code);
      return FALSE;
    }

  g_set_error (error, CR_ERROR, CR_ERROR_SIGN_IN, "%s refused access (%s)", host, code);
  refusal->oauth_error = g_steal_pointer (&code);
  return FALSE;
}

static void
got_answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (CrReply) reply = NULL;
  CrOAuthGrant *grant = NULL;
  Refusal *refusal = g_new0 (Refusal, 1);
  GError *error = NULL;

  reply = cr_client_send_finish (CR_CLIENT (source), result, &error);
  if (reply != NULL && check_refusal (reply, refusal, &error))
    grant = read_grant (reply, &error);

  g_task_set_task_data (task, refusal, refusal_free);
  if (grant != NULL)
    g_task_return_pointer (task, grant, (GDestroyNotify) cr_oauth_grant_free);
  else
    g_task_return_error (task, error);
}

/**
 * cr_oauth_token_async:
 * @request: copied
 *
 * One token request. It is repeated only if nobody can have received it: a refresh token may be
 * good for one use.
 *
 * Errors: %CR_ERROR_SIGN_IN for a refusal in OAuth's own words and for nothing else;
 *   %CR_ERROR_BUSY and %CR_ERROR_OFFLINE for what may pass; %CR_ERROR_BAD_REPLY for an answer that
 *   is none; those of cr_client_send_async ()
 * Source: RFC 6749 §5
 */
void
cr_oauth_token_async (CrClient *client,
                      const CrOAuthRequest *request,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GBytes) body = NULL;
  g_autofree char *basic = NULL;
  const char *headers[3] = { NULL, NULL, NULL };
  CrRequest post = { 0 };
  GTask *task;

  g_return_if_fail (CR_IS_CLIENT (client));
  g_return_if_fail (request != NULL && request->token_endpoint != NULL);
  g_return_if_fail (request->auth != CR_OAUTH_AUTH_BASIC || request->client_id != NULL);
  g_return_if_fail (request->auth != CR_OAUTH_AUTH_KEY || request->client_assertion != NULL);

  body = form_body (request);
  if (request->auth == CR_OAUTH_AUTH_BASIC)
    {
      basic = cr_oauth_basic (request->client_id, request->client_secret);
      headers[0] = "Authorization";
      headers[1] = basic;
    }

  post.method = "POST";
  post.url = request->token_endpoint;
  post.accept = "application/json";
  post.headers = headers;
  post.body = body;
  post.content_type = "application/x-www-form-urlencoded";
  post.max_bytes = MAX_ANSWER_BYTES;
  post.total_s = request->total_s != 0 ? request->total_s : 90;
  post.tls_database = request->tls_database;
  post.new_connection = TRUE;

  task = g_task_new (client, cancellable, callback, user_data);
  g_task_set_source_tag (task, cr_oauth_token_async);
  cr_client_send_async (client, &post, cancellable, got_answer_cb, task);
  cr_secret_wipe (basic);
}

CrOAuthGrant *
cr_oauth_token_finish (CrClient *client, GAsyncResult *result, char **oauth_error, GError **error)
{
  CrOAuthGrant *grant;
  Refusal *refusal;

  g_return_val_if_fail (g_task_is_valid (result, client), NULL);

  grant = g_task_propagate_pointer (G_TASK (result), error);
  refusal = g_task_get_task_data (G_TASK (result));
  if (grant == NULL && oauth_error != NULL)
    *oauth_error = refusal != NULL ? g_strdup (refusal->oauth_error) : NULL;

  return grant;
}

char *
cr_oauth_token_get_description (GAsyncResult *result)
{
  Refusal *refusal = g_task_get_task_data (G_TASK (result));

  return refusal != NULL ? g_strdup (refusal->description) : NULL;
}

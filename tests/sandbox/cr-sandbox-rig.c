/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-sandbox-rig.h"

#include <glib/gstdio.h>
#include <string.h>

#include "base/cr-json.h"

gint64 cr_sandbox_rig_now_ms = G_GINT64_CONSTANT (1750000000000);

static gint64
rig_clock (void)
{
  return cr_sandbox_rig_now_ms;
}

static void
start (CrSandboxRig *self, guint n_patients)
{
  CrSandboxOptions options = { self->dir, 7, n_patients, rig_clock };
  g_autoptr (GError) error = NULL;

  self->sandbox = cr_sandbox_new (&options, &error);
  g_assert_no_error (error);
  g_assert_true (cr_sandbox_listen (self->sandbox, "127.0.0.1:0", &error));
  g_assert_no_error (error);
}

CrSandboxRig *
cr_sandbox_rig_new (guint n_patients)
{
  CrSandboxRig *self = g_new0 (CrSandboxRig, 1);
  g_autoptr (SoupCookieJar) jar = soup_cookie_jar_new ();
  g_autoptr (CrReply) reply = NULL;

  self->dir = g_dir_make_tmp ("cr-sandbox-XXXXXX", NULL);
  self->session = soup_session_new ();
  soup_session_add_feature (self->session, SOUP_SESSION_FEATURE (jar));
  start (self, n_patients);
  reply = cr_sandbox_rig_get (self, "/_sandbox", NULL);
  g_assert_cmpuint (reply->status, ==, 200);
  self->about = cr_reply_json (reply);
  return self;
}

/* As if the process had been killed and started again: nothing but the folder is left. */
void
cr_sandbox_rig_restart (CrSandboxRig *self)
{
  soup_session_abort (self->session);
  g_assert_finalize_object (self->sandbox);
  start (self, 0);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

void
cr_sandbox_rig_free (CrSandboxRig *self)
{
  soup_session_abort (self->session);
  g_object_unref (self->session);
  g_assert_finalize_object (self->sandbox);
  json_object_unref (self->about);
  remove_all (self->dir);
  g_free (self->dir);
  g_free (self);
}

void
cr_reply_free (CrReply *reply)
{
  g_object_unref (reply->message);
  g_free (reply->body);
  g_free (reply);
}

SoupMessage *
cr_sandbox_rig_message (CrSandboxRig *self, const char *method, const char *path)
{
  g_autofree char *uri = path[0] == '/'
                           ? g_strconcat (cr_sandbox_get_uri (self->sandbox), path, NULL)
                           : g_strdup (path);
  SoupMessage *message = soup_message_new (method, uri);

  g_assert_nonnull (message);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  return message;
}

typedef struct
{
  GBytes *body;
  GError *error;
  gboolean is_done;
} Wait;

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &wait->error);
  wait->is_done = TRUE;
}

/* Takes @message. Waits for the answer while the loop, and with it the sandbox, goes on. */
CrReply *
cr_sandbox_rig_send (CrSandboxRig *self, SoupMessage *message, const char *type, GBytes *body)
{
  CrReply *reply = g_new0 (CrReply, 1);
  Wait wait = { NULL, NULL, FALSE };

  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, type, body);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, sent_cb,
                                    &wait);
  while (!wait.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (wait.error);

  reply->message = message;
  reply->status = soup_message_get_status (message);
  reply->headers = soup_message_get_response_headers (message);
  reply->length = g_bytes_get_size (wait.body);
  reply->body = g_malloc0 (reply->length + 1);
  if (reply->length > 0)
    memcpy (reply->body, g_bytes_get_data (wait.body, NULL), reply->length);
  g_bytes_unref (wait.body);
  return reply;
}

CrReply *
cr_sandbox_rig_get (CrSandboxRig *self, const char *path, const char *token)
{
  SoupMessage *message = cr_sandbox_rig_message (self, "GET", path);
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

  if (token != NULL)
    soup_message_headers_append (soup_message_get_request_headers (message), "Authorization",
                                 bearer);
  soup_message_headers_append (soup_message_get_request_headers (message), "Accept",
                               "application/fhir+json");
  return cr_sandbox_rig_send (self, message, NULL, NULL);
}

/* For an answer that does not come through. Returns: (transfer full): what the client made of it */
GError *
cr_sandbox_rig_fail (CrSandboxRig *self, const char *path, const char *token)
{
  g_autoptr (SoupMessage) message = cr_sandbox_rig_message (self, "GET", path);
  g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);
  Wait wait = { NULL, NULL, FALSE };

  soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", bearer);
  soup_session_send_and_read_async (self->session, message, G_PRIORITY_DEFAULT, NULL, sent_cb,
                                    &wait);
  while (!wait.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (wait.body);
  return wait.error;
}

/* POST of a form; the pairs end with NULL. */
CrReply *
cr_sandbox_rig_form (CrSandboxRig *self, const char *path, ...)
{
  g_autoptr (GString) form = g_string_new (NULL);
  g_autoptr (GBytes) body = NULL;
  const char *name;
  va_list args;

  va_start (args, path);
  while ((name = va_arg (args, const char *)) != NULL)
    {
      g_autofree char *value = g_uri_escape_string (va_arg (args, const char *), NULL, FALSE);

      g_string_append_printf (form, "%s%s=%s", form->len > 0 ? "&" : "", name, value);
    }
  va_end (args);
  body = g_bytes_new (form->str, form->len);
  return cr_sandbox_rig_send (self, cr_sandbox_rig_message (self, "POST", path),
                              "application/x-www-form-urlencoded", body);
}

void
cr_sandbox_rig_fault (CrSandboxRig *self, const char *name, const char *parameters)
{
  g_autofree char *path = g_strconcat ("/_sandbox/faults/", name, NULL);
  g_autoptr (GBytes) body = g_bytes_new (parameters, parameters != NULL ? strlen (parameters) : 0);
  g_autoptr (CrReply) reply = cr_sandbox_rig_send (self, cr_sandbox_rig_message (self, "PUT", path),
                                                   "application/json", body);

  g_assert_cmpuint (reply->status, ==, 204);
}

void
cr_sandbox_rig_no_fault (CrSandboxRig *self, const char *name)
{
  g_autofree char *path = g_strconcat ("/_sandbox/faults/", name, NULL);
  g_autoptr (CrReply) reply =
      cr_sandbox_rig_send (self, cr_sandbox_rig_message (self, "DELETE", path), NULL, NULL);

  g_assert_cmpuint (reply->status, ==, 204);
}

/* Returns: (transfer full) */
JsonObject *
cr_reply_json (CrReply *reply)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = cr_json_parse (reply->body, (gssize) reply->length, "The answer", &error);

  g_assert_no_error (error);
  return object;
}

const char *
cr_reply_header (CrReply *reply, const char *name)
{
  return soup_message_headers_get_one (reply->headers, name);
}

JsonObject *
cr_sandbox_rig_patient (CrSandboxRig *self, guint index)
{
  return cr_json_array_object (cr_json_array (self->about, "patients"), index);
}

char *
cr_sandbox_rig_authorize_uri (CrSandboxRig *self, const char *scope, const char *challenge)
{
  JsonObject *portal = cr_json_object (self->about, "portal");
  g_autofree char *aud = g_strconcat (cr_sandbox_get_uri (self->sandbox), "/portal/fhir", NULL);

  g_assert_cmpstr (aud, ==, cr_json_string (portal, "fhir_base_url"));
  return g_strdup_printf (
      "/portal/authorize?response_type=code&client_id=%s&redirect_uri=%s&scope=%s"
      "&state=st4te&aud=%s&code_challenge=%s&code_challenge_method=S256",
      cr_json_string (portal, "client_id"), CR_RIG_REDIRECT,
      scope != NULL ? scope : cr_json_string (portal, "scopes"), aud, challenge);
}

static char *
find_hidden (const char *page, const char *name)
{
  g_autofree char *open = g_strdup_printf ("name=\"%s\" value=\"", name);
  const char *start = strstr (page, open);

  g_assert_nonnull (start);
  start += strlen (open);
  return g_strndup (start, strcspn (start, "\""));
}

/* Walks the two pages. Returns: (transfer full): where the browser is sent at the end */
char *
cr_sandbox_rig_consent (CrSandboxRig *self, guint patient, const char *uri, const char *decision)
{
  JsonObject *person = cr_sandbox_rig_patient (self, patient);
  g_autoptr (CrReply) login = cr_sandbox_rig_get (self, uri, NULL);
  g_autoptr (CrReply) signed_in = NULL, consent = NULL, back = NULL;
  g_autofree char *trip = NULL, *csrf = NULL;

  g_assert_cmpuint (login->status, ==, 200);
  trip = find_hidden (login->body, "trip");
  csrf = find_hidden (login->body, "csrf");
  signed_in = cr_sandbox_rig_form (self, "/portal/login", "trip", trip, "csrf", csrf, "username",
                                   cr_json_string (person, "username"), "password",
                                   cr_json_string (person, "password"), NULL);
  g_assert_cmpuint (signed_in->status, ==, 303);
  consent = cr_sandbox_rig_get (self, cr_reply_header (signed_in, "Location"), NULL);
  g_assert_cmpuint (consent->status, ==, 200);
  back = cr_sandbox_rig_form (self, "/portal/consent", "trip", trip, "csrf", csrf, "decision",
                              decision, NULL);
  g_assert_cmpuint (back->status, ==, 303);
  return g_strdup (cr_reply_header (back, "Location"));
}

/* The whole of it. Returns: (transfer full): the token answer */
JsonObject *
cr_sandbox_rig_walk (CrSandboxRig *self, guint patient, const char *scope)
{
  g_autofree char *uri = cr_sandbox_rig_authorize_uri (self, scope, CR_RIG_CHALLENGE);
  g_autofree char *back = cr_sandbox_rig_consent (self, patient, uri, "allow");
  const char *code = strstr (back, "code=") + strlen ("code=");
  g_autofree char *text = g_strndup (code, strcspn (code, "&"));
  g_autoptr (CrReply) reply = cr_sandbox_rig_form (
      self, "/portal/token", "grant_type", "authorization_code", "code", text, "redirect_uri",
      CR_RIG_REDIRECT, "client_id", "chartroom-sandbox", "code_verifier", CR_RIG_VERIFIER, NULL);

  g_assert_cmpuint (reply->status, ==, 200);
  return cr_reply_json (reply);
}

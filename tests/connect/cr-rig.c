/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-rig.h"

#include "base/cr-id.h"
#include "base/cr-json.h"
#include "store/cr-connections-table.h"
#include "store/cr-log-tables.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#include <glib/gstdio.h>
#include <string.h>

void
cr_rig_use_file_keyring (void)
{
  g_autofree char *folder = g_dir_make_tmp ("chartroom-keyring-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "keyring", NULL);

  g_setenv ("CHARTROOM_TEST_KEYRING", "1", TRUE);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
}

void
cr_rig_wait (gboolean *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
  gboolean done;
  GAsyncResult *result;
} Wait;

static void
wait_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->result = g_object_ref (result);
  wait->done = TRUE;
}

static void
start_sandbox (CrRig *rig)
{
  const char *program = g_getenv ("CHARTROOM_SANDBOX");
  g_autofree char *state = g_build_filename (rig->folder, "sandbox", NULL);
  g_autoptr (GDataInputStream) out = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (program);
  rig->sandbox = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
                                   &error, program, "--listen", "127.0.0.1:0", "--state", state,
                                   "--die-with-stdin", NULL);
  g_assert_no_error (error);
  out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (rig->sandbox));
  line = g_data_input_stream_read_line (out, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (g_str_has_prefix (line, "listening "));
  rig->sandbox_uri = g_strdup (line + strlen ("listening "));
}

void
cr_rig_stop_sandbox (CrRig *rig)
{
  if (rig->sandbox == NULL)
    return;

  g_subprocess_force_exit (rig->sandbox);
  g_subprocess_wait (rig->sandbox, NULL, NULL);
  g_clear_object (&rig->sandbox);
}

static void
describe_sandbox (CrRig *rig)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/_sandbox?counts=no", NULL);
  g_autoptr (CrAnswer) answer = cr_rig_get (rig, url);
  g_autofree char *base = g_strconcat (rig->sandbox_uri, "/portal/fhir", NULL);
  JsonObject *portal;

  g_assert_cmpuint (answer->status, ==, 200);
  rig->about = cr_json_parse (answer->body, -1, "The sandbox", NULL);
  g_assert_nonnull (rig->about);
  portal = cr_json_object (rig->about, "portal");
  rig->source_id =
      cr_rig_add_source (rig, "Sandbox portal", base, cr_json_string (portal, "client_id"));
}

CrRig *
cr_rig_new (gboolean with_sandbox)
{
  CrRig *rig = g_new0 (CrRig, 1);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  cr_rig_clock_begin (NULL);
  rig->folder = g_dir_make_tmp ("chartroom-connect-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (rig->folder, "store.db", NULL);
  rig->store = cr_store_open (path, &error);
  g_assert_no_error (error);
  rig->client = cr_client_new (cr_rig_clock, 8);
  cr_skew_set_boot_clock (cr_client_get_skew (rig->client), cr_rig_boot_clock);
  rig->vault = cr_vault_new ("test-workspace");
  rig->changes = cr_changes_new ();
  rig->server = cr_server_new ();
  rig->connect = cr_connect_new (rig->store, rig->client, rig->vault, rig->changes, cr_rig_clock);
  rig->tokens = cr_tokens_new (rig->store, rig->client, rig->vault, rig->changes, cr_rig_clock);
  cr_connect_add_routes (rig->connect, rig->server);
  g_assert_true (cr_server_listen (rig->server, "127.0.0.1:0", &error));
  g_assert_no_error (error);
  cr_connect_set_public_url (rig->connect, cr_server_get_uri (rig->server));
  rig->visitor = soup_session_new ();
  soup_session_add_feature_by_type (rig->visitor, SOUP_TYPE_COOKIE_JAR);
  if (with_sandbox)
    {
      start_sandbox (rig);
      describe_sandbox (rig);
      cr_rig_clock_begin (rig);
    }

  return rig;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
close_server (CrRig *rig)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  cr_server_close (rig->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
connect_stopped_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  cr_connect_stop_finish (CR_CONNECT (object), result);
  *(gboolean *) user_data = TRUE;
}

void
cr_rig_stop_connect (CrRig *rig)
{
  cr_connect_stop_async (rig->connect, connect_stopped_cb, &rig->connect_is_stopped);
}

static void
tokens_stopped_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  cr_tokens_stop_finish (CR_TOKENS (object), result);
  *(gboolean *) user_data = TRUE;
}

void
cr_rig_stop_tokens (CrRig *rig)
{
  cr_tokens_stop_async (rig->tokens, tokens_stopped_cb, &rig->tokens_are_stopped);
}

static void
asked_late_cb (SoupServer *server,
               SoupServerMessage *message,
               const char *path,
               GHashTable *query,
               gpointer user_data)
{
  CrRig *rig = user_data;

  g_set_object (&rig->asked_late, message);
  rig->n_asked_late++;
  soup_server_message_pause (message);
}

char *
cr_rig_start_late (CrRig *rig)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;
  char *url;

  rig->late = soup_server_new (NULL, NULL);
  soup_server_add_handler (rig->late, NULL, asked_late_cb, rig, NULL);
  g_assert_true (soup_server_listen_local (rig->late, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  g_assert_no_error (error);
  uris = soup_server_get_uris (rig->late);
  url = g_strdup_printf ("http://127.0.0.1:%d/token", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

void
cr_rig_wait_for_late (CrRig *rig)
{
  while (rig->asked_late == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
stop_all (CrRig *rig)
{
  if (!rig->connect_is_stopped)
    cr_rig_stop_connect (rig);
  if (!rig->tokens_are_stopped)
    cr_rig_stop_tokens (rig);
  cr_rig_wait (&rig->connect_is_stopped);
  cr_rig_wait (&rig->tokens_are_stopped);
}

void
cr_rig_free (CrRig *rig)
{
  cr_rig_clock_begin (NULL);
  cr_rig_stop_sandbox (rig);
  stop_all (rig);
  soup_session_abort (rig->visitor);
  close_server (rig);
  g_object_unref (rig->visitor);
  g_object_unref (rig->server);
  g_assert_finalize_object (rig->connect);
  g_assert_finalize_object (rig->tokens);
  cr_store_close (rig->store);
  cr_vault_close (rig->vault);
  g_object_unref (rig->client);
  g_object_unref (rig->vault);
  g_object_unref (rig->changes);
  g_object_unref (rig->store);
  g_clear_object (&rig->asked_late);
  g_clear_object (&rig->late);
  g_clear_pointer (&rig->about, json_object_unref);
  remove_tree (rig->folder);
  g_free (rig->folder);
  g_free (rig->sandbox_uri);
  g_free (rig->source_id);
  g_free (rig);
}

void
cr_answer_free (CrAnswer *answer)
{
  g_free (answer->location);
  g_free (answer->body);
  g_free (answer->policy);
  g_free (answer);
}

static CrAnswer *
send (CrRig *rig, const char *method, const char *url, const char *type, const char *text)
{
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GBytes) body = text != NULL ? g_bytes_new (text, strlen (text)) : NULL;
  g_autoptr (GBytes) received = NULL;
  g_autoptr (GError) error = NULL;
  CrAnswer *answer = g_new0 (CrAnswer, 1);
  SoupMessageHeaders *headers;
  Wait wait = { FALSE, NULL };

  g_assert_nonnull (message);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  headers = soup_message_get_request_headers (message);
  if (rig->accept != NULL)
    soup_message_headers_append (headers, "Accept", rig->accept);
  if (rig->accept_language != NULL)
    soup_message_headers_append (headers, "Accept-Language", rig->accept_language);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, type, body);
  soup_session_send_and_read_async (rig->visitor, message, G_PRIORITY_DEFAULT, NULL, wait_cb,
                                    &wait);
  cr_rig_wait (&wait.done);
  received = soup_session_send_and_read_finish (rig->visitor, wait.result, &error);
  g_assert_no_error (error);
  g_object_unref (wait.result);

  headers = soup_message_get_response_headers (message);
  answer->status = soup_message_get_status (message);
  answer->location = g_strdup (soup_message_headers_get_one (headers, "Location"));
  answer->policy = g_strdup (soup_message_headers_get_one (headers, "Content-Security-Policy"));
  answer->body = g_strndup (g_bytes_get_data (received, NULL), g_bytes_get_size (received));
  return answer;
}

CrAnswer *
cr_rig_get (CrRig *rig, const char *url)
{
  return send (rig, "GET", url, NULL, NULL);
}

CrAnswer *
cr_rig_post (CrRig *rig, const char *url, const char *form)
{
  return send (rig, "POST", url, "application/x-www-form-urlencoded", form);
}

void
cr_rig_answer_late (CrRig *rig)
{
  SoupMessageBody *asked = soup_server_message_get_request_body (rig->asked_late);
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/portal/token", NULL);
  g_autofree char *form = g_strndup (asked->data, (gsize) asked->length);
  g_autoptr (CrAnswer) answer = cr_rig_post (rig, url, form);

  soup_server_message_set_status (rig->asked_late, answer->status, NULL);
  soup_server_message_set_response (rig->asked_late, "application/json", SOUP_MEMORY_COPY,
                                    answer->body, strlen (answer->body));
  soup_server_message_unpause (rig->asked_late);
  g_clear_object (&rig->asked_late);
}

CrAnswer *
cr_rig_put (CrRig *rig, const char *path, const char *body)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, path, NULL);

  return send (rig, "PUT", url, "application/json", body);
}

void
cr_rig_fault (CrRig *rig, const char *name, const char *parameters)
{
  g_autofree char *path = g_strconcat ("/_sandbox/faults/", name, NULL);
  g_autoptr (CrAnswer) answer = cr_rig_put (rig, path, parameters);

  g_assert_cmpuint (answer->status, <, 300);
}

void
cr_rig_clear_faults (CrRig *rig)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/_sandbox/faults", NULL);
  g_autoptr (CrAnswer) answer = send (rig, "DELETE", url, NULL, NULL);

  g_assert_cmpuint (answer->status, <, 300);
  cr_rig_clock_tell ();
}

void
cr_rig_clear_log (CrRig *rig)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/_sandbox/log", NULL);
  g_autoptr (CrAnswer) answer = send (rig, "DELETE", url, NULL, NULL);

  g_assert_cmpuint (answer->status, <, 300);
}

guint
cr_rig_count (CrRig *rig, const char *method, const char *path, guint status)
{
  g_autofree char *url = g_strconcat (rig->sandbox_uri, "/_sandbox/log", NULL);
  g_autoptr (CrAnswer) answer = cr_rig_get (rig, url);
  g_autoptr (JsonObject) log = cr_json_parse (answer->body, -1, "The log", NULL);
  JsonArray *requests = cr_json_array (log, "requests");
  guint n = 0;

  g_assert_nonnull (requests);
  for (guint i = 0; i < json_array_get_length (requests); i++)
    {
      JsonObject *request = cr_json_array_object (requests, i);
      gint64 got = 0;

      cr_json_int (request, "status", &got);
      n += g_strcmp0 (cr_json_string (request, "method"), method) == 0 &&
           g_strcmp0 (cr_json_string (request, "path"), path) == 0 &&
           (status == 0 || got == status);
    }

  return n;
}

const char *
cr_rig_person (CrRig *rig, guint n, const char *member)
{
  JsonObject *person = cr_json_array_object (cr_json_array (rig->about, "patients"), n);
  const char *text = cr_json_string (person, member);

  g_assert_nonnull (text);
  return text;
}

gpointer
cr_rig_read (CrRig *rig, CrStoreFunc func, gpointer data)
{
  Wait wait = { FALSE, NULL };
  g_autoptr (GError) error = NULL;
  gpointer found;

  cr_store_read_async (rig->store, CR_READ_SCREEN, func, data, NULL, NULL, NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  found = cr_store_read_finish (rig->store, wait.result, &error);
  g_assert_no_error (error);
  g_object_unref (wait.result);
  return found;
}

gpointer
cr_rig_write (CrRig *rig, CrStoreFunc func, gpointer data)
{
  Wait wait = { FALSE, NULL };
  g_autoptr (GError) error = NULL;
  gpointer found;

  cr_store_write_async (rig->store, CR_WRITE_FAST, func, data, NULL, NULL, NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  found = cr_store_write_finish (rig->store, wait.result, &error);
  g_assert_no_error (error);
  g_object_unref (wait.result);
  return found;
}

static gpointer
add_patient (CrDb *db, gpointer data, GError **error)
{
  return cr_patients_table_upsert (db, data, error) ? data : NULL;
}

void
cr_rig_add_patient (CrRig *rig, guint n)
{
  g_autoptr (CrPatient) patient = cr_patient_new (cr_rig_person (rig, n, "clinic_id"));

  patient->name = g_strdup (cr_rig_person (rig, n, "name"));
  patient->birth_date = g_strdup (cr_rig_person (rig, n, "birth_date"));
  patient->sex = g_strdup (cr_rig_person (rig, n, "sex"));
  patient->created_ms = cr_rig_clock ();
  patient->updated_ms = patient->created_ms;
  cr_rig_write (rig, add_patient, patient);
}

static gpointer
add_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_add (db, data, error) ? data : NULL;
}

char *
cr_rig_add_source (CrRig *rig, const char *name, const char *base_url, const char *client_id)
{
  g_autofree char *id = cr_id_new ("fhirsrc_", cr_rig_clock ());
  g_autoptr (CrSource) source = cr_source_new (id);

  source->name = g_strdup (name);
  source->fhir_base_url = g_strdup (base_url);
  source->client_id = g_strdup (client_id);
  source->client_auth = CR_CLIENT_AUTH_NONE;
  source->created_ms = cr_rig_clock ();
  cr_rig_write (rig, add_source, source);
  return g_steal_pointer (&id);
}

CrSession *
cr_rig_session (CrRig *rig, const CrSessionRequest *request, GError **error)
{
  Wait wait = { FALSE, NULL };
  CrSession *session;

  cr_connect_create_session_async (rig->connect, request, NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  session = cr_connect_create_session_finish (rig->connect, wait.result, error);
  g_object_unref (wait.result);
  return session;
}

CrSession *
cr_rig_direct_session (CrRig *rig, guint n)
{
  g_autoptr (GError) error = NULL;
  CrSessionRequest request = {
    .patient_id = cr_rig_person (rig, n, "clinic_id"),
    .source_id = rig->source_id,
    .return_url = "https://app.example/back?x=1",
  };
  CrSession *session;

  cr_rig_add_patient (rig, n);
  session = cr_rig_session (rig, &request, &error);
  g_assert_no_error (error);
  return session;
}

static char *
hidden (const char *html, const char *name)
{
  g_autofree char *start = g_strdup_printf ("name=\"%s\" value=\"", name);
  const char *at = strstr (html, start);

  g_assert_nonnull (at);
  at += strlen (start);
  return g_strndup (at, strcspn (at, "\""));
}

static char *
absolute (CrRig *rig, const char *location)
{
  g_assert_nonnull (location);
  return location[0] == '/' ? g_strconcat (rig->sandbox_uri, location, NULL) : g_strdup (location);
}

char *
cr_rig_sign_in (CrRig *rig, const char *authorize_url, guint person, CrRigDecision decision)
{
  g_autoptr (CrAnswer) login = cr_rig_get (rig, authorize_url);
  g_autoptr (CrAnswer) signed_in = NULL;
  g_autoptr (CrAnswer) consent = NULL;
  g_autoptr (CrAnswer) decided = NULL;
  g_autofree char *trip = NULL;
  g_autofree char *csrf = NULL;
  g_autofree char *form = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *next = NULL;
  g_autofree char *login_url = g_strconcat (rig->sandbox_uri, "/portal/login", NULL);
  g_autofree char *consent_url = g_strconcat (rig->sandbox_uri, "/portal/consent", NULL);

  g_assert_cmpuint (login->status, ==, 200);
  trip = hidden (login->body, "trip");
  csrf = hidden (login->body, "csrf");
  form = soup_form_encode ("trip", trip, "csrf", csrf, "username",
                           cr_rig_person (rig, person, "username"), "password",
                           cr_rig_person (rig, person, "password"), NULL);
  signed_in = cr_rig_post (rig, login_url, form);
  g_assert_cmpuint (signed_in->status, ==, 303);
  next = absolute (rig, signed_in->location);
  consent = cr_rig_get (rig, next);
  g_assert_cmpuint (consent->status, ==, 200);
  answer = soup_form_encode ("trip", trip, "csrf", csrf, "decision",
                             decision == CR_RIG_ALLOW ? "allow" : "deny", NULL);
  decided = cr_rig_post (rig, consent_url, answer);
  g_assert_cmpuint (decided->status, ==, 303);
  return g_strdup (decided->location);
}

char *
cr_rig_walk (CrRig *rig, CrSession *session, guint person, CrRigDecision decision)
{
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *back = NULL;
  g_autoptr (CrAnswer) ended = NULL;

  g_assert_cmpuint (begun->status, ==, 303);
  back = cr_rig_sign_in (rig, begun->location, person, decision);
  ended = cr_rig_get (rig, back);
  g_assert_cmpuint (ended->status, ==, 303);
  return g_strdup (ended->location);
}

char *
cr_rig_query (const char *url, const char *name)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GHashTable) query = NULL;

  g_assert_nonnull (uri);
  if (g_uri_get_query (uri) == NULL)
    return NULL;

  query = soup_form_decode (g_uri_get_query (uri));
  return g_strdup (g_hash_table_lookup (query, name));
}

static gpointer
get_session (CrDb *db, gpointer data, GError **error)
{
  return cr_sessions_table_get (db, data, error);
}

static gpointer
list_connections (CrDb *db, gpointer data, GError **error)
{
  return cr_connections_table_list (db, data, error);
}

static gpointer
list_attempts (CrDb *db, gpointer data, GError **error)
{
  return cr_attempts_table_list (db, data, error);
}

static gpointer
list_auth_events (CrDb *db, gpointer data, GError **error)
{
  return cr_auth_events_table_list (db, data, 0, 1000, error);
}

static gpointer
list_holds (CrDb *db, gpointer data, GError **error)
{
  return cr_holds_table_list (db, data, FALSE, error);
}

static gpointer
list_pulls (CrDb *db, gpointer data, GError **error)
{
  return cr_pulls_table_list (db, data, NULL, 0, 1000, error);
}

static gpointer
list_events (CrDb *db, gpointer data, GError **error)
{
  return cr_events_table_list (db, NULL, 1000, error);
}

CrSession *
cr_rig_get_session (CrRig *rig, const char *id)
{
  return cr_rig_read (rig, get_session, (gpointer) id);
}

GPtrArray *
cr_rig_connections (CrRig *rig, const char *patient_id)
{
  return cr_rig_read (rig, list_connections, (gpointer) patient_id);
}

GPtrArray *
cr_rig_attempts (CrRig *rig, const char *session_id)
{
  return cr_rig_read (rig, list_attempts, (gpointer) session_id);
}

GPtrArray *
cr_rig_auth_events (CrRig *rig, const char *patient_id)
{
  return cr_rig_read (rig, list_auth_events, (gpointer) patient_id);
}

GPtrArray *
cr_rig_holds (CrRig *rig, const char *patient_id)
{
  return cr_rig_read (rig, list_holds, (gpointer) patient_id);
}

GPtrArray *
cr_rig_pulls (CrRig *rig, const char *patient_id)
{
  return cr_rig_read (rig, list_pulls, (gpointer) patient_id);
}

GPtrArray *
cr_rig_events (CrRig *rig)
{
  return cr_rig_read (rig, list_events, NULL);
}

static gpointer
exec_sql (CrDb *db, gpointer data, GError **error)
{
  return cr_db_exec (db, data, error) ? db : NULL;
}

void
cr_rig_fill_disk (CrRig *rig)
{
  cr_rig_write (rig, exec_sql,
                (gpointer) "CREATE TABLE filler (bytes BLOB);"
                           "CREATE TRIGGER fill BEFORE UPDATE OF sealed_tokens ON connection"
                           " BEGIN INSERT INTO filler VALUES (zeroblob (1000000)); END;"
                           "PRAGMA max_page_count = 1");
}

void
cr_rig_make_room (CrRig *rig)
{
  cr_rig_write (rig, exec_sql, (gpointer) "PRAGMA max_page_count = 1073741823; DROP TRIGGER fill");
}

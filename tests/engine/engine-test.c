/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine-test.h"

#include "sandbox/cr-sandbox-visitor.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

/* As tools/test --sanitize does with the runner's limits. */
#ifdef __SANITIZE_ADDRESS__
#define PATIENCE_S 240
#else
#define PATIENCE_S 60
#endif

gint64 engine_test_ahead_ms;

gint64 engine_test_wrong_ms;

gint64
engine_test_clock (void)
{
  return cr_time_now_ms () + engine_test_ahead_ms + engine_test_wrong_ms;
}

static gint64
boot_clock (void)
{
  return cr_time_boot_ms () + engine_test_ahead_ms;
}

void
engine_test_use_file_keyring (void)
{
  g_autofree char *folder = g_dir_make_tmp ("chartroom-keyring-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "keyring", NULL);

  g_setenv ("CHARTROOM_TEST_KEYRING", "1", TRUE);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
}

void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **place = user_data;

  g_assert_null (*place);
  *place = g_object_ref (result);
}

static gboolean
give_up_cb (gpointer user_data)
{
  g_error ("Waited too long");
  return G_SOURCE_REMOVE;
}

GAsyncResult *
wait_result (GAsyncResult **result)
{
  guint timer = g_timeout_add_seconds (PATIENCE_S, give_up_cb, NULL);

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  return *result;
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

void
wait_until (gboolean (*test) (gpointer data), gpointer data)
{
  guint timer = g_timeout_add_seconds (PATIENCE_S, give_up_cb, NULL);
  guint tick = g_timeout_add (20, tick_cb, NULL);

  while (!test (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
  g_source_remove (timer);
}

void
iterate_for (guint ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;
  guint tick = g_timeout_add (10, tick_cb, NULL);

  while (g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
}

void
engine_test_make (EngineTest *test)
{
  g_autofree char *parent = g_dir_make_tmp ("chartroom-engine-XXXXXX", NULL);

  *test = (EngineTest){ .folder = g_build_filename (parent, "data", NULL) };
  engine_test_ahead_ms = engine_test_wrong_ms = 0;
}

char *
engine_test_path (EngineTest *test, const char *name)
{
  return g_build_filename (test->folder, name, NULL);
}

static CrEngine *
try_open (EngineTest *test, const char *listen, GError **error)
{
  g_autoptr (CrWorkspace) workspace = cr_workspace_open (test->folder, test->is_sandbox, error);
  CrEngineOptions options = { .clock = engine_test_clock,
                              .boot_clock = boot_clock,
                              .listen = listen,
                              .no_schedule = test->no_schedule };
  g_autoptr (GAsyncResult) result = NULL;

  if (workspace == NULL || !cr_workspace_lock (workspace, error))
    return NULL;

  options.workspace = workspace;
  cr_engine_open_async (&options, NULL, keep_result, &result);
  return cr_engine_open_finish (wait_result (&result), error);
}

void
engine_test_open (EngineTest *test)
{
  g_autoptr (GError) error = NULL;

  test->engine = try_open (test, "127.0.0.1:0", &error);
  g_assert_no_error (error);
  g_assert_nonnull (test->engine);
}

void
engine_test_open_fails (EngineTest *test, const char *listen, GError **error)
{
  g_assert_null (try_open (test, listen, error));
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

/* What is under way may hold it a moment longer; nothing may for good. */
void
engine_test_close (EngineTest *test)
{
  gpointer let_go;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  if (test->engine == NULL)
    return;

  cr_engine_close_async (test->engine, keep_result, &result);
  g_assert_true (cr_engine_close_finish (test->engine, wait_result (&result), &error));
  g_assert_no_error (error);
  g_clear_object (&result);
  let_go = test->engine;
  g_object_add_weak_pointer (G_OBJECT (let_go), &let_go);
  g_clear_object (&test->engine);
  wait_until (is_gone, &let_go);
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

void
engine_test_clear (EngineTest *test)
{
  g_autofree char *parent = test->folder != NULL ? g_path_get_dirname (test->folder) : NULL;

  engine_test_close (test);
  if (parent != NULL)
    remove_tree (parent);
  g_clear_pointer (&test->folder, g_free);
}

GPtrArray *
engine_test_list (EngineTest *test, const CrListFilter *filter)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *list;

  cr_engine_list_async (test->engine, filter, 0, 100000, NULL, keep_result, &result);
  list = cr_engine_list_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
  return list;
}

void
engine_test_add_patient (EngineTest *test, const char *id, const char *name)
{
  g_autoptr (CrPatient) patient = cr_patient_new (id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  patient->name = g_strdup (name);
  cr_engine_save_patient_async (test->engine, patient, TRUE, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_save_patient_finish (test->engine, wait_result (&result), &error));
  g_assert_no_error (error);
}

void
engine_test_start_sandbox (EngineTest *test)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_engine_start_sandbox_async (test->engine, "tester", NULL, keep_result, &result);
  g_assert_true (cr_engine_start_sandbox_finish (test->engine, wait_result (&result), &error));
  g_assert_no_error (error);
}

static CrSession *
make_session (EngineTest *test, const char *patient_id)
{
  CrListFilter filter = { .kind = CR_LIST_SOURCES };
  g_autoptr (GPtrArray) sources = engine_test_list (test, &filter);
  CrSessionSpec spec = { .patient_id = patient_id,
                         .source_id = CR_SOURCE (g_ptr_array_index (sources, 0))->id };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrSession *session;

  cr_engine_create_session_async (test->engine, &spec, "tester", NULL, keep_result, &result);
  session = cr_engine_create_session_finish (test->engine, wait_result (&result), &error);
  g_assert_no_error (error);
  return session;
}

CrConnection *
engine_test_connect (EngineTest *test, guint n)
{
  g_autoptr (CrSandboxVisitor) visitor = cr_sandbox_visitor_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) walked = NULL;
  g_autoptr (GPtrArray) people = NULL;
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (CrSession) session = NULL;
  g_autofree char *url = NULL;
  g_autofree char *end = NULL;
  g_autoptr (GError) error = NULL;
  CrSandboxPerson *person;
  CrListFilter filter = { .kind = CR_LIST_CONNECTIONS };

  cr_sandbox_visitor_people_async (visitor, cr_engine_get_sandbox_uri (test->engine), keep_result,
                                   &result);
  people = cr_sandbox_visitor_people_finish (visitor, wait_result (&result), &error);
  g_assert_no_error (error);
  person = g_ptr_array_index (people, n);
  session = make_session (test, person->clinic_id);
  url = cr_engine_get_session_url (test->engine, session);
  cr_sandbox_visitor_walk_async (visitor, url, person->username, person->password, keep_result,
                                 &walked);
  end = cr_sandbox_visitor_walk_finish (visitor, wait_result (&walked), &error);
  g_assert_no_error (error);
  g_assert_null (strstr (end, "success=false"));
  filter.patient_id = person->clinic_id;
  connections = engine_test_list (test, &filter);
  g_assert_cmpuint (connections->len, ==, 1);
  return g_object_ref (g_ptr_array_index (connections, 0));
}

void
engine_test_fault (EngineTest *test, const char *method, const char *name, const char *parameters)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url =
      g_strdup_printf ("%s/_sandbox/faults%s%s", cr_engine_get_sandbox_uri (test->engine),
                       name != NULL ? "/" : "", name != NULL ? name : "");
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  g_autoptr (GBytes) body = g_bytes_new (parameters, strlen (parameters));
  g_autoptr (GBytes) reply = NULL;
  g_autoptr (GError) error = NULL;

  if (name != NULL)
    soup_message_set_request_body_from_bytes (message, "application/json", body);
  reply = soup_session_send_and_read (session, message, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), <, 300);
}

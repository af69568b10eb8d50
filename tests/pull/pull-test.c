/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pull-test.h"

#include "base/cr-json.h"
#include "fhir/cr-portal-rules.h"
#include "store/cr-connections-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sources-table.h"

static gpointer
get_source (CrDb *db, gpointer data, GError **error)
{
  return cr_sources_table_get (db, data, error);
}

static void
told_cb (CrChanges *changes, CrChangeKind kind, const char *id, const char *patient, PullTest *test)
{
  if (test->flow == NULL)
    return;

  test->n_told++;
  if (test->suspend_after > 0 && test->n_told == test->suspend_after)
    cr_pull_flow_suspend (test->flow);
  if (test->cancel_after > 0 && test->n_told == test->cancel_after)
    g_cancellable_cancel (test->cancellable);
}

void
pull_test_connect (PullTest *test, guint person)
{
  g_autoptr (CrSession) session = cr_rig_direct_session (test->rig, person);
  g_autofree char *back = cr_rig_walk (test->rig, session, person, CR_RIG_ALLOW);
  g_autoptr (GPtrArray) connections = NULL;

  g_assert_nonnull (strstr (back, "success=true"));
  connections = cr_rig_connections (test->rig, session->patient_id);
  g_assert_cmpuint (connections->len, ==, 1);
  g_set_object (&test->connection, g_ptr_array_index (connections, 0));
  test->person = person;
}

void
pull_test_open (PullTest *test, guint person)
{
  *test = (PullTest){ .rig = cr_rig_new (TRUE) };
  test->source = cr_rig_read (test->rig, get_source, test->rig->source_id);
  g_signal_connect (test->rig->changes, "changed", G_CALLBACK (told_cb), test);
  pull_test_connect (test, person);
}

void
pull_test_clear (PullTest *test)
{
  g_clear_object (&test->connection);
  g_clear_object (&test->source);
  g_clear_pointer (&test->rig, cr_rig_free);
}

static gpointer
add_pull (CrDb *db, gpointer data, GError **error)
{
  return cr_pulls_table_add (db, data, NULL, error) ? data : NULL;
}

static gpointer
get_pull (CrDb *db, gpointer data, GError **error)
{
  return cr_pulls_table_get (db, data, error);
}

CrPull *
pull_test_stored (PullTest *test, const char *id)
{
  return cr_rig_read (test->rig, get_pull, (gpointer) id);
}

static CrPull *
open_pull (PullTest *test)
{
  g_autoptr (GPtrArray) pulls = cr_rig_pulls (test->rig, test->connection->patient_id);
  g_autoptr (CrPull) pull = NULL;

  if (pulls->len > 0 && !cr_pull_status_is_final (CR_PULL (g_ptr_array_index (pulls, 0))->status))
    return g_object_ref (g_ptr_array_index (pulls, 0));

  pull = cr_pull_new_for (test->connection, CR_PULL_TRIGGER_MANUAL, cr_rig_clock ());
  cr_rig_write (test->rig, add_pull, pull);
  return pull_test_stored (test, pull->id);
}

typedef struct
{
  gboolean done;
  CrPull *pull;
  GError *error;
} Ran;

static void
ran_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Ran *ran = user_data;

  g_assert_false (ran->done);
  ran->pull = cr_pull_flow_run_finish (CR_PULL_FLOW (object), result, &ran->error);
  ran->done = TRUE;
}

CrPull *
pull_test_run_fails (PullTest *test, GError **error)
{
  g_autoptr (CrPull) pull = open_pull (test);
  g_autoptr (CrToken) token =
      cr_tokens_for (test->rig->tokens, test->connection->id, test->source->fhir_base_url);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CrPullParts parts = { .store = test->rig->store,
                        .client = test->rig->client,
                        .changes = test->rig->changes,
                        .clock = cr_rig_clock,
                        .token = token,
                        .pull = pull,
                        .connection = test->connection,
                        .source = test->source,
                        .max_pages = test->max_pages,
                        .patience_s = test->patience_s };
  Ran ran = { FALSE };
  CrPullFlow *flow = cr_pull_flow_new (&parts);

  test->flow = flow;
  test->cancellable = cancellable;
  test->n_told = 0;
  cr_pull_flow_run_async (flow, cancellable, ran_cb, &ran);
  cr_rig_wait (&ran.done);
  test->flow = NULL;
  test->cancellable = NULL;
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (flow);
  if (ran.error != NULL)
    g_propagate_error (error, ran.error);
  return ran.pull;
}

CrPull *
pull_test_run (PullTest *test)
{
  g_autoptr (GError) error = NULL;
  CrPull *pull = pull_test_run_fails (test, &error);

  g_assert_no_error (error);
  g_assert_nonnull (pull);
  return pull;
}

static gpointer
requeue (CrDb *db, gpointer data, GError **error)
{
  return cr_pulls_table_requeue (db, error) ? db : NULL;
}

void
pull_test_requeue (PullTest *test)
{
  cr_rig_write (test->rig, requeue, NULL);
}

static gpointer
list_queries (CrDb *db, gpointer data, GError **error)
{
  return cr_queries_table_list (db, data, error);
}

GPtrArray *
pull_test_queries (PullTest *test, const char *pull_id)
{
  return cr_rig_read (test->rig, list_queries, (gpointer) pull_id);
}

CrQuery *
pull_test_query (GPtrArray *queries, const char *type)
{
  for (guint i = 0; i < queries->len; i++)
    if (g_str_equal (CR_QUERY (g_ptr_array_index (queries, i))->type, type))
      return g_ptr_array_index (queries, i);

  g_assert_not_reached ();
}

static void
check_sentence (const char *text)
{
  g_assert_nonnull (text);
  g_assert_cmpuint (strlen (text), >, 15);
  g_assert_null (strchr (text, '<'));
  g_assert_null (strchr (text, '\n'));
}

void
pull_test_check_words (CrPull *pull, GPtrArray *queries)
{
  for (guint i = 0; i < queries->len; i++)
    {
      CrQuery *query = g_ptr_array_index (queries, i);

      if (cr_pull_status_is_final (pull->status))
        g_assert_true (query->status != CR_QUERY_PENDING && query->status != CR_QUERY_RUNNING);
      if (query->status == CR_QUERY_FAILED || query->status == CR_QUERY_NOT_GRANTED ||
          query->status == CR_QUERY_NOT_SUPPORTED)
        check_sentence (query->outcome);
      if (query->outcome != NULL)
        check_sentence (query->outcome);
    }

  if (pull->status == CR_PULL_FAILED)
    check_sentence (pull->error_message);
}

static gpointer
count_types (CrDb *db, gpointer data, GError **error)
{
  return cr_records_table_count_types (db, data, NULL, error);
}

static GPtrArray *
stored_types (PullTest *test)
{
  return cr_rig_read (test->rig, count_types, test->connection->patient_id);
}

guint
pull_test_stored_count (PullTest *test, const char *type)
{
  g_autoptr (GPtrArray) types = stored_types (test);

  for (guint i = 0; i < types->len; i++)
    {
      CrTypeCount *count = g_ptr_array_index (types, i);

      if (g_str_equal (count->type, type))
        return count->n;
    }

  return 0;
}

static JsonObject *
described (PullTest *test, JsonObject **about)
{
  g_autofree char *url = g_strconcat (test->rig->sandbox_uri, "/_sandbox", NULL);
  g_autoptr (CrAnswer) answer = cr_rig_get (test->rig, url);

  *about = cr_json_parse (answer->body, -1, "The sandbox", NULL);
  g_assert_nonnull (*about);
  return cr_json_array_object (cr_json_array (*about, "patients"), test->person);
}

/* What its searches list and, for attachments, what can be read. */
static guint
listed_in (JsonObject *person, const char *type)
{
  gint64 listed = 0, attachments = 0;

  cr_json_int (cr_json_object (person, "records"), type, &listed);
  if (g_str_equal (type, "Binary"))
    cr_json_int (person, "attachments", &attachments);
  return (guint) (listed + attachments);
}

/* The different entries of the directory that its records name; these may name others. */
static guint
named_in (JsonObject *person, const char *type)
{
  gint64 named = 0;

  cr_json_int (cr_json_object (person, "references"), type, &named);
  return (guint) named;
}

static gpointer
list_missing (CrDb *db, gpointer data, GError **error)
{
  CrConnection *connection = data;
  CrRecordOwner owner = { connection->patient_id, connection->source_id,
                          connection->portal_patient_id };
  g_autoptr (CrPortalRules) rules = cr_portal_rules_load (NULL, error);

  return cr_records_table_list_missing (db, &owner, cr_portal_rules_get_followed_types (rules),
                                        1000, error);
}

void
pull_test_check_all (PullTest *test)
{
  g_autoptr (JsonObject) about = NULL;
  JsonObject *person = described (test, &about);
  g_autoptr (GPtrArray) types = stored_types (test);
  g_autoptr (GPtrArray) missing = cr_rig_read (test->rig, list_missing, test->connection);
  g_autoptr (GList) listed = json_object_get_members (cr_json_object (person, "records"));

  g_assert_cmpuint (missing->len, ==, 0);
  for (GList *l = listed; l != NULL; l = l->next)
    g_assert_cmpuint (pull_test_stored_count (test, l->data), >=, listed_in (person, l->data));
  for (guint i = 0; i < types->len; i++)
    {
      CrTypeCount *count = g_ptr_array_index (types, i);
      guint named = named_in (person, count->type);

      if (named > 0)
        g_assert_cmpuint (count->n, >=, named + listed_in (person, count->type));
      else
        g_assert_cmpuint (count->n, ==, listed_in (person, count->type));
    }
}

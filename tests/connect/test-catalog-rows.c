/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "cr-rig.h"
#include "model/cr-connection.h"
#include "store/cr-sources-table.h"

#include <string.h>

static gpointer
close_source (CrDb *db, gpointer data, GError **error)
{
  CrSource *source = data;

  return cr_sources_table_set_status (db, source->id, source->status, "Why", 0, 1, error) ? data
                                                                                          : NULL;
}

static CrFailureCode
last_failure (CrRig *rig, CrSession *session)
{
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);

  g_assert_cmpuint (attempts->len, ==, 1);
  return CR_ATTEMPT (g_ptr_array_index (attempts, 0))->failure_code;
}

/* A page shown before still names it: nobody is sent to a source that is suspended, gone (K02) or
 * not enabled by its site (K04), and the code does not say to try again. */
static void
test_closed_source (void)
{
  static const CrSourceStatus states[] = { CR_SOURCE_SUSPENDED, CR_SOURCE_GONE,
                                           CR_SOURCE_NOT_ENABLED, CR_SOURCE_WORKING };
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      CrSessionRequest request = { .patient_id = "p-1",
                                   .source_id = rig->source_id,
                                   .return_url = "https://app.example/back" };
      g_autoptr (CrSource) source = cr_source_new (rig->source_id);
      g_autoptr (CrSession) session = cr_rig_session (rig, &request, NULL);
      g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
      g_autoptr (CrAnswer) page = NULL;

      source->status = states[i];
      g_assert_nonnull (cr_rig_write (rig, close_source, source));
      page = cr_rig_get (rig, url);
      if (states[i] == CR_SOURCE_WORKING)
        g_assert_cmpuint (page->status, !=, 503);
      else
        g_assert_cmpint (last_failure (rig, session), ==, CR_FAILURE_SOURCE_CLOSED);
    }
}

static gpointer
refuse_connections (CrDb *db, gpointer data, GError **error)
{
  return cr_db_exec (db,
                     "CREATE TRIGGER no_room BEFORE INSERT ON connection"
                     " BEGIN SELECT RAISE (FAIL, 'no room'); END",
                     error)
           ? data
           : NULL;
}

static gpointer
take_connections (CrDb *db, gpointer data, GError **error)
{
  return cr_db_exec (db, "DROP TRIGGER no_room", error) ? data : NULL;
}

/* K07: success is said when the connection is there, and not when it could not be kept. */
static void
test_success_is_kept (void)
{
  g_autoptr (CrRig) rig = cr_rig_new (TRUE);
  g_autoptr (CrSession) full = cr_rig_direct_session (rig, 0);
  g_autofree char *url = cr_connect_get_session_url (rig->connect, full);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);
  g_autofree char *back = cr_rig_sign_in (rig, begun->location, 0, CR_RIG_ALLOW);
  g_autoptr (CrAnswer) lost = NULL;
  g_autoptr (CrSession) session = NULL;
  g_autofree char *end = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) one = NULL;

  g_assert_nonnull (cr_rig_write (rig, refuse_connections, rig));
  g_test_expect_message ("cr-connect", G_LOG_LEVEL_WARNING, "A patient page failed*");
  lost = cr_rig_get (rig, back);
  g_test_assert_expected_messages ();
  none = cr_rig_connections (rig, full->patient_id);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (lost->location == NULL || strstr (lost->location, "success=true") == NULL);

  g_assert_nonnull (cr_rig_write (rig, take_connections, rig));
  session = cr_rig_direct_session (rig, 0);
  end = cr_rig_walk (rig, session, 0, CR_RIG_ALLOW);
  g_assert_nonnull (strstr (end, "success=true"));
  one = cr_rig_connections (rig, session->patient_id);
  g_assert_cmpuint (one->len, ==, 1);
  g_assert_cmpint (CR_CONNECTION (g_ptr_array_index (one, 0))->status, ==, CR_CONNECTION_ACTIVE);
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/catalog/K02-K04-closed-source", test_closed_source);
  g_test_add_func ("/connect/catalog/K07-success-is-kept", test_success_is_kept);

  return g_test_run ();
}

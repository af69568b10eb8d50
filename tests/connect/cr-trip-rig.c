/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cr-trip-rig.h"

#include "base/cr-enum.h"

#include <string.h>

char *
trip_begin (CrRig *rig, CrSession *session)
{
  g_autofree char *url = cr_connect_get_session_url (rig->connect, session);
  g_autoptr (CrAnswer) begun = cr_rig_get (rig, url);

  g_assert_cmpuint (begun->status, ==, 303);
  return g_strdup (begun->location);
}

char *
trip_bounce (CrRig *rig, CrSession *session)
{
  g_autofree char *there = trip_begin (rig, session);
  g_autoptr (CrAnswer) portal = cr_rig_get (rig, there);
  g_autoptr (CrAnswer) ended = NULL;

  g_assert_cmpuint (portal->status, ==, 303);
  ended = cr_rig_get (rig, portal->location);
  g_assert_cmpuint (ended->status, ==, 303);
  return g_strdup (ended->location);
}

CrAnswer *
trip_return (CrRig *rig, const char *authorize_url, const char *query)
{
  g_autofree char *redirect = cr_connect_get_redirect_uri (rig->connect);
  g_autofree char *state = cr_rig_query (authorize_url, "state");
  g_autofree char *url = g_strdup_printf ("%s?state=%s&%s", redirect, state, query);

  return cr_rig_get (rig, url);
}

char *
trip_with (CrRig *rig, const char *fault, const char *parameters, CrSession **session)
{
  *session = cr_rig_direct_session (rig, 0);
  cr_rig_clear_log (rig);
  cr_rig_fault (rig, fault, parameters);
  return cr_rig_walk (rig, *session, 0, CR_RIG_ALLOW);
}

CrAttempt *
trip_attempt (CrRig *rig, CrSession *session)
{
  g_autoptr (GPtrArray) attempts = cr_rig_attempts (rig, session->id);

  g_assert_cmpuint (attempts->len, >, 0);
  return g_object_ref (g_ptr_array_index (attempts, attempts->len - 1));
}

CrAuthEvent *
trip_find (GPtrArray *log, CrAuthStep step)
{
  for (guint i = 0; i < log->len; i++)
    if (((CrAuthEvent *) g_ptr_array_index (log, i))->step == step)
      return g_ptr_array_index (log, i);

  return NULL;
}

static gboolean
has_code (GPtrArray *log, CrFailureCode code)
{
  for (guint i = 0; i < log->len; i++)
    {
      CrAuthEvent *event = g_ptr_array_index (log, i);

      if (event->code != code)
        continue;
      g_assert_cmpint (event->outcome, ==, CR_AUTH_OUTCOME_FAILURE);
      g_assert_cmpuint (strlen (event->description), >, 15);
      g_assert_nonnull (event->source_name);
      g_assert_cmpint (event->at_ms, >, 0);
      return TRUE;
    }

  return FALSE;
}

void
trip_assert_failed (CrRig *rig, CrSession *session, const char *back, CrFailureCode code)
{
  g_autofree char *nick = back != NULL ? cr_rig_query (back, "error") : NULL;
  g_autoptr (CrAttempt) attempt = trip_attempt (rig, session);
  g_autoptr (GPtrArray) log = cr_rig_auth_events (rig, session->patient_id);

  if (back != NULL)
    g_assert_cmpstr (nick, ==, cr_enum_to_string (CR_TYPE_FAILURE_CODE, (int) code));
  g_assert_cmpint (attempt->failure_code, ==, code);
  g_assert_null (attempt->sealed_verifier);
  g_assert_null (attempt->connection_id);
  g_assert_true (has_code (log, code));
}

void
trip_assert_connected (CrRig *rig, CrSession *session, const char *back)
{
  g_autofree char *success = cr_rig_query (back, "success");
  g_autofree char *error = cr_rig_query (back, "error");
  g_autoptr (CrAttempt) attempt = trip_attempt (rig, session);

  g_assert_cmpstr (error, ==, NULL);
  g_assert_cmpstr (success, ==, "true");
  g_assert_cmpint (attempt->status, ==, CR_ATTEMPT_ACTIVE);
}

static gpointer
exec_sql (CrDb *db, gpointer data, GError **error)
{
  return cr_db_exec (db, data, error) ? data : NULL;
}

void
trip_set_source (CrRig *rig, const char *column, const char *value)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE source SET %s = '%s' WHERE id = '%s'", column,
                                          value, rig->source_id);

  cr_rig_write (rig, exec_sql, sql);
}

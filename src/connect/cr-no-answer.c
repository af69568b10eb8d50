/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-no-answer.h"

#include "base/cr-id.h"
#include "base/cr-said.h"
#include "store/cr-sessions-table.h"

/* In one look; the next one goes on. */
#define MOST_ENDED 200
/* The longest an exchange may go on after the last moment its answer could come in. */
#define EXCHANGE_MS (5 * 60 * G_GINT64_CONSTANT (1000))

static gboolean
end (CrDb *db,
     CrAttempt *attempt,
     CrFailureCode code,
     const char *note,
     gint64 now_ms,
     CrTold *told,
     GError **error)
{
  gboolean came = code != CR_FAILURE_NO_ANSWER;
  g_autoptr (CrAuthEvent) event =
      cr_auth_event_of_attempt (attempt, came ? CR_AUTH_STEP_EXCHANGE : CR_AUTH_STEP_CALLBACK,
                                CR_AUTH_OUTCOME_FAILURE, code, note, now_ms);

  attempt->status = came ? CR_ATTEMPT_FAILED : CR_ATTEMPT_EXPIRED;
  attempt->failure_code = code;
  attempt->failure_description = g_strdup (note);
  attempt->failure_ms = now_ms;
  cr_told_note (told, CR_CHANGE_SESSION, attempt->session_id);
  return cr_attempts_table_finish (db, attempt, error) && cr_auth_log_add (db, event, told, error);
}

static gboolean
end_all (CrDb *db,
         GPtrArray *attempts,
         CrFailureCode code,
         const char *note,
         gint64 now_ms,
         GPtrArray *all,
         GError **error)
{
  for (guint i = 0; i < attempts->len; i++)
    {
      CrAttempt *attempt = g_ptr_array_index (attempts, i);
      CrTold *told = cr_told_new (attempt->patient_id);

      g_ptr_array_add (all, told);
      if (!end (db, attempt, code, note, now_ms, told, error))
        return FALSE;
    }

  return TRUE;
}

/* A link to one source that nobody came back from. What became of the sources of the other kind is
 * on record for each. */
static gboolean
note_session (CrDb *db, CrSession *session, CrTold *told, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) attempts = cr_attempts_table_list (db, session->id, error);
  g_autofree char *id = cr_id_new ("ae_", now_ms);
  g_autoptr (CrAuthEvent) event = cr_auth_event_new (id);

  if (attempts == NULL)
    return FALSE;
  if (session->source_id == NULL)
    return TRUE;

  event->patient_id = g_strdup (session->patient_id);
  event->session_id = g_strdup (session->id);
  event->source_id = g_strdup (session->source_id);
  event->step = attempts->len > 0 ? CR_AUTH_STEP_CALLBACK : CR_AUTH_STEP_REDIRECT;
  event->outcome = CR_AUTH_OUTCOME_FAILURE;
  event->code = CR_FAILURE_SESSION_EXPIRED;
  event->description = g_strdup (
      attempts->len > 0 ? CR_SAID ("The patient went to the portal and did not come back before "
                                   "the link ended.")
                        : CR_SAID ("Nobody opened the link before it ended."));
  event->at_ms = now_ms;
  return cr_auth_log_add (db, event, told, error);
}

static gboolean
end_sessions (CrDb *db, gint64 now_ms, GPtrArray *all, GError **error)
{
  g_autoptr (GPtrArray) ended = cr_sessions_table_list_ended (db, now_ms, MOST_ENDED, error);

  if (ended == NULL)
    return FALSE;

  for (guint i = 0; i < ended->len; i++)
    {
      CrSession *session = g_ptr_array_index (ended, i);
      CrTold *told = cr_told_new (session->patient_id);

      g_ptr_array_add (all, told);
      cr_told_note (told, CR_CHANGE_SESSION, session->id);
      if (!cr_sessions_table_set_status (db, session->id, CR_SESSION_EXPIRED, now_ms, error) ||
          !note_session (db, session, told, now_ms, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * cr_no_answer_settle:
 *
 * Ends attempts whose patient did not come back from the portal in time, which is not a refusal:
 * some portals show an error of their own and send nobody back. Also ends those whose exchange a
 * crash cut off, because their code is used up. And ends the sessions whose time is over.
 *
 * Returns: (transfer full): CrTold of each, to be told once this is committed
 */
GPtrArray *
cr_no_answer_settle (CrDb *db, gint64 now_ms, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_told_free);
  g_autoptr (GPtrArray) silent =
      cr_attempts_table_list_ended (db, FALSE, now_ms, MOST_ENDED, error);
  g_autoptr (GPtrArray) cut = NULL;

  if (silent == NULL)
    return NULL;
  cut = cr_attempts_table_list_ended (db, TRUE, now_ms - EXCHANGE_MS, MOST_ENDED, error);
  if (cut == NULL)
    return NULL;

  if (!end_all (
          db, silent, CR_FAILURE_NO_ANSWER,
          CR_SAID ("The patient was sent to the portal, and within ten minutes nothing came back."),
          now_ms, all, error) ||
      !end_all (db, cut, CR_FAILURE_TOKEN_EXCHANGE_FAILED,
                CR_SAID ("Chartroom was interrupted while the portal was asked for access."),
                now_ms, all, error) ||
      !end_sessions (db, now_ms, all, error))
    return NULL;

  return g_steal_pointer (&all);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-no-answer.h"

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

/**
 * cr_no_answer_settle:
 *
 * Ends attempts whose patient did not come back from the portal in time, which is not a refusal:
 * some portals show an error of their own and send nobody back. Also ends those whose exchange a
 * crash cut off, because their code is used up.
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

  if (!end_all (db, silent, CR_FAILURE_NO_ANSWER,
                "The patient was sent to the portal, and within ten minutes nothing came back.",
                now_ms, all, error) ||
      !end_all (db, cut, CR_FAILURE_TOKEN_EXCHANGE_FAILED,
                "Chartroom was interrupted while the portal was asked for access.", now_ms, all,
                error))
    return NULL;

  return g_steal_pointer (&all);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-session-visit.h"

#include "base/cr-error.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

#define MAX_SOURCES 50

void
cr_session_visit_free (CrSessionVisit *self)
{
  g_object_unref (self->self);
  g_object_unref (self->exchange);
  g_free (self->key);
  g_free (self->text);
  g_free (self->source_id);
  g_clear_object (&self->session);
  g_clear_pointer (&self->attempts, g_ptr_array_unref);
  g_clear_pointer (&self->outcomes, g_ptr_array_unref);
  g_clear_pointer (&self->recommended, g_ptr_array_unref);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_pointer (&self->chosen, cr_page_source_free);
  g_clear_pointer (&self->told, cr_told_free);
  g_free (self);
}

/* Nobody who is still at the portal said no, and who did not come back in time did not either. */
static CrFailureCode
code_of_attempt (CrAttempt *attempt)
{
  switch (attempt->status)
    {
    case CR_ATTEMPT_ACTIVE:
      return CR_FAILURE_NONE;
    case CR_ATTEMPT_FAILED:
      return attempt->failure_code;
    case CR_ATTEMPT_STARTED:
    case CR_ATTEMPT_EXPIRED:
    default:
      return CR_FAILURE_NO_ANSWER;
    }
}

CrFailureCode
cr_session_visit_code (CrSessionVisit *self)
{
  CrFailureCode code = CR_FAILURE_USER_DENIED;

  for (guint i = 0; i < self->attempts->len; i++)
    {
      code = code_of_attempt (g_ptr_array_index (self->attempts, i));
      if (code == CR_FAILURE_NONE)
        break;
    }

  return code;
}

static CrPageOutcome *
outcome_new (CrDb *db, const char *source_id, GError **error)
{
  g_autoptr (CrSource) source = cr_sources_table_get (db, source_id, error);
  CrPageOutcome *outcome;

  if (source == NULL)
    return NULL;

  outcome = g_new0 (CrPageOutcome, 1);
  outcome->name = g_strdup (source->name);
  outcome->code = CR_FAILURE_NO_ANSWER;
  return outcome;
}

static gboolean
is_connected (const CrPageOutcome *outcome)
{
  return !outcome->is_waiting && outcome->code == CR_FAILURE_NONE;
}

/* One line per source: connected wins over failed, later over earlier. */
static gboolean
read_outcomes (CrDb *db, CrSessionVisit *self, GError **error)
{
  g_autoptr (GHashTable) by_source = g_hash_table_new (g_str_hash, g_str_equal);

  self->outcomes = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_page_outcome_free);
  for (guint i = 0; i < self->attempts->len; i++)
    {
      CrAttempt *attempt = g_ptr_array_index (self->attempts, i);
      CrPageOutcome *outcome = g_hash_table_lookup (by_source, attempt->source_id);

      if (outcome == NULL)
        {
          outcome = outcome_new (db, attempt->source_id, error);
          if (outcome == NULL)
            return FALSE;
          g_ptr_array_add (self->outcomes, outcome);
          g_hash_table_insert (by_source, attempt->source_id, outcome);
        }
      else if (is_connected (outcome))
        continue;

      outcome->code = code_of_attempt (attempt);
      outcome->is_waiting = attempt->status == CR_ATTEMPT_STARTED &&
                            self->session->status == CR_SESSION_OPEN &&
                            self->now_ms < attempt->state_expires_ms;
    }

  return TRUE;
}

static CrPageSource *
choice_new (CrSessionVisit *self, CrSource *source)
{
  CrPageSource *choice = cr_page_source_new (source, self->in, self->now_ms);

  for (guint i = 0; i < self->attempts->len && !choice->is_connected; i++)
    {
      CrAttempt *attempt = g_ptr_array_index (self->attempts, i);

      choice->is_connected =
          attempt->status == CR_ATTEMPT_ACTIVE && g_strcmp0 (attempt->source_id, source->id) == 0;
    }

  return choice;
}

static gboolean
is_recommended (CrSessionVisit *self, const char *id)
{
  const char *const *ids = (const char *const *) self->session->recommended;

  return ids != NULL && g_strv_contains (ids, id);
}

/* While searching, suggestions stand among what was found. */
static gboolean
read_choices (CrDb *db, CrSessionVisit *self, GError **error)
{
  char **ids = self->text == NULL ? self->session->recommended : NULL;
  g_autoptr (GPtrArray) listed = NULL;
  GPtrArray *closed;

  self->recommended = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_page_source_free);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) cr_page_source_free);
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    {
      g_autoptr (CrSource) source = cr_sources_table_get (db, ids[i], NULL);

      if (source != NULL)
        g_ptr_array_add (self->recommended, choice_new (self, source));
    }

  listed = cr_sources_table_pick (db, self->text, MAX_SOURCES + 1, error);
  if (listed == NULL)
    return FALSE;

  self->has_more = listed->len > MAX_SOURCES;
  closed = g_ptr_array_new ();
  for (guint i = 0; i < MIN (listed->len, MAX_SOURCES); i++)
    {
      CrSource *source = g_ptr_array_index (listed, i);
      g_autoptr (CrPageSource) row = choice_new (self, source);
      GPtrArray *to;

      /* What cannot be chosen is only in the way of who is not looking for it. */
      if (self->text == NULL && (row->why_not != NULL || is_recommended (self, source->id)))
        continue;

      to = row->why_not != NULL                                    ? closed
         : self->text != NULL && is_recommended (self, source->id) ? self->recommended
                                                                   : self->sources;
      g_ptr_array_add (to, g_steal_pointer (&row));
    }
  g_ptr_array_extend_and_steal (self->sources, g_steal_pointer (&closed));

  return TRUE;
}

static void
read_chosen (CrDb *db, CrSessionVisit *self)
{
  g_autoptr (CrSource) source =
      self->source_id != NULL ? cr_sources_table_get (db, self->source_id, NULL) : NULL;

  if (source != NULL)
    self->chosen = cr_page_source_new (source, self->in, self->now_ms);
  else
    self->purpose = CR_VISIT_SHOW;
}

gpointer
cr_session_visit_read (CrDb *db, gpointer data, GError **error)
{
  CrSessionVisit *self = data;
  gboolean is_picked;

  self->session = cr_sessions_table_get_by_url_key (db, self->key, error);
  if (self->session == NULL)
    return NULL;
  self->attempts = cr_attempts_table_list (db, self->session->id, error);
  if (self->attempts == NULL || !read_outcomes (db, self, error))
    return NULL;

  is_picked = self->session->source_id == NULL && self->session->status == CR_SESSION_OPEN;
  if (is_picked && (self->purpose == CR_VISIT_CHOOSE || self->purpose == CR_VISIT_START))
    read_chosen (db, self);
  if (is_picked && self->purpose == CR_VISIT_SHOW && !read_choices (db, self, error))
    return NULL;

  return self;
}

gboolean
cr_session_visit_is_over (CrSessionVisit *self)
{
  return self->session->status == CR_SESSION_EXPIRED ||
         (self->session->status == CR_SESSION_OPEN && self->now_ms >= self->session->expires_ms);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-auth-log.h"

#include "base/cr-id.h"
#include "store/cr-sessions-table.h"

typedef struct
{
  CrChangeKind kind;
  char *id; /* (owned) */
} Change;

struct _CrTold
{
  char *patient_id; /* (owned) (nullable) */
  GArray *changes;  /* (owned): of Change */
};

static void
clear_change (gpointer data)
{
  g_free (((Change *) data)->id);
}

CrTold *
cr_told_new (const char *patient_id)
{
  CrTold *self = g_new0 (CrTold, 1);

  self->patient_id = g_strdup (patient_id);
  self->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  g_array_set_clear_func (self->changes, clear_change);
  return self;
}

void
cr_told_free (CrTold *self)
{
  g_free (self->patient_id);
  g_array_unref (self->changes);
  g_free (self);
}

void
cr_told_note (CrTold *self, CrChangeKind kind, const char *id)
{
  Change change = { kind, g_strdup (id) };

  g_array_append_val (self->changes, change);
}

/* Main thread, after the commit. */
void
cr_told_tell (CrTold *self, CrChanges *changes)
{
  for (guint i = 0; i < self->changes->len; i++)
    {
      const Change *change = &g_array_index (self->changes, Change, i);

      cr_changes_tell (changes, change->kind, change->id, self->patient_id);
    }
}

/**
 * cr_auth_event_of_attempt:
 * @description: (nullable): for staff; never a token, a code or a name
 *
 * Returns: (transfer full): one step of @attempt, not stored yet
 */
CrAuthEvent *
cr_auth_event_of_attempt (CrAttempt *attempt,
                          CrAuthStep step,
                          CrAuthOutcome outcome,
                          CrFailureCode code,
                          const char *description,
                          gint64 now_ms)
{
  g_autofree char *id = cr_id_new ("ae_", now_ms);
  CrAuthEvent *event = cr_auth_event_new (id);

  event->patient_id = g_strdup (attempt->patient_id);
  event->session_id = g_strdup (attempt->session_id);
  event->attempt_id = g_strdup (attempt->id);
  event->connection_id = g_strdup (attempt->connection_id);
  event->source_id = g_strdup (attempt->source_id);
  event->step = step;
  event->outcome = outcome;
  event->code = code;
  event->description = g_strdup (description);
  event->at_ms = now_ms;
  return event;
}

gboolean
cr_auth_log_add (CrDb *db, CrAuthEvent *event, CrTold *told, GError **error)
{
  if (!cr_auth_events_table_add (db, event, error))
    return FALSE;

  cr_told_note (told, CR_CHANGE_AUTH_EVENT, event->id);
  return TRUE;
}

/**
 * cr_clean_text:
 * @text: (nullable): what another program said, any bytes
 *
 * Returns: (transfer full) (nullable): the same as one line of valid UTF-8 without control
 *   characters, cut at @max_characters; %NULL when nothing is left
 */
char *
cr_clean_text (const char *text, gsize max_characters)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
  GString *clean = g_string_new (NULL);
  gsize n = 0;

  for (const char *p = valid; p != NULL && *p != '\0' && n < max_characters;
       p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isgraph (c))
        g_string_append_unichar (clean, c);
      else if (clean->len > 0 && clean->str[clean->len - 1] != ' ')
        g_string_append_c (clean, ' ');
      n++;
    }

  g_strchomp (clean->str);
  return g_string_free (clean, clean->str[0] == '\0');
}

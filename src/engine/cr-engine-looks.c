/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-looks.h"

#include "base/cr-error.h"
#include "engine/cr-engine-private.h"
#include "store/cr-looks-table.h"

/* A program may ask a thousand times a second: the end of a line is written once a minute. */
#define AGAIN_MS (60 * 1000)
#define MOST_KNOWN 4096u

typedef struct
{
  CrEngine *engine; /* (owned) */
  char *patient_id; /* (owned) */
} Note;

static void
note_free (Note *note)
{
  g_object_unref (note->engine);
  g_free (note->patient_id);
  g_free (note);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Note, note_free)

static gpointer
add_func (CrDb *db, gpointer look, GError **error)
{
  return cr_looks_table_add (db, look, error) ? CR_DONE : NULL;
}

static void
added_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Note) note = user_data;
  CrEngine *self = note->engine;
  g_autoptr (GError) error = NULL;

  if (cr_store_write_finish (CR_STORE (store), result, &error) != NULL)
    {
      if (!self->is_closing)
        cr_changes_tell (self->changes, CR_CHANGE_LOOK, NULL, note->patient_id);
      return;
    }
  if (cr_error_is_cancelled (error))
    return;
  cr_engine_forget_looks (self);
  g_message ("Who looked at a patient's records could not be kept: %s", error->message);
  cr_scheduler_tell_storage (self->scheduler, error);
}

void
cr_engine_forget_looks (CrEngine *self)
{
  g_hash_table_remove_all (self->looks);
}

/* Whether it was kept a moment ago; it is now. */
static gboolean
is_known (CrEngine *self, const char *patient_id, CrLookKind kind, const char *person)
{
  g_autofree char *key =
      g_strdup_printf ("%d\n%s\n%s", (int) kind, patient_id, person != NULL ? person : "");
  const gint64 *kept_ms = g_hash_table_lookup (self->looks, key);
  gint64 now_ms = self->clock ();

  if (kept_ms != NULL && now_ms >= *kept_ms && now_ms - *kept_ms < AGAIN_MS)
    return TRUE;
  if (g_hash_table_size (self->looks) >= MOST_KNOWN)
    cr_engine_forget_looks (self);
  g_hash_table_replace (self->looks, g_steal_pointer (&key), g_memdup2 (&now_ms, sizeof now_ms));
  return FALSE;
}

void
cr_engine_note_look (CrEngine *self, const char *patient_id, CrLookKind kind, const char *person)
{
  Note *note;

  g_return_if_fail (CR_IS_ENGINE (self));
  g_return_if_fail (patient_id != NULL);

  if (is_known (self, patient_id, kind, person))
    return;
  note = g_new (Note, 1);
  *note = (Note){ g_object_ref (self), g_strdup (patient_id) };
  cr_store_write_async (self->store, CR_WRITE_FAST, add_func,
                        cr_look_new (patient_id, kind, person, self->clock ()), g_object_unref,
                        NULL, NULL, added_cb, note);
}

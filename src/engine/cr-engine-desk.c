/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-desk.h"

#include "base/cr-error.h"
#include "engine/cr-engine-private.h"
#include "store/cr-desk-tables.h"
#include "store/cr-log-tables.h"

#include <string.h>

#define DUTY "desk-duty"
#define MOST_CHARS 100
#define MOST_PEOPLE 200

/* The people are few and asked for whenever the menu is opened, so they are kept in memory. */

GPtrArray *
cr_engine_dup_people (CrEngine *self)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (CR_IS_ENGINE (self), names);

  for (guint i = 0; i < self->people->len; i++)
    g_ptr_array_add (names, g_strdup (g_ptr_array_index (self->people, i)));
  return names;
}

const char *
cr_engine_get_duty (CrEngine *self)
{
  const char *name;

  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  name = cr_engine_get_setting (self, DUTY);
  return name != NULL && name[0] != '\0' ? name : NULL;
}

typedef enum
{
  PERSON_ADD,
  PERSON_REMOVE,
  PERSON_ON_DUTY,
} What;

typedef struct
{
  What what;
  char *name;   /* (owned) */
  char *before; /* (owned): who did it, or was on duty */
  gint64 now_ms;
  GPtrArray *people; /* (owned) (nullable): as they are afterwards */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->name);
  g_free (change->before);
  g_clear_pointer (&change->people, g_ptr_array_unref);
  g_free (change);
}

static gpointer
change_func (CrDb *db, gpointer data, GError **error)
{
  Change *change = data;
  gboolean ok;

  switch (change->what)
    {
    case PERSON_ADD:
      ok = cr_people_table_add (db, change->name, change->now_ms, error);
      break;
    case PERSON_REMOVE:
      ok = cr_people_table_remove (db, change->name, error);
      break;
    case PERSON_ON_DUTY:
      ok = cr_settings_table_set (db, DUTY, change->name, error);
      break;
    default:
      g_return_val_if_reached (NULL);
    }
  if (ok)
    change->people = cr_people_table_list (db, error);
  return change->people != NULL ? CR_DONE : NULL;
}

static void
changed_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = CR_ENGINE (engine);
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_pointer (G_TASK (result), &error) == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_ptr_array_unref (self->people);
  self->people = g_steal_pointer (&change->people);
  if (change->what == PERSON_ON_DUTY)
    g_hash_table_insert (self->settings, g_strdup (DUTY), g_strdup (change->name));
  cr_changes_tell (self->changes, CR_CHANGE_SETTING, NULL, NULL);
  g_task_return_boolean (task, TRUE);
}

static gboolean
check_name (CrEngine *self, What what, const char *name, GError **error)
{
  glong n = g_utf8_validate (name, -1, NULL) ? g_utf8_strlen (name, -1) : 0;

  if (what == PERSON_REMOVE)
    return TRUE;
  if (n < 1 || n > MOST_CHARS || strpbrk (name, "\r\n\t") != NULL || g_str_has_prefix (name, " "))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "A person needs a name of 1 to %d characters, as it is to stand in Activity.",
                   MOST_CHARS);
      return FALSE;
    }
  if (what != PERSON_ADD || self->people->len < MOST_PEOPLE)
    return TRUE;
  g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
               "There are %d people already. Remove who works here no more.", MOST_PEOPLE);
  return FALSE;
}

static void
change_people (CrEngine *self,
               What what,
               const char *name,
               const char *person,
               gpointer tag,
               GCancellable *cancellable,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  static const char *const actions[] = {
    [PERSON_ADD] = "person.add",
    [PERSON_REMOVE] = "person.remove",
    [PERSON_ON_DUTY] = "person.duty",
  };
  GTask *task = cr_engine_task (self, tag, cancellable, callback, user_data);
  Change *change = g_new0 (Change, 1);
  CrVerb verb = { .func = change_func,
                  .data = change,
                  .person = what == PERSON_ON_DUTY ? name : person,
                  .action = actions[what],
                  .object = what == PERSON_ON_DUTY ? NULL : name,
                  .detail = what == PERSON_ON_DUTY ? person : NULL,
                  .change = CR_CHANGE_SETTING };
  GTask *writing;
  GError *error = NULL;

  change->what = what;
  change->name = g_strdup (name);
  change->now_ms = self->clock ();
  g_task_set_task_data (task, change, change_free);
  g_task_set_check_cancellable (task, FALSE);
  if (!check_name (self, what, name, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  writing = cr_engine_task (self, tag, NULL, changed_cb, task);
  cr_engine_run_verb (self, &verb, writing);
}

void
cr_engine_add_person_async (CrEngine *self,
                            const char *name,
                            const char *person,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  change_people (self, PERSON_ADD, name, person, cr_engine_add_person_async, cancellable, callback,
                 user_data);
}

void
cr_engine_remove_person_async (CrEngine *self,
                               const char *name,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  change_people (self, PERSON_REMOVE, name, person, cr_engine_remove_person_async, cancellable,
                 callback, user_data);
}

void
cr_engine_take_duty_async (CrEngine *self,
                           const char *name,
                           const char *person,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  change_people (self, PERSON_ON_DUTY, name, person, cr_engine_take_duty_async, cancellable,
                 callback, user_data);
}

gboolean
cr_engine_people_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Notices -------------------------------------------------------------------------------------- */

typedef struct
{
  GPtrArray *now; /* (owned) */
  gint64 now_ms;
} Comparing;

static void
comparing_free (gpointer data)
{
  Comparing *comparing = data;

  g_ptr_array_unref (comparing->now);
  g_free (comparing);
}

static gpointer
compare_func (CrDb *db, gpointer data, GError **error)
{
  Comparing *comparing = data;

  return cr_notices_table_compare (db, comparing->now, comparing->now_ms, error);
}

static void
compared_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *news = cr_store_write_finish (CR_STORE (store), result, &error);

  if (news != NULL)
    g_task_return_pointer (task, news, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_compare_notices_async (CrEngine *self,
                                 GPtrArray *now,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_compare_notices_async, cancellable, callback, user_data);
  Comparing *comparing = g_new (Comparing, 1);

  *comparing = (Comparing){ g_ptr_array_ref (now), self->clock () };
  cr_store_write_async (self->store, CR_WRITE_FAST, compare_func, comparing, comparing_free,
                        (GDestroyNotify) g_ptr_array_unref, cancellable, compared_cb, task);
}

GPtrArray *
cr_engine_compare_notices_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  gint64 since_ms;
  gint64 now_ms;
} Claim;

static gpointer
claim_func (CrDb *db, gpointer data, GError **error)
{
  const Claim *claim = data;
  gint64 before_ms = cr_notices_table_told (db, "digest", error);

  if (before_ms < 0 || before_ms >= claim->since_ms)
    return NULL;
  return cr_notices_table_tell (db, "digest", claim->now_ms, error) ? CR_DONE : NULL;
}

static void
claimed_cb (GObject *store, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  gboolean ok = cr_store_write_finish (CR_STORE (store), result, &error) != NULL;

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, ok);
}

void
cr_engine_claim_digest_async (CrEngine *self,
                              gint64 since_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_claim_digest_async, cancellable, callback, user_data);
  Claim claim = { since_ms, self->clock () };

  cr_store_write_async (self->store, CR_WRITE_FAST, claim_func, g_memdup2 (&claim, sizeof claim),
                        g_free, NULL, cancellable, claimed_cb, task);
}

gboolean
cr_engine_claim_digest_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

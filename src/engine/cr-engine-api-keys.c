/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-api-keys.h"

#include "base/cr-said.h"
#include "engine/cr-engine-private.h"

#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "store/cr-api-keys-table.h"

#include <string.h>

#define MAX_ACTIVE 100
#define MAX_NAME_CHARS 100
#define TOUCH_MS 60000
#define API_RATE 100

/* All keys are few and asked for by every request, so they are kept in memory; there is one engine
 * for each workspace, so nobody else changes them. */

static CrApiKey *
find_key (CrEngine *self, const char *id)
{
  for (guint i = 0; i < self->api_keys->len; i++)
    {
      CrApiKey *key = g_ptr_array_index (self->api_keys, i);

      if (g_str_equal (key->id, id))
        return key;
    }
  return NULL;
}

GPtrArray *
cr_engine_dup_api_keys (CrEngine *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (CR_IS_ENGINE (self), copy);

  for (guint i = 0; i < self->api_keys->len; i++)
    g_ptr_array_add (copy, cr_api_key_copy (g_ptr_array_index (self->api_keys, i)));
  return copy;
}

typedef struct
{
  CrApiKey *key; /* (owned) */
  char *text;    /* (owned) (nullable): the key itself, until it was handed over */
  gint64 now_ms;
} KeyVerb;

static void
key_verb_free (gpointer data)
{
  KeyVerb *verb = data;

  g_object_unref (verb->key);
  cr_secret_free (verb->text);
  g_free (verb);
}

static gpointer
add_func (CrDb *db, gpointer data, GError **error)
{
  return cr_api_keys_table_add (db, ((KeyVerb *) data)->key, error) ? CR_DONE : NULL;
}

static gboolean
check_new (CrEngine *self, const char *name, gint64 expires_ms, GError **error)
{
  guint n_active = 0;

  if (name == NULL || !g_utf8_validate (name, -1, NULL) || name[0] == '\0' ||
      g_utf8_strlen (name, -1) > MAX_NAME_CHARS || strpbrk (name, "\r\n\t") != NULL)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "A key needs a name of 1 to %d characters that says what uses it.",
                   MAX_NAME_CHARS);
      return FALSE;
    }
  if (expires_ms != 0 && expires_ms <= self->clock ())
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                           "The day on which the key expires must be in the future.");
      return FALSE;
    }

  for (guint i = 0; i < self->api_keys->len; i++)
    n_active += ((CrApiKey *) g_ptr_array_index (self->api_keys, i))->revoked_ms == 0;
  if (n_active < MAX_ACTIVE)
    return TRUE;
  g_set_error (error, CR_ERROR, CR_ERROR_CONFLICT,
               "There are %d API keys already. Revoke one that is no longer used.", MAX_ACTIVE);
  return FALSE;
}

/**
 * cr_engine_create_api_key_async:
 * @name: what uses it
 * @expires_ms: 0: never
 */
void
cr_engine_create_api_key_async (CrEngine *self,
                                const char *name,
                                gboolean is_read_only,
                                gint64 expires_ms,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_create_api_key_async, cancellable, callback, user_data);
  GError *error = NULL;
  KeyVerb *made;
  CrVerb verb = { .func = add_func,
                  .free_data = key_verb_free,
                  .person = person,
                  .action = "api-key.create",
                  .change = CR_CHANGE_SETTING };

  if (!check_new (self, name, expires_ms, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  made = g_new0 (KeyVerb, 1);
  made->key =
      cr_api_key_make (cr_workspace_is_sandbox (self->workspace), self->clock (), &made->text);
  made->key->name = g_strdup (name);
  made->key->is_read_only = is_read_only;
  made->key->expires_ms = expires_ms;
  made->key->person = g_strdup (person != NULL ? person : "");
  g_object_set_data (G_OBJECT (task), "made", made);
  verb.data = made;
  verb.object = made->key->id;
  verb.detail = is_read_only ? CR_SAID ("may only read") : NULL;
  cr_engine_run_verb (self, &verb, task);
}

/**
 * cr_engine_create_api_key_finish:
 * @text: (out) (transfer full): the key, which nobody can show again; free with cr_secret_free()
 */
CrApiKey *
cr_engine_create_api_key_finish (CrEngine *self, GAsyncResult *result, char **text, GError **error)
{
  KeyVerb *made = g_object_get_data (G_OBJECT (result), "made");

  if (g_task_propagate_pointer (G_TASK (result), error) == NULL)
    return NULL;

  g_ptr_array_insert (self->api_keys, 0, cr_api_key_copy (made->key));
  *text = g_steal_pointer (&made->text);
  return g_object_ref (made->key);
}

static gpointer
revoke_func (CrDb *db, gpointer data, GError **error)
{
  KeyVerb *verb = data;

  return cr_api_keys_table_revoke (db, verb->key->id, verb->now_ms, error) ? CR_DONE : NULL;
}

/* From the moment it is asked for the key opens nothing, whatever becomes of the disk. */
void
cr_engine_revoke_api_key_async (CrEngine *self,
                                const char *id,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_revoke_api_key_async, cancellable, callback, user_data);
  CrApiKey *key = find_key (self, id);
  KeyVerb *data = g_new0 (KeyVerb, 1);
  CrVerb verb = { .func = revoke_func,
                  .data = data,
                  .free_data = key_verb_free,
                  .person = person,
                  .action = "api-key.revoke",
                  .object = id,
                  .change = CR_CHANGE_SETTING };

  data->key = cr_api_key_new (id);
  data->now_ms = self->clock ();
  if (key != NULL && key->revoked_ms == 0)
    key->revoked_ms = data->now_ms;
  cr_engine_run_verb (self, &verb, task);
}

gboolean
cr_engine_revoke_api_key_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error) != NULL;
}

static gpointer
touch_func (CrDb *db, gpointer data, GError **error)
{
  KeyVerb *verb = data;

  return cr_api_keys_table_touch (db, verb->key->id, verb->now_ms, error) ? CR_DONE : NULL;
}

static void
touched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  cr_store_write_finish (CR_STORE (source), result, NULL);
}

static void
touch (CrEngine *self, CrApiKey *key, gint64 now_ms)
{
  KeyVerb *verb;

  if (now_ms - key->used_ms < TOUCH_MS || self->is_closing)
    return;

  key->used_ms = now_ms;
  verb = g_new0 (KeyVerb, 1);
  verb->key = cr_api_key_new (key->id);
  verb->now_ms = now_ms;
  cr_store_write_async (self->store, CR_WRITE_FAST, touch_func, verb, key_verb_free, NULL, NULL,
                        touched_cb, NULL);
}

/**
 * cr_engine_check_api_key:
 * @text: what a program showed
 * @fault: (out): CR_API_KEY_FINE with a key
 *
 * Returns: (transfer none) (nullable): the key, until the next change of keys
 */
CrApiKey *
cr_engine_check_api_key (CrEngine *self, const char *text, CrApiKeyFault *fault)
{
  gint64 now_ms = self->clock ();
  g_autofree char *id = cr_api_key_read_id (text, cr_workspace_is_sandbox (self->workspace), fault);
  CrApiKey *key;

  if (id == NULL)
    return NULL;

  key = find_key (self, id);
  *fault = key != NULL ? cr_api_key_check (key, text, now_ms) : CR_API_KEY_UNKNOWN;
  if (*fault != CR_API_KEY_FINE)
    return NULL;
  touch (self, key, now_ms);
  return key;
}

guint
cr_engine_get_api_rate (CrEngine *self)
{
  const char *text = cr_engine_get_setting (self, "api-requests-per-second");
  guint64 rate = API_RATE;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 1, 100000, &rate, NULL);
  return (guint) rate;
}

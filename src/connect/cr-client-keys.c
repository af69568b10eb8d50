/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-client-keys.h"

#include <string.h>

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"

#define ITEM_NAME "client-keys"
#define ITEM_LABEL "Chartroom: keys for signing in at portals"
#define VERSION_LINE "1"
/* A portal that was given the address of the set reads a new key within a day. */
#define PUBLISH_FIRST_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
/* Longer than any assertion lives, and than a portal keeps what it read. */
#define PUBLISH_AFTER_MS (7 * PUBLISH_FIRST_MS)

static const char *const algorithms[] = { CR_SIGNING_ES384, CR_SIGNING_RS384 };

/* A line of the item: algorithm, from, until, key. */
typedef struct
{
  CrSigningKey *key; /* (owned) */
  gint64 from_ms;    /* it signs from then on */
  gint64 until_ms;   /* it is published until then; 0: no end yet */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *self = data;

  cr_signing_key_unref (self->key);
  g_free (self);
}

static Entry *
entry_parse (const char *line, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  CrSigningKey *key = NULL;
  Entry *self = NULL;

  key = cr_signing_key_from_text (words[0], g_strv_length (words) == 4 ? words[3] : "", error);
  if (key != NULL)
    {
      self = g_new0 (Entry, 1);
      self->key = key;
      self->from_ms = g_ascii_strtoll (words[1], NULL, 10);
      self->until_ms = g_ascii_strtoll (words[2], NULL, 10);
    }
  for (guint i = 0; words[i] != NULL; i++)
    cr_secret_wipe (words[i]);
  return key != NULL ? self : NULL;
}

/* @secret: (nullable): of the keyring
 * Returns: (transfer full): of Entry; in the order they were made */
static GPtrArray *
read_entries (const char *secret, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_auto (GStrv) lines = g_strsplit (secret != NULL ? secret : VERSION_LINE, "\n", -1);
  gboolean ok = g_strcmp0 (lines[0], VERSION_LINE) == 0;

  if (!ok)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_TOO_NEW,
                         "The signing keys in the keyring were written by a newer Chartroom");
  for (guint i = 1; ok && lines[i] != NULL; i++)
    {
      Entry *entry = lines[i][0] != '\0' ? entry_parse (lines[i], error) : NULL;

      ok = entry != NULL || lines[i][0] == '\0';
      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
  for (guint i = 0; lines[i] != NULL; i++)
    cr_secret_wipe (lines[i]);

  return ok ? g_steal_pointer (&entries) : NULL;
}

/* Without those that have ended. */
static char *
write_entries (GPtrArray *entries, gint64 now_ms)
{
  GString *text = g_string_sized_new (32768);

  g_string_append (text, VERSION_LINE "\n");
  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (entries, i);
      char *key;

      if (entry->until_ms != 0 && entry->until_ms <= now_ms)
        continue;
      key = cr_signing_key_to_text (entry->key);
      g_string_append_printf (text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n",
                              cr_signing_key_get_algorithm (entry->key), entry->from_ms,
                              entry->until_ms, key);
      cr_secret_free (key);
    }

  return g_string_free (text, FALSE);
}

/* Returns: (transfer none) (nullable): the newest that signs already, else the first that will */
static Entry *
find_entry (GPtrArray *entries, const char *algorithm, gint64 now_ms)
{
  Entry *found = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (entries, i);

      if (strcmp (cr_signing_key_get_algorithm (entry->key), algorithm) == 0 &&
          (entry->until_ms == 0 || entry->until_ms > now_ms) &&
          (found == NULL || entry->from_ms <= now_ms))
        found = entry;
    }

  return found;
}

static gboolean
add_entry (GPtrArray *entries, const char *algorithm, gint64 from_ms, GError **error)
{
  CrSigningKey *key = cr_signing_key_generate (algorithm, error);
  Entry *entry;

  if (key == NULL)
    return FALSE;

  entry = g_new0 (Entry, 1);
  entry->key = key;
  entry->from_ms = from_ms;
  g_ptr_array_add (entries, entry);
  return TRUE;
}

typedef struct
{
  const char *algorithm; /* (nullable): this one only */
  CrKeysWish wish;
  gint64 now_ms;
} Change;

/* @until_ms: when the keys there are now end */
static gboolean
replace_entries (GPtrArray *entries, gint64 from_ms, gint64 until_ms, GError **error)
{
  guint n_old = entries->len;

  for (guint i = 0; i < n_old; i++)
    {
      Entry *entry = g_ptr_array_index (entries, i);

      if (entry->until_ms == 0 || entry->until_ms > until_ms)
        entry->until_ms = until_ms;
    }
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (!add_entry (entries, algorithms[i], from_ms, error))
      return FALSE;

  return TRUE;
}

/* Keys that wait for their day yet are as new as keys can be. */
static gboolean
is_rotating (GPtrArray *entries, gint64 now_ms)
{
  for (guint i = 0; i < entries->len; i++)
    if (((Entry *) g_ptr_array_index (entries, i))->from_ms > now_ms)
      return TRUE;

  return FALSE;
}

static gboolean
make_missing (GPtrArray *entries, const Change *change, gboolean *made, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (algorithms); i++)
    {
      if ((change->algorithm != NULL && strcmp (change->algorithm, algorithms[i]) != 0) ||
          find_entry (entries, algorithms[i], change->now_ms) != NULL)
        continue;
      if (!add_entry (entries, algorithms[i], change->now_ms, error))
        return FALSE;
      *made = TRUE;
    }

  return TRUE;
}

/* On the vault's thread: making an RSA key takes half a second. */
static char *
change_keys (const char *secret, gpointer data, GError **error)
{
  const Change *change = data;
  gint64 now_ms = change->now_ms;
  g_autoptr (GPtrArray) entries = read_entries (secret, error);
  gboolean is_changed = TRUE;
  gboolean ok = entries != NULL;

  if (!ok)
    return NULL;
  if (change->wish == CR_KEYS_REPLACE)
    ok = replace_entries (entries, now_ms, now_ms, error);
  else if (change->wish == CR_KEYS_ROTATE && entries->len > 0 && !is_rotating (entries, now_ms))
    ok = replace_entries (entries, now_ms + PUBLISH_FIRST_MS,
                          now_ms + PUBLISH_FIRST_MS + PUBLISH_AFTER_MS, error);
  else
    {
      is_changed = FALSE;
      ok = make_missing (entries, change, &is_changed, error);
    }

  return ok && is_changed ? write_entries (entries, now_ms) : NULL;
}

static char *
publish (GPtrArray *entries, gint64 now_ms)
{
  g_autoptr (JsonObject) set = json_object_new ();
  JsonArray *keys = json_array_new ();

  for (guint i = 0; i < entries->len; i++)
    {
      Entry *entry = g_ptr_array_index (entries, i);

      if (entry->until_ms == 0 || entry->until_ms > now_ms)
        json_array_add_object_element (keys, cr_signing_key_to_jwk (entry->key));
    }
  json_object_set_array_member (set, "keys", keys);
  return cr_json_object_to_text (set, FALSE);
}

/* What the keyring holds now, read. Takes @secret. */
static GPtrArray *
take_entries (char *secret, GError **error)
{
  GPtrArray *entries = secret != NULL ? read_entries (secret, error) : NULL;

  g_clear_pointer (&secret, cr_vault_secret_free);
  return entries;
}

static void
got_key_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) entries =
      take_entries (cr_vault_change_finish (CR_VAULT (object), result, &error), &error);
  Entry *entry = entries != NULL ? find_entry (entries, change->algorithm, change->now_ms) : NULL;

  if (entry != NULL)
    g_task_return_pointer (task, cr_signing_key_ref (entry->key),
                           (GDestroyNotify) cr_signing_key_unref);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_BAD_INPUT,
                             "There are keys for ES384 and RS384 only");
}

static void
got_set_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Change *change = g_task_get_task_data (task);
  g_autoptr (GPtrArray) entries = NULL;
  GError *error = NULL;
  char *secret = change->wish == CR_KEYS_AS_THEY_ARE
                   ? cr_vault_get_finish (CR_VAULT (object), result, &error)
                   : cr_vault_change_finish (CR_VAULT (object), result, &error);

  if (change->wish == CR_KEYS_AS_THEY_ARE && g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      entries = g_ptr_array_new ();
    }
  else
    entries = take_entries (secret, &error);

  if (entries != NULL)
    g_task_return_pointer (task, publish (entries, change->now_ms), g_free);
  else
    g_task_return_error (task, error);
}

static Change *
change_new (const char *algorithm, CrKeysWish wish, gint64 now_ms)
{
  Change *self = g_new0 (Change, 1);

  self->algorithm = g_intern_string (algorithm);
  self->wish = wish;
  self->now_ms = now_ms;
  return self;
}

static void
change_async (CrVault *vault, GTask *task, GAsyncReadyCallback callback)
{
  Change *change = g_task_get_task_data (task);
  Change *copy = change_new (change->algorithm, change->wish, change->now_ms);

  cr_vault_change_async (vault, ITEM_NAME, ITEM_LABEL, change_keys, copy, g_free,
                         g_task_get_cancellable (task), callback, task);
}

/**
 * cr_client_keys_get_async:
 * @algorithm: %CR_SIGNING_ES384 or %CR_SIGNING_RS384
 *
 * Errors: those of the keyring; %CR_ERROR_CORRUPT when what it holds is no key
 */
void
cr_client_keys_get_async (CrVault *vault,
                          const char *algorithm,
                          gint64 now_ms,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GTask *task = g_task_new (vault, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_client_keys_get_async);
  g_task_set_task_data (task, change_new (algorithm, CR_KEYS_MAKE, now_ms), g_free);
  change_async (vault, task, got_key_cb);
}

CrSigningKey *
cr_client_keys_get_finish (CrVault *vault, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, vault), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * cr_client_keys_publish_async:
 *
 * Keys that are asked to rotate while new ones wait for their day stay as they are.
 *
 * Errors: as above
 */
void
cr_client_keys_publish_async (CrVault *vault,
                              CrKeysWish wish,
                              gint64 now_ms,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (vault, cancellable, callback, user_data);

  g_task_set_source_tag (task, cr_client_keys_publish_async);
  g_task_set_task_data (task, change_new (NULL, wish, now_ms), g_free);
  if (wish == CR_KEYS_AS_THEY_ARE)
    cr_vault_get_quietly_async (vault, ITEM_NAME, cancellable, got_set_cb, task);
  else
    change_async (vault, task, got_set_cb);
}

char *
cr_client_keys_publish_finish (CrVault *vault, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, vault), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

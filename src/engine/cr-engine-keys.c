/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "engine/cr-engine-keys.h"

#include "connect/cr-client-keys.h"

#include <string.h>

typedef struct
{
  CrKeySetVerb verb;
  char *person; /* (owned) (nullable) */
} Wish;

static void
wish_free (gpointer data)
{
  Wish *self = data;

  g_free (self->person);
  g_free (self);
}

static gpointer
copy_set (CrDb *db, gpointer data, GError **error)
{
  return g_strdup (data);
}

/* The audit says who changed the keys; the keyring has them already. */
static void
published_cb (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  CrEngine *self = g_task_get_source_object (task);
  Wish *wish = g_task_get_task_data (task);
  GError *error = NULL;
  char *set = cr_client_keys_publish_finish (CR_VAULT (object), result, &error);
  CrVerb verb = { .func = copy_set,
                  .data = set,
                  .free_data = g_free,
                  .free_result = g_free,
                  .person = wish->person,
                  .action = wish->verb == CR_KEY_SET_REPLACE ? "keys.replace" : "keys.rotate",
                  .change = CR_CHANGE_SOURCE };

  if (set == NULL)
    g_task_return_error (task, error);
  else if (wish->verb == CR_KEY_SET_SHOW)
    g_task_return_pointer (task, set, g_free);
  else
    cr_engine_run_verb (self, &verb, g_steal_pointer (&task));
}

void
cr_engine_key_set_async (CrEngine *self,
                         CrKeySetVerb verb,
                         const char *person,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  static const CrKeysWish wishes[] = {
    [CR_KEY_SET_SHOW] = CR_KEYS_MAKE,
    [CR_KEY_SET_ROTATE] = CR_KEYS_ROTATE,
    [CR_KEY_SET_REPLACE] = CR_KEYS_REPLACE,
  };
  GTask *task = cr_engine_task (self, cr_engine_key_set_async, cancellable, callback, user_data);
  Wish *wish = g_new0 (Wish, 1);

  wish->verb = verb;
  wish->person = g_strdup (person);
  g_task_set_task_data (task, wish, wish_free);
  cr_client_keys_publish_async (self->vault, wishes[verb], self->clock (), cancellable,
                                published_cb, task);
}

char *
cr_engine_key_set_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
is_public (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  g_autoptr (GInetAddress) address = host != NULL ? g_inet_address_new_from_string (host) : NULL;

  return host != NULL && g_ascii_strcasecmp (host, "localhost") != 0 &&
         (address == NULL || !(g_inet_address_get_is_loopback (address) ||
                               g_inet_address_get_is_site_local (address) ||
                               g_inet_address_get_is_link_local (address)));
}

/**
 * cr_engine_dup_key_set_url:
 * @can_be_read: (out) (optional): whether a portal on the internet may be able to read it
 *
 * Returns: (transfer full): the address to register at a portal; also of pages that are not open
 */
char *
cr_engine_dup_key_set_url (CrEngine *self, gboolean *can_be_read)
{
  const char *setting = cr_engine_get_setting (self, "public-url");
  const char *listen = cr_engine_get_setting (self, "listen");
  g_autofree char *base = NULL;

  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  if (self->public_url != NULL || setting != NULL)
    base = g_strdup (self->public_url != NULL ? self->public_url : setting);
  else
    base = g_strconcat ("http://", listen != NULL ? listen : "127.0.0.1:8484", NULL);
  if (g_str_has_suffix (base, "/"))
    base[strlen (base) - 1] = '\0';
  if (can_be_read != NULL)
    *can_be_read = is_public (base);
  return g_strconcat (base, CR_JWKS_PATH, NULL);
}

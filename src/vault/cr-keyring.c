/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/cr-keyring.h"

#include <libsecret/secret.h>

#include "base/cr-error.h"

/* libsecret up to 0.20.5 answers a call twice, and crashes, when it is cancelled at the wrong
 * moment. So only what may show a prompt, which can take as long as a person likes, is given a
 * cancellable here; everything else is over in milliseconds, at most after D-Bus's 25 s. */

static const SecretSchema schema = {
  "io.github.chartroom.Chartroom",
  SECRET_SCHEMA_NONE,
  {
      { "workspace", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "name", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 },
  },
};

typedef enum
{
  FOUND_NOTHING,
  FOUND_LOCKED,
  FOUND_OPEN,
} Found;

static gboolean
nobody_answers (const GError *error)
{
  if (error->domain == G_DBUS_ERROR)
    return error->code == G_DBUS_ERROR_SERVICE_UNKNOWN ||
           error->code == G_DBUS_ERROR_NAME_HAS_NO_OWNER ||
           error->code == G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND ||
           error->code == G_DBUS_ERROR_SPAWN_EXEC_FAILED ||
           error->code == G_DBUS_ERROR_SPAWN_CHILD_EXITED ||
           error->code == G_DBUS_ERROR_SPAWN_FAILED || error->code == G_DBUS_ERROR_NO_SERVER ||
           error->code == G_DBUS_ERROR_DISCONNECTED;

  /* Getting at the bus itself: a bad or dead address, or none and nothing to start one. */
  return error->domain == G_IO_ERROR && error->code != G_IO_ERROR_CANCELLED &&
         error->code != G_IO_ERROR_TIMED_OUT && error->code != G_IO_ERROR_DBUS_ERROR;
}

/* A service that has no keyring yet makes one when something is to be kept, and asks for its
 * password. Where it cannot ask (no display, or nobody answered) there is none as before, and
 * libsecret has what it tried then: to put something into what is not there. */
static gboolean
has_no_place (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
         g_error_matches (error, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT);
}

/* Takes @error. libsecret's and D-Bus's errors end here. */
static GError *
translate (GError *error)
{
  GError *ours;

  if (cr_error_is_cancelled (error))
    return error;

  if (g_error_matches (error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    ours = g_error_new_literal (CR_ERROR, CR_ERROR_KEYRING_LOCKED,
                                "The keyring is locked; unlock it and try again");
  else if (nobody_answers (error))
    ours = g_error_new_literal (CR_ERROR, CR_ERROR_KEYRING_MISSING,
                                "No keyring service answers on this desktop session; start"
                                " gnome-keyring or KWallet's secret service, then try again");
  else if (has_no_place (error))
    ours = g_error_new_literal (CR_ERROR, CR_ERROR_KEYRING_REFUSED,
                                "The keyring service has no keyring to put a secret into, and could"
                                " not ask for the password of a new one; sign in to the desktop and"
                                " make one with its password program, or without a desktop run"
                                " “gnome-keyring-daemon --unlock” and give it a password, then try"
                                " again");
  else
    ours = g_error_new (CR_ERROR, CR_ERROR_KEYRING_REFUSED,
                        "The keyring answered with an error (%s %d); restart it or sign in to the"
                        " desktop again",
                        g_quark_to_string (error->domain), error->code);

  g_debug ("keyring: %s %d", g_quark_to_string (error->domain), error->code);
  g_error_free (error);
  return ours;
}

static gboolean
fail (GError **error, GError *foreign)
{
  /* A service that was started again is another one to the bus, which libsecret does not hear of
   * where no main loop runs: it would go on asking the old one. The next call finds the new. */
  if (!g_error_matches (foreign, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    secret_service_disconnect ();
  g_propagate_error (error, translate (foreign));
  return FALSE;
}

/* libsecret says "nothing there" for a locked item. Asks for this one item: a search by what all
 * items share makes a proxy for each of them. */
static gboolean
search (const char *workspace_id,
        const char *name,
        SecretSearchFlags flags,
        GCancellable *cancellable,
        Found *found,
        GError **error)
{
  GError *foreign = NULL;
  GList *items = secret_password_search_sync (
      &schema, SECRET_SEARCH_ALL | flags, (flags & SECRET_SEARCH_UNLOCK) != 0 ? cancellable : NULL,
      &foreign, "workspace", workspace_id, "name", name, NULL);

  if (foreign != NULL)
    return fail (error, foreign);

  *found = items != NULL ? FOUND_OPEN : FOUND_NOTHING;
  for (GList *link = items; link != NULL; link = link->next)
    if (SECRET_IS_ITEM (link->data) && secret_item_get_locked (link->data))
      *found = FOUND_LOCKED;

  g_list_free_full (items, g_object_unref);
  return TRUE;
}

static gboolean
lookup (const char *workspace_id, const char *name, char **secret, GError **error)
{
  GError *foreign = NULL;

  *secret = secret_password_lookup_sync (&schema, NULL, &foreign, "workspace", workspace_id, "name",
                                         name, NULL);
  return foreign == NULL || fail (error, foreign);
}

static void
set_locked (GError **error)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_KEYRING_LOCKED,
                       "The keyring is locked; unlock it and try again");
}

/**
 * cr_keyring_get:
 * @may_prompt: a locked keyring is asked to unlock, which shows the person its prompt
 * @error: %CR_ERROR_NOT_FOUND only when a search proves that the item is not there
 *
 * Returns: (transfer full): free with secret_password_free ()
 */
char *
cr_keyring_get (const char *workspace_id,
                const char *name,
                gboolean may_prompt,
                GCancellable *cancellable,
                GError **error)
{
  char *secret = NULL;
  Found found;

  if (!search (workspace_id, name, SECRET_SEARCH_NONE, cancellable, &found, error))
    return NULL;
  if (found == FOUND_LOCKED && may_prompt &&
      !search (workspace_id, name, SECRET_SEARCH_UNLOCK, cancellable, &found, error))
    return NULL;

  /* of a locked item this would ask to unlock by itself */
  if (found == FOUND_OPEN && (!lookup (workspace_id, name, &secret, error) || secret != NULL))
    return secret;

  if (found == FOUND_NOTHING)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND,
                         "The keyring does not hold this secret; enter it again");
  else
    set_locked (error);
  return NULL;
}

gboolean
cr_keyring_set (const char *workspace_id,
                const char *name,
                const char *label,
                const char *secret,
                GCancellable *cancellable,
                GError **error)
{
  GError *foreign = NULL;

  if (!secret_password_store_sync (&schema, SECRET_COLLECTION_DEFAULT, label, secret, cancellable,
                                   &foreign, "workspace", workspace_id, "name", name, NULL))
    return fail (error, foreign);

  return TRUE;
}

/**
 * cr_keyring_clear:
 * @may_prompt: as above
 *
 * libsecret answers "no" both for what was not there and for what is locked, and never asks to
 * unlock.
 *
 * Returns: %TRUE only when a search finds the item gone
 */
gboolean
cr_keyring_clear (const char *workspace_id,
                  const char *name,
                  gboolean may_prompt,
                  GCancellable *cancellable,
                  GError **error)
{
  Found found = FOUND_NOTHING;

  if (!may_prompt && !search (workspace_id, name, SECRET_SEARCH_NONE, cancellable, &found, error))
    return FALSE;

  for (guint i = 0; i < 2 && found != FOUND_LOCKED; i++)
    {
      GError *foreign = NULL;

      secret_password_clear_sync (&schema, NULL, &foreign, "workspace", workspace_id, "name", name,
                                  NULL);
      if (foreign != NULL)
        return fail (error, foreign);
      if (!search (workspace_id, name,
                   i == 0 && may_prompt ? SECRET_SEARCH_UNLOCK : SECRET_SEARCH_NONE, cancellable,
                   &found, error))
        return FALSE;
      if (found == FOUND_NOTHING)
        return TRUE;
    }

  if (found == FOUND_LOCKED)
    set_locked (error);
  else
    g_set_error_literal (error, CR_ERROR, CR_ERROR_KEYRING_REFUSED,
                         "The keyring did not remove a secret; remove it with the desktop's"
                         " password program");
  return FALSE;
}

/**
 * cr_keyring_clear_all:
 *
 * Returns: %TRUE only when a search finds nothing of the workspace any more
 */
gboolean
cr_keyring_clear_all (const char *workspace_id, GError **error)
{
  gboolean is_locked = FALSE;

  for (guint i = 0; i < 2 && !is_locked; i++)
    {
      GError *foreign = NULL;
      GList *items = secret_password_search_sync (&schema, SECRET_SEARCH_ALL, NULL, &foreign,
                                                  "workspace", workspace_id, NULL);
      gboolean is_empty = items == NULL;

      for (GList *link = items; link != NULL; link = link->next)
        is_locked |= SECRET_IS_ITEM (link->data) && secret_item_get_locked (link->data);
      g_list_free_full (items, g_object_unref);
      if (foreign != NULL)
        return fail (error, foreign);
      if (is_empty)
        return TRUE;
      if (i == 0 && !is_locked)
        secret_password_clear_sync (&schema, NULL, &foreign, "workspace", workspace_id, NULL);
      if (foreign != NULL)
        return fail (error, foreign);
    }

  if (is_locked)
    set_locked (error);
  else
    g_set_error_literal (error, CR_ERROR, CR_ERROR_KEYRING_REFUSED,
                         "The keyring did not remove a secret; remove it with the desktop's"
                         " password program");
  return FALSE;
}

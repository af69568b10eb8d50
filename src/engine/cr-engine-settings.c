/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include <stdio.h>
#include <string.h>

#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"
#include "net/cr-place.h"
#include "store/cr-log-tables.h"
#include "store/cr-pace-table.h"
#include "store/cr-sources-table.h"

#define WEBHOOK_HOSTS "webhook-hosts"

/* The settings there are. A new one is a row here and a reader where it is used. */
static const struct
{
  const char *key;
  const char *fallback; /* (nullable) */
} known[] = {
  { "listen", "127.0.0.1:8484" },
  { "public-url", NULL },
  { "tls-cert", NULL },
  { "tls-key", NULL },
  { "api-requests-per-second", "100" }, /* of each key; five times as many at once */
  { WEBHOOK_HOSTS, NULL }, /* of this computer or its network, that endpoints may be on */
  { CR_PACE_INTERVAL, "24" },
  { CR_PACE_QUIET, NULL },   /* 22:00-06:00, in which no pull starts by itself */
  { CR_PACE_GAP, "10" },     /* at least from the end of a pull to one that starts by itself */
  { "clinic-name", NULL },   /* on the sheets that patients take home */
  { "desk-duty", NULL },     /* who is on duty */
  { "lock-minutes", "0" },   /* without a touch, until the window locks; 0: by hand alone */
  { "keep-log-days", NULL }, /* of how things went, see cr-retention.h; not set: for ever */
  { "notice-begin", "yes" }, /* on the desktop: what needs somebody, once */
  { "notice-end", "yes" },   /* and that it is over */
  { "notice-digest", NULL }, /* once a day at 08:00, such as this */
};

/* Every key there is; one that is not set and has no fallback has the value NULL. */
static gpointer
all_func (CrDb *db, gpointer data, GError **error)
{
  GHashTable *settings = cr_settings_table_all (db, error);

  for (guint i = 0; settings != NULL && i < G_N_ELEMENTS (known); i++)
    if (!g_hash_table_contains (settings, known[i].key))
      g_hash_table_insert (settings, g_strdup (known[i].key), g_strdup (known[i].fallback));

  return settings;
}

static void
got_settings_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GHashTable *settings = cr_store_read_finish (CR_STORE (source), result, &error);

  if (settings != NULL)
    g_task_return_pointer (task, settings, (GDestroyNotify) g_hash_table_unref);
  else
    g_task_return_error (task, error);
}

void
cr_engine_get_settings_async (CrEngine *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_get_settings_async, cancellable, callback, user_data);

  cr_store_read_async (self->store, CR_READ_SCREEN, all_func, NULL, NULL,
                       (GDestroyNotify) g_hash_table_unref, cancellable, got_settings_cb, task);
}

GHashTable *
cr_engine_get_settings_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

typedef struct
{
  char *key;   /* (owned) */
  char *value; /* (owned) (nullable) */
  gint64 now_ms;
} Setting;

static void
setting_free (gpointer data)
{
  Setting *setting = data;

  g_free (setting->key);
  g_free (setting->value);
  g_free (setting);
}

static gboolean
is_of_place (const char *key)
{
  return g_str_equal (key, "listen") || g_str_equal (key, "public-url") ||
         g_str_equal (key, "tls-cert") || g_str_equal (key, "tls-key");
}

static const char *
value_of (GHashTable *all, const Setting *setting, const char *key)
{
  const char *value =
      g_str_equal (setting->key, key) ? setting->value : g_hash_table_lookup (all, key);

  return value != NULL && value[0] != '\0' ? value : NULL;
}

/* What is set now must go with what is set already, or the next start would fail. A certificate
 * comes before its key, so the two are looked at together when the second is there. */
static gboolean
check_place (GHashTable *all, const Setting *setting, GError **error)
{
  const char *listen = value_of (all, setting, "listen");
  CrPlace place = { .listen = listen != NULL ? listen : known[0].fallback,
                    .public_url = value_of (all, setting, "public-url"),
                    .tls_cert = value_of (all, setting, "tls-cert"),
                    .tls_key = value_of (all, setting, "tls-key") };
  gboolean is_half = (place.tls_cert != NULL) != (place.tls_key != NULL);
  gboolean is_file = g_str_has_prefix (setting->key, "tls-");

  if (is_file && setting->value[0] != '\0' && !g_path_is_absolute (setting->value))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "%s takes a whole path, beginning with /",
                   setting->key);
      return FALSE;
    }
  if (is_file && is_half)
    {
      GSocketAddress *address = cr_place_address (place.listen, error);
      gboolean is_local = address != NULL &&
                          g_inet_address_get_is_loopback (
                              g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));

      g_clear_object (&address);
      if (is_local)
        return TRUE;
    }

  return cr_place_check (&place, error);
}

/* Of a setting that one source has. */
static const char *
id_of_source (const char *key)
{
  static const char *const prefixes[] = { CR_PACE_INTERVAL_OF, CR_PACE_PER_MINUTE };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (key, prefixes[i]))
      return key + strlen (prefixes[i]);
  return NULL;
}

static gboolean
set_pace (CrDb *db, const Setting *setting, GError **error)
{
  const char *source_id = id_of_source (setting->key);
  gboolean is_empty = setting->value == NULL || setting->value[0] == '\0';
  const char *value = source_id != NULL && is_empty ? NULL : setting->value;
  g_autoptr (CrSource) source = NULL;

  if (source_id != NULL)
    {
      source = cr_sources_table_get (db, source_id, error);
      if (source == NULL)
        return FALSE;
    }
  return cr_settings_table_set (db, setting->key, value, error) &&
         (!g_str_has_prefix (setting->key, "pull-") ||
          cr_pace_table_replan (db, setting->now_ms, error));
}

static gpointer
set_func (CrDb *db, gpointer data, GError **error)
{
  Setting *setting = data;
  g_autoptr (GHashTable) all = NULL;

  if (is_of_place (setting->key))
    {
      all = cr_settings_table_all (db, error);
      if (all == NULL || !check_place (all, setting, error))
        return NULL;
    }

  return set_pace (db, setting, error) ? CR_DONE : NULL;
}

static gboolean
check_number (const char *key, const char *value, guint64 least, guint64 most, GError **error)
{
  guint64 number;

  if (value != NULL && g_ascii_string_to_unsigned (value, 10, least, most, &number, NULL))
    return TRUE;

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "%s takes a whole number from %llu to %llu.",
               key, (unsigned long long) least, (unsigned long long) most);
  return FALSE;
}

/* Names or addresses as they stand in a URL, for what is compared is the host of one. */
static gboolean
check_hosts (const char *value, GError **error)
{
  g_auto (GStrv) hosts = g_strsplit_set (value != NULL ? value : "", ", ", -1);

  for (guint i = 0; hosts[i] != NULL; i++)
    {
      if (g_hostname_is_ip_address (hosts[i]) || strpbrk (hosts[i], "/:@?#*[]") == NULL)
        continue;
      g_set_error (
          error, CR_ERROR, CR_ERROR_BAD_INPUT,
          "%s takes names of hosts with commas between them, without https://, ports or paths.",
          WEBHOOK_HOSTS);
      return FALSE;
    }

  return TRUE;
}

static gboolean
check_desk (const char *key, const char *value, GError **error)
{
  int hour, minute;
  char end;

  if (g_str_equal (key, "lock-minutes"))
    return check_number (key, value, 0, 24 * 60, error);
  if (!g_str_equal (key, "notice-digest"))
    {
      if (g_strcmp0 (value, "yes") == 0 || g_strcmp0 (value, "no") == 0)
        return TRUE;
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "%s takes yes or no.", key);
      return FALSE;
    }
  if (value == NULL || value[0] == '\0' ||
      (sscanf (value, "%2d:%2d%c", &hour, &minute, &end) == 2 && hour >= 0 && hour < 24 &&
       minute >= 0 && minute < 60))
    return TRUE;
  g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                       "notice-digest takes a time such as 08:00, or nothing for none.");
  return FALSE;
}

static gboolean
check_setting (const char *key, const char *value, GError **error)
{
  CrPace pace;

  if (g_str_has_prefix (key, CR_PACE_INTERVAL_OF))
    return value == NULL || value[0] == '\0' ||
           check_number (CR_PACE_INTERVAL, value, 1, 24 * 365, error);
  if (g_str_has_prefix (key, CR_PACE_PER_MINUTE))
    return value == NULL || value[0] == '\0' ||
           check_number ("requests-per-minute", value, 1, 100000, error);

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      if (!g_str_equal (known[i].key, key))
        continue;
      if (g_str_equal (key, CR_PACE_INTERVAL))
        return check_number (key, value, 1, 24 * 365, error);
      if (g_str_equal (key, WEBHOOK_HOSTS))
        return check_hosts (value, error);
      if (g_str_equal (key, "keep-log-days"))
        return value == NULL || value[0] == '\0' || check_number (key, value, 7, 36500, error);
      if (g_str_has_prefix (key, "notice-") || g_str_equal (key, "lock-minutes"))
        return check_desk (key, value, error);
      if (g_str_equal (key, CR_PACE_GAP))
        return check_number (key, value, 0, 24 * 60, error);
      if (g_str_equal (key, "api-requests-per-second"))
        return value == NULL || check_number (key, value, 1, 100000, error);
      return !g_str_equal (key, CR_PACE_QUIET) || cr_pace_read_quiet (&pace, value, error);
    }

  g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "There is no setting of this name.");
  return FALSE;
}

/* Runs when it was written, before who asked is answered. */
static void
take_effect (CrEngine *self, const char *key, const char *value)
{
  if (g_str_equal (key, WEBHOOK_HOSTS))
    cr_engine_apply_webhook_hosts (self, value);
  if (g_str_has_prefix (key, "notice-") || g_str_has_prefix (key, "lock-") ||
      g_str_has_prefix (key, "desk-") || g_str_has_prefix (key, "keep-"))
    g_hash_table_insert (self->settings, g_strdup (key), g_strdup (value));
  if (g_str_equal (key, "keep-log-days") && self->sweep_timer != 0)
    cr_engine_go_on_sweeping (self);
}

const char *
cr_engine_read_setting (CrEngine *self, const char *key)
{
  const char *value;

  g_return_val_if_fail (CR_IS_ENGINE (self), NULL);

  if (g_hash_table_lookup_extended (self->settings, key, NULL, (gpointer *) &value))
    return value;
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].key, key))
      return known[i].fallback;
  return NULL;
}

static void
set_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Setting *setting = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_pointer (G_TASK (result), &error) != NULL)
    {
      take_effect (CR_ENGINE (engine), setting->key, setting->value);
      g_task_return_boolean (task, TRUE);
    }
  else
    g_task_return_error (task, error);
}

void
cr_engine_set_setting_async (CrEngine *self,
                             const char *key,
                             const char *value,
                             const char *person,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task =
      cr_engine_task (self, cr_engine_set_setting_async, cancellable, callback, user_data);
  GTask *writing;
  Setting *setting;
  GError *error = NULL;
  CrVerb verb = { .func = set_func,
                  .person = person,
                  .action = "setting.change",
                  .object = key,
                  .change = CR_CHANGE_SETTING };

  if (!check_setting (key, value, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  setting = g_new0 (Setting, 1);
  setting->key = g_strdup (key);
  setting->value = g_strdup (value);
  setting->now_ms = self->clock ();
  g_task_set_task_data (task, setting, setting_free);
  verb.data = setting;
  writing = cr_engine_task (self, cr_engine_set_setting_async, cancellable, set_cb, task);
  /* What was written takes effect, also when nobody waits for it any more. */
  g_task_set_check_cancellable (writing, FALSE);
  cr_engine_run_verb (self, &verb, writing);
}

gboolean
cr_engine_set_setting_finish (CrEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-first.h"
#include "store/cr-webhooks-table.h"
#include "webhook/cr-webhooks-private.h"

/* What signs after a rotation, whatever was under way while it happened. */

#define DAY_MS ((gint64) 24 * 60 * 60 * 1000)

typedef struct
{
  char *folder;
  CrStore *store;
  CrVault *vault;
  CrChanges *changes;
  CrWebhooks *webhooks;
  CrWebhookLane *lane;
} World;

static void
keep_cb (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *result;
}

static void
write_store (World *world, CrStoreFunc func)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_store_write_async (world->store, CR_WRITE_SURE, func, NULL, NULL, NULL, NULL, keep_cb,
                        &result);
  cr_store_write_finish (world->store, wait_for (&result), &error);
  g_assert_no_error (error);
}

/* Takes @name. */
static void
set_secret (World *world, char *name, const char *secret)
{
  g_autofree char *owned = name;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  cr_vault_set_async (world->vault, owned, "test", secret, NULL, keep_cb, &result);
  cr_vault_set_finish (world->vault, wait_for (&result), &error);
  g_assert_no_error (error);
}

static gpointer
add_endpoint (CrDb *db, gpointer data, GError **error)
{
  g_autoptr (CrWebhookEndpoint) endpoint = cr_webhook_endpoint_new ("wh_1");

  endpoint->url = g_strdup ("https://clinic.example/hook");
  endpoint->events = g_strsplit ("*", ",", -1);
  endpoint->api_version = g_strdup (CR_API_VERSION);
  cr_webhooks_table_add (db, endpoint, error);
  return NULL;
}

static gpointer
begin_overlap (CrDb *db, gpointer data, GError **error)
{
  gint64 now_ms = cr_time_now_ms ();

  cr_webhooks_table_set_old_secret (db, "wh_1", now_ms + DAY_MS, now_ms, error);
  return NULL;
}

/* Until nothing is read any more; then the secrets are those that sign. */
static void
settle (World *world)
{
  while (world->webhooks->is_looking || world->lane->is_reading_secrets)
    g_main_context_iteration (NULL, TRUE);
  if (world->lane->secrets != NULL)
    return;

  cr_webhooks_read_secrets (world->webhooks, world->lane);
  settle (world);
}

static void
assert_secrets (World *world, const char *first, const char *second)
{
  g_autofree char *all = NULL;
  g_autofree char *wanted = g_strjoin (" ", first, second, NULL);

  settle (world);
  all = g_strjoinv (" ", (char **) world->lane->secrets->pdata);
  g_assert_cmpstr (all, ==, wanted);
}

static void
remove_folder (const char *folder)
{
  g_autofree char *command = g_strconcat ("rm -r ", folder, NULL);

  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
}

/* Of libsecret itself, in a file: one for each process. */
static char *
make_keyring (void)
{
  char *folder = g_dir_make_tmp ("chartroom-keyring-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "keyring", NULL);

  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
  return folder;
}

static void
set_up (World *world, gconstpointer data)
{
  g_autofree char *database = NULL;
  g_autoptr (GError) error = NULL;

  world->folder = g_dir_make_tmp ("chartroom-rotate-XXXXXX", NULL);
  database = g_build_filename (world->folder, "chartroom.db", NULL);
  world->store = cr_store_open (database, &error);
  g_assert_no_error (error);
  world->vault = cr_vault_new ("test");
  world->changes = cr_changes_new ();
  world->webhooks = cr_webhooks_new (world->store, world->vault, world->changes, cr_time_now_ms);
  write_store (world, add_endpoint);
  set_secret (world, CR_WEBHOOK_SECRET ("wh_1"), "whsec_first");
  cr_webhooks_start (world->webhooks);
  world->lane = cr_webhooks_lane_for (world->webhooks, "wh_1");
  assert_secrets (world, "whsec_first", NULL);
}

static void
tear_down (World *world, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  cr_webhooks_stop_async (world->webhooks, keep_cb, &result);
  cr_webhooks_stop_finish (world->webhooks, wait_for (&result));
  g_clear_object (&result);
  g_clear_object (&world->webhooks);
  cr_vault_close (world->vault);
  g_clear_object (&world->vault);
  cr_store_close (world->store);
  g_clear_object (&world->store);
  g_clear_object (&world->changes);
  remove_folder (world->folder);
  g_free (world->folder);
}

/* W04: something is sent before it is known that the older secret signs on: for the rest of the
 * day both do. */
static void
test_overlap (World *world, gconstpointer data)
{
  set_secret (world, CR_WEBHOOK_OLD_SECRET ("wh_1"), "whsec_first");
  set_secret (world, CR_WEBHOOK_SECRET ("wh_1"), "whsec_second");
  write_store (world, begin_overlap);
  cr_webhooks_forget_secret (world->webhooks, "wh_1");
  g_assert_true (world->webhooks->is_looking);
  cr_webhooks_read_secrets (world->webhooks, world->lane);
  assert_secrets (world, "whsec_second", "whsec_first");
}

/* What was asked for before the rotation does not come to sign after it. */
static void
test_late (World *world, gconstpointer data)
{
  cr_webhooks_forget_secrets (world->lane);
  cr_webhooks_read_secrets (world->webhooks, world->lane);
  set_secret (world, CR_WEBHOOK_SECRET ("wh_1"), "whsec_second");
  cr_webhooks_forget_secret (world->webhooks, "wh_1");
  assert_secrets (world, "whsec_second", NULL);

  /* Also where the answer comes after all of it. */
  cr_webhooks_forget_secrets (world->lane);
  cr_webhooks_read_secrets (world->webhooks, world->lane);
  cr_webhooks_forget_secret (world->webhooks, "wh_1");
  g_assert_true (world->lane->is_reading_secrets);
  set_secret (world, CR_WEBHOOK_SECRET ("wh_1"), "whsec_third");
  assert_secrets (world, "whsec_third", NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *keyring = NULL;
  int code;

  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);
  keyring = make_keyring ();

  g_test_add ("/webhook/rows/W04-overlap", World, NULL, set_up, test_overlap, tear_down);
  g_test_add ("/webhook/rotated-while-read", World, NULL, set_up, test_late, tear_down);
  code = g_test_run ();
  remove_folder (keyring);
  return code;
}

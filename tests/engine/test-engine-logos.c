/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "engine-test.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-engine-logos.h"

#include <libsoup/soup.h>
#include <string.h>

#define GIF "GIF89a\1\0\1\0\0\0\0;............"
#define GIF_BASE64 "R0lGODlhAQABAAAAADsuLi4uLi4uLi4uLi4="

static const char *const names[] = {
  "good", "large", "page", "svg", "away", "none", "slow", "near"
};

typedef struct
{
  SoupServer *server; /* (owned) */
  SoupServer *other;  /* (owned): another origin */
  char *url;          /* (owned) */
  char *other_url;    /* (owned) */
  guint n_asked;
  guint n_other;
  gboolean is_mute;
  SoupServerMessage *waiting; /* (owned) (nullable) */
} Publisher;

static void
answer_cb (SoupServer *server,
           SoupServerMessage *message,
           const char *path,
           GHashTable *query,
           gpointer user_data)
{
  Publisher *self = user_data;
  g_autofree char *large = g_malloc0 (CR_LOGO_MAX_BYTES + 1);
  g_autofree char *away = g_strconcat (self->other_url, "/good", NULL);
  static const char svg[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

  self->n_asked++;
  g_assert_null (soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                               "Authorization"));
  memcpy (large, GIF, sizeof GIF);
  if (strcmp (path, "/slow") == 0 && self->is_mute)
    {
      self->waiting = g_object_ref (message);
      soup_server_message_pause (message);
      return;
    }
  soup_server_message_set_status (message, 200, NULL);
  if (strcmp (path, "/large") == 0)
    soup_server_message_set_response (message, "image/gif", SOUP_MEMORY_COPY, large,
                                      CR_LOGO_MAX_BYTES + 1);
  else if (strcmp (path, "/page") == 0)
    soup_server_message_set_response (message, "image/png", SOUP_MEMORY_STATIC,
                                      "<html>Please sign in</html>", 27);
  else if (strcmp (path, "/svg") == 0)
    soup_server_message_set_response (message, "image/png", SOUP_MEMORY_STATIC, svg,
                                      sizeof svg - 1);
  else if (strcmp (path, "/away") == 0)
    soup_server_message_set_redirect (message, 302, away);
  else if (strcmp (path, "/near") == 0)
    soup_server_message_set_redirect (message, 302, "/good");
  else if (strcmp (path, "/none") == 0)
    soup_server_message_set_status (message, 404, NULL);
  else
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, GIF,
                                      sizeof GIF - 1);
}

static void
answer_other_cb (SoupServer *server,
                 SoupServerMessage *message,
                 const char *path,
                 GHashTable *query,
                 gpointer user_data)
{
  Publisher *self = user_data;

  self->n_other++;
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "image/gif", SOUP_MEMORY_STATIC, GIF, sizeof GIF - 1);
}

static SoupServer *
listen (SoupServerCallback callback, Publisher *self, char **url)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  GSList *uris;

  soup_server_add_handler (server, NULL, callback, self, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  *url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return server;
}

static void
publisher_init (Publisher *self)
{
  *self = (Publisher){ NULL };
  self->server = listen (answer_cb, self, &self->url);
  self->other = listen (answer_other_cb, self, &self->other_url);
}

static void
publisher_clear (Publisher *self)
{
  g_clear_object (&self->waiting);
  g_clear_object (&self->server);
  g_clear_object (&self->other);
  g_free (self->url);
  g_free (self->other_url);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Publisher, publisher_clear)

static void
add_entry (GString *list, const char *name, const char *logo)
{
  g_string_append_printf (
      list,
      "%s{\"resource\":{\"resourceType\":\"Endpoint\",\"id\":\"%s\",\"status\":\"active\","
      "\"name\":\"%s\",\"address\":\"https://%s.example/r4\"}},"
      "{\"resource\":{\"resourceType\":\"Organization\",\"id\":\"o-%s\",\"name\":\"%s\","
      "\"endpoint\":[{\"reference\":\"Endpoint/%s\"}],\"extension\":[{\"url\":"
      "\"http://hl7.org/fhir/StructureDefinition/organization-brand\",\"extension\":["
      "{\"url\":\"brandLogo\",\"valueUrl\":\"%s\"}]}]}}",
      list->len > 0 ? "," : "{\"resourceType\":\"Bundle\",\"id\":\"l\",\"entry\":[", name, name,
      name, name, name, name, logo);
}

static void
import (EngineTest *test, const char *list)
{
  g_autofree char *path = engine_test_path (test, "list.json");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (GAsyncResult) applied = NULL;
  g_autoptr (CrCatalogDiff) diff = NULL;
  g_autoptr (CrCatalogDiff) done = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, list, -1, NULL));
  cr_engine_read_catalog_async (test->engine, file, NULL, NULL, NULL, keep_result, &read);
  diff = cr_engine_read_catalog_finish (test->engine, wait_result (&read), &error);
  g_assert_no_error (error);
  cr_engine_apply_catalog_async (test->engine, diff, NULL, NULL, keep_result, &applied);
  done = cr_engine_apply_catalog_finish (test->engine, wait_result (&applied), &error);
  g_assert_no_error (error);
}

static CrSource *
source_named (EngineTest *test, const char *name)
{
  CrListFilter filter = { .kind = CR_LIST_SOURCES, .text = name };
  g_autoptr (GPtrArray) list = engine_test_list (test, &filter);

  g_assert_cmpuint (list->len, ==, 1);
  return g_object_ref (g_ptr_array_index (list, 0));
}

static CrLogo *
get_logo (EngineTest *test, const char *name)
{
  g_autoptr (CrSource) source = source_named (test, name);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  CrLogo *logo;

  cr_engine_get_logo_async (test->engine, source->id, NULL, keep_result, &result);
  logo = cr_engine_get_logo_finish (test->engine, wait_result (&result), &error);
  if (logo == NULL)
    g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_true (source->has_logo == (logo != NULL));
  return logo;
}

static gboolean
fetch (EngineTest *test, const char *name, GError **error)
{
  g_autoptr (CrSource) source = source_named (test, name);
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_fetch_logo_async (test->engine, source->id, NULL, keep_result, &result);
  return cr_engine_fetch_logo_finish (test->engine, wait_result (&result), error);
}

static void
import_all (EngineTest *test, Publisher *publisher)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *logo = g_strdup_printf ("%s/%s", publisher->url, names[i]);

      add_entry (list, names[i], logo);
    }
  add_entry (list, "inside", "data:image/gif;base64," GIF_BASE64);
  add_entry (list, "broken", "data:image/gif;base64,PHN2Zz48L3N2Zz4=");
  g_string_append (list, "]}");
  import (test, list->str);
}

/* Small pictures from where the list says, or from the same host: nothing else is kept. */
static void
test_download (void)
{
  g_auto (Publisher) publisher = { NULL };
  g_auto (EngineTest) test = { 0 };

  publisher_init (&publisher);
  engine_test_make (&test);
  engine_test_open (&test);
  import_all (&test, &publisher);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gboolean is_good = strcmp (names[i], "good") == 0 || strcmp (names[i], "near") == 0 ||
                         strcmp (names[i], "slow") == 0;
      g_autoptr (CrLogo) before = get_logo (&test, names[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (CrLogo) after = NULL;

      g_assert_null (before);
      g_assert_true (fetch (&test, names[i], &error) == is_good);
      g_test_message ("%s: %s", names[i], error != NULL ? error->message : "fine");
      after = get_logo (&test, names[i]);
      g_assert_true ((after != NULL) == is_good);
      if (after != NULL)
        g_assert_cmpstr (after->type, ==, "image/gif");
    }
  g_assert_cmpuint (publisher.n_other, ==, 0);
}

static void
set_vendor (EngineTest *test, const char *id)
{
  CrSource *source = source_named (test, id);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (CrSource) saved = NULL;

  source->client_id = g_strdup ("ours");
  cr_engine_save_source_async (test->engine, source, NULL, NULL, NULL, keep_result, &result);
  saved = cr_engine_save_source_finish (test->engine, wait_result (&result), NULL);
  g_assert_nonnull (saved);
  g_object_unref (source);
}

static gboolean
is_there (gpointer data)
{
  g_autoptr (CrSource) source = source_named (data, "good");

  return source->has_logo;
}

static gboolean
is_waiting (gpointer data)
{
  return ((Publisher *) data)->waiting != NULL;
}

/* In the list itself it is kept at once. The others come by themselves once patients may choose the
 * source, each asked for once; a server that does not answer holds up no closing. */
static void
test_background (void)
{
  g_auto (Publisher) publisher = { NULL };
  g_auto (EngineTest) test = { 0 };
  g_autoptr (CrLogo) inside = NULL;
  g_autoptr (CrLogo) broken = NULL;
  gint64 start;

  publisher_init (&publisher);
  publisher.is_mute = TRUE;
  engine_test_make (&test);
  engine_test_open (&test);
  import_all (&test, &publisher);
  inside = get_logo (&test, "inside");
  g_assert_nonnull (inside);
  broken = get_logo (&test, "broken");
  g_assert_null (broken);
  iterate_for (100);
  g_assert_cmpuint (publisher.n_asked, ==, 0);

  set_vendor (&test, "good");
  wait_until (is_there, &test);
  set_vendor (&test, "none");
  iterate_for (200);
  import_all (&test, &publisher);
  iterate_for (200);
  g_assert_cmpuint (publisher.n_asked, ==, 2);

  set_vendor (&test, "slow");
  wait_until (is_waiting, &publisher);
  start = g_get_monotonic_time ();
  engine_test_close (&test);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  soup_server_disconnect (publisher.server);
}

static gboolean
set_logo (EngineTest *test, const char *name, const char *path, GError **error)
{
  g_autoptr (CrSource) source = source_named (test, name);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GAsyncResult) result = NULL;

  cr_engine_set_logo_async (test->engine, source->id, file, "Ann", NULL, keep_result, &result);
  return cr_engine_set_logo_finish (test->engine, wait_result (&result), error);
}

/* By hand: before the publisher's, through an import, until it is taken back. */
static void
test_by_hand (void)
{
  g_auto (Publisher) publisher = { NULL };
  g_auto (EngineTest) test = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (CrSource) source = NULL;
  g_autoptr (CrLogo) own = NULL;
  g_autoptr (CrLogo) published = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (GError) error = NULL;
  static const char jpeg[] = "\xff\xd8\xff\xe0...................";

  publisher_init (&publisher);
  engine_test_make (&test);
  engine_test_open (&test);
  import_all (&test, &publisher);
  path = engine_test_path (&test, "logo.gif");
  g_assert_false (set_logo (&test, "inside", path, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "<svg/>", -1, NULL));
  g_assert_false (set_logo (&test, "inside", path, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (path, jpeg, sizeof jpeg - 1, NULL));
  g_assert_true (set_logo (&test, "inside", path, &error));
  import_all (&test, &publisher);
  own = get_logo (&test, "inside");
  g_assert_cmpstr (own->type, ==, "image/jpeg");

  source = source_named (&test, "inside");
  cr_engine_remove_logo_async (test.engine, source->id, "Ann", NULL, keep_result, &result);
  g_assert_true (cr_engine_remove_logo_finish (test.engine, wait_result (&result), &error));
  published = get_logo (&test, "inside");
  g_assert_cmpstr (published->type, ==, "image/gif");
  cr_engine_remove_logo_async (test.engine, source->id, "Ann", NULL, keep_result, &again);
  g_assert_false (cr_engine_remove_logo_finish (test.engine, wait_result (&again), &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  engine_test_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/logos/download", test_download);
  g_test_add_func ("/logos/background", test_background);
  g_test_add_func ("/logos/by-hand", test_by_hand);

  return g_test_run ();
}

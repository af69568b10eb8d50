/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "cr-rig.h"
#include "store/cr-logos-table.h"
#include "store/cr-sources-table.h"

#include <string.h>

#define DOT                                                                                        \
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA" \
  "60e6kgAAAABJRU5ErkJggg=="
#define GIF "GIF89a\1\0\1\0\0\0\0;............"
#define WEBP "RIFF\20\0\0\0WEBPVP8 ............"
#define JPEG "\xff\xd8\xff\xe0..................."
#define SVG "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert (1)</script></svg>"

typedef struct
{
  const char *id;
  CrLogo *logo;
  gboolean is_own;
} Put;

static gpointer
put_func (CrDb *db, gpointer data, GError **error)
{
  Put *put = data;
  g_autoptr (CrSource) source = cr_sources_table_get (db, put->id, error);

  if (source == NULL)
    return NULL;
  if (put->is_own)
    return cr_logos_table_put_own (db, put->id, put->logo, 1, error) ? data : NULL;

  g_free (source->logo_url);
  source->logo_url = g_strdup ("https://mercy.example.org/logo.gif");
  return cr_sources_table_update (db, source, error) &&
                 cr_logos_table_put (db, source->logo_url, put->logo, 1, error)
           ? data
           : NULL;
}

typedef struct
{
  gboolean done;
  GAsyncResult *result; /* (owned) */
} Wait;

static void
wait_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Wait *wait = user_data;

  wait->result = g_object_ref (result);
  wait->done = TRUE;
}

static GBytes *
ask (CrRig *rig, const char *method, const char *id, guint status, const char *type)
{
  g_autofree char *url = g_strconcat (cr_server_get_uri (rig->server), "/logos/", id, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  g_autoptr (GError) error = NULL;
  Wait wait = { FALSE, NULL };
  GBytes *body;

  soup_session_send_and_read_async (rig->visitor, message, 0, NULL, wait_cb, &wait);
  cr_rig_wait (&wait.done);
  body = soup_session_send_and_read_finish (rig->visitor, wait.result, &error);
  g_object_unref (wait.result);
  g_assert_no_error (error);
  g_assert_cmpuint (soup_message_get_status (message), ==, status);
  g_assert_cmpstr (soup_message_headers_get_content_type (headers, NULL), ==, type);
  g_assert_cmpstr (soup_message_headers_get_one (headers, "X-Content-Type-Options"), ==, "nosniff");
  g_assert_nonnull (
      strstr (soup_message_headers_get_one (headers, "Content-Security-Policy"), "'none'"));
  g_assert_cmpstr (soup_message_headers_get_one (headers, "Cache-Control"), ==,
                   status == 200 ? "public, max-age=86400" : "no-store");
  return body;
}

/* Served under its real type, with and without a body; what is not there is not there. */
static void
test_route (void)
{
  static const char *const unknown[] = { "fhirsrc_nobody", "nobody", "fhirsrc_%00", "..%2F..",
                                         "source:fhirsrc_x" };
  g_autoptr (CrRig) rig = cr_rig_new (FALSE);
  g_autofree char *id = cr_rig_add_source (rig, "Mercy", "https://mercy.example.org/r4", "us");
  g_autoptr (GBytes) gif = g_bytes_new_static (GIF, sizeof GIF - 1);
  g_autoptr (CrLogo) published = cr_logo_new (gif, NULL);
  g_autoptr (CrLogo) own = cr_logo_new_from_data_url (DOT, NULL);
  Put put = { id, published, FALSE };
  g_autoptr (GBytes) none = ask (rig, "GET", id, 404, "text/plain");
  g_autoptr (GBytes) first = NULL;
  g_autoptr (GBytes) second = NULL;
  g_autoptr (GBytes) third = NULL;
  g_autoptr (GBytes) head = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    {
      g_autoptr (GBytes) body = ask (rig, "GET", unknown[i], 404, "text/plain");

      g_assert_cmpuint (g_bytes_get_size (body), <, 100);
    }

  g_assert_nonnull (cr_rig_write (rig, put_func, &put));
  first = ask (rig, "GET", id, 200, "image/gif");
  g_assert_true (g_bytes_equal (first, gif));

  put = (Put){ id, own, TRUE };
  g_assert_nonnull (cr_rig_write (rig, put_func, &put));
  second = ask (rig, "GET", id, 200, "image/png");
  g_assert_true (g_bytes_equal (second, own->body));
  head = ask (rig, "HEAD", id, 200, "image/png");
  g_assert_cmpuint (g_bytes_get_size (head), ==, 0);

  put.logo = NULL;
  g_assert_nonnull (cr_rig_write (rig, put_func, &put));
  third = ask (rig, "GET", id, 200, "image/gif");
}

static const char *
type_of (const char *data, gsize n)
{
  g_autoptr (GBytes) body = g_bytes_new (data, n);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrLogo) logo = cr_logo_new (body, &error);

  if (logo == NULL)
    g_assert_error (error, CR_ERROR, CR_ERROR_BAD_INPUT);
  return logo != NULL ? logo->type : NULL;
}

/* By what is in it: nothing else, and nothing that can run. */
static void
test_kinds (void)
{
  g_autofree char *large = g_malloc0 (CR_LOGO_MAX_BYTES + 1);
  g_autoptr (CrLogo) dot = cr_logo_new_from_data_url (DOT, NULL);

  g_assert_cmpstr (type_of (GIF, sizeof GIF - 1), ==, "image/gif");
  g_assert_cmpstr (type_of (WEBP, sizeof WEBP - 1), ==, "image/webp");
  g_assert_cmpstr (type_of (JPEG, sizeof JPEG - 1), ==, "image/jpeg");
  g_assert_null (type_of (SVG, sizeof SVG - 1));
  g_assert_null (type_of ("RIFF\20\0\0\0WAVEfmt ............", 28));
  g_assert_null (type_of ("GIF89a", 6));
  g_assert_null (type_of ("", 0));
  memcpy (large, GIF, sizeof GIF);
  g_assert_cmpstr (type_of (large, CR_LOGO_MAX_BYTES), ==, "image/gif");
  g_assert_null (type_of (large, CR_LOGO_MAX_BYTES + 1));

  g_assert_cmpstr (dot->type, ==, "image/png");
  g_assert_null (cr_logo_new_from_data_url ("data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=", NULL));
  g_assert_null (cr_logo_new_from_data_url ("data:image/png,plain", NULL));
  g_assert_null (cr_logo_new_from_data_url ("data:image/png;base64", NULL));
}

int
main (int argc, char **argv)
{
  cr_rig_use_file_keyring ();
  cr_first_of_all ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect/logos/route", test_route);
  g_test_add_func ("/connect/logos/kinds", test_kinds);

  return g_test_run ();
}

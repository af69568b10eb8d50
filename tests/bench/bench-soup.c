/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libsoup/soup.h>
#include <stdlib.h>
#include <string.h>

#include "base/cr-first.h"

/* bench-soup FOLDER [close]
 *
 * A bare libsoup handler: answers /NAME with the bytes of the file NAME of FOLDER, which it has in
 * memory; with `close`, on a connection for each request. Prints its port; leaves when its standard
 * input ends. */

static gboolean is_closing;

static void
answer_cb (SoupServer *server,
           SoupServerMessage *message,
           const char *path,
           GHashTable *query,
           gpointer user_data)
{
  GBytes *body = g_hash_table_lookup (user_data, path);

  if (body == NULL)
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }

  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type",
                                "application/json");
  if (is_closing)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Connection",
                                  "close");
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
}

static GHashTable *
read_folder (const char *path)
{
  GHashTable *files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      char *text = NULL;
      gsize n_bytes = 0;

      if (g_file_get_contents (file, &text, &n_bytes, NULL))
        g_hash_table_insert (files, g_strconcat ("/", name, NULL),
                             g_bytes_new_take (text, n_bytes));
    }
  return files;
}

static gboolean
ended_cb (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) files = NULL;
  GIOChannel *input;
  GSList *uris;

  cr_first_of_all ();
  if (argc < 2)
    {
      g_printerr ("usage: bench-soup FOLDER [close]\n");
      return EXIT_FAILURE;
    }

  is_closing = argc > 2 && strcmp (argv[2], "close") == 0;
  files = read_folder (argv[1]);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer_cb, files, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    g_error ("%s", error->message);
  uris = soup_server_get_uris (server);
  g_print ("%d\n", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  input = g_io_channel_unix_new (0);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP | G_IO_ERR, ended_cb, loop);
  g_main_loop_run (loop);
  g_io_channel_unref (input);
  return EXIT_SUCCESS;
}

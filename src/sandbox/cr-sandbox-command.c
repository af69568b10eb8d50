/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-sandbox-command.h"

#include <glib-unix.h>
#include <stdio.h>
#include <unistd.h>

#include "sandbox/cr-sandbox.h"

static gboolean
leave_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
stdin_cb (gint fd, GIOCondition condition, gpointer user_data)
{
  char buffer[256];

  if (read (fd, buffer, sizeof buffer) > 0)
    return G_SOURCE_CONTINUE;

  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

int
cr_sandbox_command (int argc, char **argv)
{
  g_autofree char *listen = NULL, *state = NULL, *tls = NULL;
  gint64 seed = 0;
  int n_patients = 0;
  gboolean die_with_stdin = FALSE;
  const GOptionEntry entries[] = {
    { "listen", 0, 0, G_OPTION_ARG_STRING, &listen, "Where to listen", "ADDR:PORT" },
    { "state", 0, 0, G_OPTION_ARG_FILENAME, &state, "Folder that keeps the state", "DIR" },
    { "tls", 0, 0, G_OPTION_ARG_FILENAME, &tls, "Speak TLS, with this certificate and key in PEM",
      "FILE" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of the made-up people", "N" },
    { "patients", 0, 0, G_OPTION_ARG_INT, &n_patients, "How many people", "N" },
    { "die-with-stdin", 0, 0, G_OPTION_ARG_NONE, &die_with_stdin, "Leave at the end of stdin",
      NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("– the sandbox");
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (CrSandbox) sandbox = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  CrSandboxOptions options = { .clock = cr_time_now_ms };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }

  if (state == NULL)
    state = g_build_filename (g_get_user_data_dir (), "chartroom", "sandbox-server", NULL);
  if (tls != NULL)
    certificate = g_tls_certificate_new_from_file (tls, &error);
  if (error != NULL)
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }
  options.certificate = certificate;
  options.state_dir = state;
  options.seed = (guint64) seed;
  options.n_patients = (guint) MAX (n_patients, 0);
  sandbox = cr_sandbox_new (&options, &error);
  if (sandbox == NULL ||
      !cr_sandbox_listen (sandbox, listen != NULL ? listen : "127.0.0.1:8585", &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, leave_cb, loop);
  g_unix_signal_add (SIGINT, leave_cb, loop);
  if (die_with_stdin)
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, stdin_cb, loop);
  g_print ("listening %s\n", cr_sandbox_get_uri (sandbox));
  fflush (stdout);
  g_main_loop_run (loop);
  return 0;
}

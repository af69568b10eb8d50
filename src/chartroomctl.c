/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/cr-api.h"
#include "base/cr-error.h"
#include "base/cr-first.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "base/cr-time.h"
#include "config.h"
#include "cr-demo.h"
#include "ctl/cr-ctl.h"
#include "ctl/cr-terminal.h"
#include "engine/cr-takeover.h"
#include "sandbox/cr-sandbox-command.h"

#include <glib-unix.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUIET_MS 100
#define BUSY_MS 5000

typedef struct
{
  GMainLoop *loop;           /* (owned) */
  GCancellable *cancellable; /* (owned) */
  CrCtlInput *input;         /* (owned) */
  CrWorkspace *workspace;    /* (owned) (nullable) */
  CrEngine *engine;          /* (owned) (nullable) */
  char *listen;              /* (owned) (nullable) */
  char *public_url;          /* (owned) (nullable) */
  char *tls_cert;            /* (owned) (nullable) */
  char *tls_key;             /* (owned) (nullable) */
  char *scratch;             /* (owned) (nullable): folder to remove at the end */
  gint64 ending_us;
  gint64 begun_us;
  gboolean is_sandbox;
  gboolean needs_pages;
  gboolean is_serving;
  gboolean must_end;  /* a signal came */
  gboolean give_back; /* a window asked for the workspace */
  CrExit code;
} Program;

static void
write_out (gboolean is_error, const char *text, gsize length, gpointer user_data)
{
  FILE *file = is_error ? stderr : stdout;

  fwrite (text, 1, length, file);
  fflush (file);
}

/* Takes @error. */
static void
fail (Program *program, GError *error)
{
  g_autofree char *text = cr_ctl_error_text (error, program->input->json);

  write_out (!program->input->json, text, strlen (text), NULL);
  program->code = cr_ctl_exit_for (error);
  g_error_free (error);
  g_main_loop_quit (program->loop);
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;

  cr_engine_close_finish (CR_ENGINE (source), result, NULL);
  g_clear_object (&program->engine);
  g_main_loop_quit (program->loop);
}

static void
close_engine (Program *program)
{
  if (program->engine != NULL)
    cr_engine_close_async (program->engine, closed_cb, program);
  else
    g_main_loop_quit (program->loop);
}

/* Commands ------------------------------------------------------------------------------------- */

static gboolean
quiet_cb (gpointer user_data)
{
  Program *program = user_data;

  if ((cr_engine_is_working (program->engine) || cr_ctl_is_serving (program->engine)) &&
      !program->must_end)
    return G_SOURCE_CONTINUE;

  close_engine (program);
  return G_SOURCE_REMOVE;
}

/* What a command queued is done before the engine closes: there may be nobody else to do it. */
static void
command_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  gboolean starts_work = FALSE;

  program->code = cr_ctl_run_finish (result, &starts_work);
  if (starts_work || cr_ctl_is_serving (program->engine))
    g_timeout_add (QUIET_MS, quiet_cb, program);
  else
    close_engine (program);
}

static gboolean begin_cb (gpointer user_data);

/* Whoever holds the folder may just be opening or closing it, so it is asked again for a while. */
static void
handed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  GError *error = NULL;

  program->code = cr_ctl_hand_over_finish (result, &error);
  if (error == NULL)
    g_main_loop_quit (program->loop);
  else if (!g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    fail (program, error);
  else if (g_get_monotonic_time () - program->begun_us < BUSY_MS * 1000)
    {
      g_error_free (error);
      g_timeout_add (QUIET_MS, begin_cb, program);
    }
  else
    {
      g_error_free (error);
      fail (program, g_error_new_literal (CR_ERROR, CR_ERROR_IN_USE,
                                          "Another Chartroom works in this data folder and does "
                                          "not answer. Try again, or close it."));
    }
}

/* The demo ------------------------------------------------------------------------------------- */

static void
tell_summary (Program *program, CrDemoSummary *summary)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *text = NULL;

  if (!program->input->json)
    {
      g_print (
          "%u patients, %u connections, %u pulls, %u records\n%u export runs, %u records "
          "delivered, %u connections held back (another person at the portal)\n%.1f seconds: %s\n",
          summary->n_patients, summary->n_connections, summary->n_pulls, summary->n_records,
          summary->n_runs, summary->n_delivered, summary->n_held, summary->seconds,
          summary->ok ? "everything arrived" : summary->trouble);
      return;
    }

  json_object_set_int_member (object, "patients", summary->n_patients);
  json_object_set_int_member (object, "connections", summary->n_connections);
  json_object_set_int_member (object, "pulls", summary->n_pulls);
  json_object_set_int_member (object, "records", summary->n_records);
  json_object_set_int_member (object, "runs", summary->n_runs);
  json_object_set_int_member (object, "delivered", summary->n_delivered);
  json_object_set_int_member (object, "held", summary->n_held);
  json_object_set_double_member (object, "seconds", summary->seconds);
  json_object_set_boolean_member (object, "ok", summary->ok);
  text = cr_json_object_to_text (object, FALSE);
  g_print ("%s\n", text);
}

static void
demo_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  GError *error = NULL;
  CrDemoSummary *summary = cr_demo_run_finish (result, &error);

  if (summary != NULL)
    {
      tell_summary (program, summary);
      program->code = summary->ok ? CR_EXIT_DONE : CR_EXIT_PARTLY;
      cr_demo_summary_free (summary);
    }
  else
    {
      g_autofree char *text = cr_ctl_error_text (error, program->input->json);

      write_out (!program->input->json, text, strlen (text), NULL);
      program->code = cr_ctl_exit_for (error);
      g_error_free (error);
    }
  close_engine (program);
}

static gboolean
prepare_demo (Program *program, char **argv, char **folder)
{
  g_free (*folder);
  *folder = NULL;
  if (argv[1] != NULL && g_str_equal (argv[1], "--keep") && argv[2] != NULL && argv[3] == NULL)
    *folder = g_canonicalize_filename (argv[2], NULL);
  else if (argv[1] == NULL)
    {
      program->scratch = g_dir_make_tmp ("chartroom-demo-XXXXXX", NULL);
      *folder = g_strdup (program->scratch);
    }

  program->is_sandbox = TRUE;
  program->needs_pages = TRUE;
  program->listen = g_strdup ("127.0.0.1:0");
  return *folder != NULL;
}

static void
remove_tree (GFile *folder)
{
  g_autoptr (GFileEnumerator) children = g_file_enumerate_children (
      folder, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child;

  while (children != NULL && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) &&
         child != NULL)
    if (g_file_query_file_type (child, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL) ==
        G_FILE_TYPE_DIRECTORY)
      remove_tree (child);
    else
      g_file_delete (child, NULL, NULL);
  g_file_delete (folder, NULL, NULL);
}

/* Serving -------------------------------------------------------------------------------------- */

static void open_engine (Program *program);

static void
had_again_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  GError *error = NULL;

  if (cr_workspace_wait_finish (CR_WORKSPACE (source), result, &error))
    open_engine (program);
  else if (cr_error_is_cancelled (error))
    {
      g_error_free (error);
      g_main_loop_quit (program->loop);
    }
  else
    fail (program, error);
}

static gboolean
wait_again_cb (gpointer user_data)
{
  Program *program = user_data;

  cr_workspace_wait_async (program->workspace, program->cancellable, had_again_cb, program);
  return G_SOURCE_REMOVE;
}

/* The window has the workspace next: a second's grace, so that this process does not win the lock
 * back at once. */
static void
given_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;

  cr_engine_close_finish (CR_ENGINE (source), result, NULL);
  g_clear_object (&program->engine);
  if (program->must_end)
    g_main_loop_quit (program->loop);
  else
    g_timeout_add_seconds (2, wait_again_cb, program);
}

static void
give_up_cb (gpointer user_data)
{
  Program *program = user_data;

  if (program->must_end || program->give_back || program->engine == NULL)
    return;

  program->give_back = TRUE;
  g_message ("A window takes over; this server waits until it closes.");
  cr_engine_close_async (program->engine, given_up_cb, program);
}

static gboolean
signal_cb (gpointer user_data)
{
  Program *program = user_data;

  /* Whoever says it again later does not want to wait; what was stored is kept. A signal that
   * reaches a group and is passed on too comes twice at once. */
  if (program->must_end)
    {
      if (g_get_monotonic_time () - program->ending_us > G_USEC_PER_SEC)
        _exit (CR_EXIT_INTERRUPTED);
      return G_SOURCE_CONTINUE;
    }

  program->must_end = TRUE;
  program->ending_us = g_get_monotonic_time ();
  g_cancellable_cancel (program->cancellable);
  if (program->is_serving && program->engine != NULL && !program->give_back)
    close_engine (program);
  return G_SOURCE_CONTINUE;
}

/* Opening -------------------------------------------------------------------------------------- */

static void
sandbox_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!cr_engine_start_sandbox_finish (CR_ENGINE (source), result, &error) &&
      !cr_error_is_cancelled (error))
    g_warning ("The sandbox did not start: %s", error->message);
}

static void
alone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;

  program->code = cr_ctl_run_finish (result, NULL);
  g_main_loop_quit (program->loop);
}

/* Takes @error. A store that does not open is what a backup is for. */
static void
go_on_without_engine (Program *program, GError *error)
{
  if (program->is_serving || !cr_ctl_works_alone (program->input->argv) ||
      !cr_workspace_lock (program->workspace, NULL))
    {
      fail (program, error);
      return;
    }
  g_error_free (error);
  cr_ctl_run_async (NULL, program->workspace, program->input, write_out, NULL, program->cancellable,
                    alone_cb, program);
}

static void
closed_for_restart_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  GError *error = NULL;

  cr_engine_close_finish (CR_ENGINE (source), result, NULL);
  g_clear_object (&program->engine);
  program->give_back = FALSE;
  if (program->must_end)
    g_main_loop_quit (program->loop);
  else if (cr_workspace_lock (program->workspace, &error))
    open_engine (program);
  else
    fail (program, error);
}

/* A backup was restored. Other than when a window takes over nobody is waited for. */
static void
restart_cb (CrEngine *engine, Program *program)
{
  if (!program->is_serving || program->must_end || program->give_back)
    return;

  program->give_back = TRUE;
  cr_engine_close_async (program->engine, closed_for_restart_cb, program);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *program = user_data;
  GError *error = NULL;

  program->engine = cr_engine_open_finish (result, &error);
  if (program->engine == NULL)
    {
      go_on_without_engine (program, error);
      return;
    }

  g_signal_connect (program->engine, "restart", G_CALLBACK (restart_cb), program);

  cr_ctl_attach (program->engine);
  cr_api_attach (program->engine);
  if (program->is_serving)
    {
      program->give_back = FALSE;
      cr_engine_offer_takeover (program->engine, give_up_cb, program);
      g_print ("listening %s\n", cr_server_get_uri (cr_engine_get_server (program->engine)));
      fflush (stdout);
      if (program->is_sandbox)
        cr_engine_start_sandbox_async (program->engine, program->input->person, NULL, sandbox_cb,
                                       NULL);
    }
  else if (g_str_equal (program->input->argv[0], "demo"))
    cr_demo_run_async (program->engine, !program->input->json, program->cancellable, demo_cb,
                       program);
  else
    cr_ctl_run_async (program->engine, program->workspace, program->input, write_out, NULL,
                      program->cancellable, command_cb, program);
}

static void
open_engine (Program *program)
{
  CrEngineOptions options = { .workspace = program->workspace,
                              .clock = cr_time_now_ms,
                              .listen = program->listen,
                              .public_url = program->public_url,
                              .tls_cert = program->tls_cert,
                              .tls_key = program->tls_key,
                              .no_pages = !program->needs_pages,
                              .no_commands = !program->is_serving && !program->needs_pages &&
                                             !cr_ctl_takes_long (program->input->argv),
                              .no_schedule = !program->is_serving };

  cr_engine_open_async (&options, NULL, opened_cb, program);
}

static void
begin (Program *program)
{
  GError *error = NULL;

  if (cr_workspace_lock (program->workspace, &error))
    open_engine (program);
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_IN_USE) && !program->is_serving &&
           !g_str_equal (program->input->argv[0], "demo"))
    {
      g_error_free (error);
      cr_ctl_hand_over_async (program->workspace, program->input, write_out, NULL,
                              program->cancellable, handed_cb, program);
    }
  else
    fail (program, error);
}

static gboolean
begin_cb (gpointer user_data)
{
  begin (user_data);
  return G_SOURCE_REMOVE;
}

/* Words ---------------------------------------------------------------------------------------- */

static gboolean
read_serve (Program *program, char **argv)
{
  for (guint i = 1; argv[i] != NULL; i += 2)
    {
      char **place = g_str_equal (argv[i], "--listen")     ? &program->listen
                   : g_str_equal (argv[i], "--public-url") ? &program->public_url
                   : g_str_equal (argv[i], "--tls-cert")   ? &program->tls_cert
                   : g_str_equal (argv[i], "--tls-key")    ? &program->tls_key
                                                           : NULL;

      if (place == NULL || argv[i + 1] == NULL)
        return FALSE;
      g_free (*place);
      *place = g_strdup (argv[i + 1]);
    }

  program->is_serving = TRUE;
  program->needs_pages = TRUE;
  return TRUE;
}

static int
usage (const char *words, gboolean json)
{
  g_autoptr (GError) error =
      words != NULL ? g_error_new_literal (CR_ERROR, CR_ERROR_BAD_INPUT, words) : NULL;
  g_autofree char *text = error == NULL ? cr_ctl_usage () : cr_ctl_error_text (error, json);

  write_out (error != NULL && !json, text, strlen (text), NULL);
  return error == NULL ? CR_EXIT_DONE : CR_EXIT_USAGE;
}

/* A new passphrase that is typed without being seen is asked for twice. */
static gboolean
take_secret (Program *program)
{
  gboolean is_backup = g_str_equal (program->input->argv[0], "backup");
  gboolean is_new = is_backup && g_strcmp0 (program->input->argv[1], "create") == 0;
  char *again;
  gboolean is_same;

  program->input->secret = cr_terminal_read_secret (is_backup ? "Passphrase" : "Secret");
  if (program->input->secret == NULL || !is_new || !isatty (STDIN_FILENO))
    return program->input->secret != NULL;

  again = cr_terminal_read_secret ("Again");
  is_same = g_strcmp0 (program->input->secret, again) == 0;
  cr_secret_free (again);
  return is_same;
}

/* Reads the words behind the global options. Returns -1 to go on, else the exit code. */
static int
read_command (Program *program, char **argv, char **folder)
{
  gboolean json = program->input->json;
  g_autofree char *words = NULL;
  gboolean wants_secret = FALSE;

  if (argv[0] == NULL || g_str_equal (argv[0], "help"))
    return usage (NULL, json);
  program->input->argv = g_strdupv (argv);
  if (g_str_equal (argv[0], "serve"))
    return read_serve (program, argv)
             ? -1
             : usage ("Usage: chartroomctl serve [--listen ADDR:PORT] [--public-url URL] "
                      "[--tls-cert FILE --tls-key FILE]",
                      json);
  if (g_str_equal (argv[0], "demo"))
    return prepare_demo (program, argv, folder)
             ? -1
             : usage ("Usage: chartroomctl demo [--keep DIR]", json);
  if (!cr_ctl_check (argv, &wants_secret, &program->needs_pages, &words))
    return usage (words, json);

  if (wants_secret && !take_secret (program))
    return usage (g_str_equal (argv[0], "backup")
                      ? "No passphrase came, or the two differ."
                      : "--secret-stdin: nothing came on standard input.",
                  json);
  return -1;
}

static void
program_clear (Program *program)
{
  if (program->scratch != NULL)
    {
      g_autoptr (GFile) folder = g_file_new_for_path (program->scratch);

      remove_tree (folder);
    }
  g_clear_object (&program->workspace);
  g_clear_object (&program->cancellable);
  g_clear_pointer (&program->loop, g_main_loop_unref);
  g_clear_pointer (&program->input, cr_ctl_input_free);
  g_free (program->listen);
  g_free (program->public_url);
  g_free (program->tls_cert);
  g_free (program->tls_key);
  g_free (program->scratch);
}

static int
run (Program *program, const char *folder)
{
  GError *error = NULL;

  program->workspace = cr_workspace_open (folder, program->is_sandbox, &error);
  if (program->workspace == NULL)
    {
      fail (program, error);
      return (int) program->code;
    }

  program->begun_us = g_get_monotonic_time ();
  g_unix_signal_add (SIGTERM, signal_cb, program);
  g_unix_signal_add (SIGINT, signal_cb, program);
  g_idle_add (begin_cb, program);
  g_main_loop_run (program->loop);
  return program->must_end && !program->is_serving ? CR_EXIT_INTERRUPTED : (int) program->code;
}

/* An answer that was cut off, such as by a full disk, was not given: a list that is too short and a
 * secret that nobody has seen look like what was asked for. */
static int
check_written (int code)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return code;

  g_printerr ("The answer could not be written to standard output, or not all of it.\n");
  return code == CR_EXIT_DONE ? CR_EXIT_FAILED : code;
}

static int
run_words (int argc, char **argv)
{
  Program program = { 0 };
  g_autofree char *folder = NULL;
  g_autofree char *person = NULL;
  gboolean json = FALSE, help = FALSE;
  const GOptionEntry entries[] = { { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &folder, NULL, NULL },
                                   { "sandbox", 0, 0, G_OPTION_ARG_NONE, &program.is_sandbox, NULL,
                                     NULL },
                                   { "as", 0, 0, G_OPTION_ARG_STRING, &person, NULL, NULL },
                                   { "json", 0, 0, G_OPTION_ARG_NONE, &json, NULL, NULL },
                                   { "help", 'h', 0, G_OPTION_ARG_NONE, &help, NULL, NULL },
                                   { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int code;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_ignore_unknown_options (context, TRUE);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return usage (error->message, json);
  /* Behind a command it is that command's: the version of a record. */
  if (g_strcmp0 (argv[1], "--version") == 0)
    {
      g_print ("chartroomctl %s\n", PACKAGE_VERSION);
      return CR_EXIT_DONE;
    }
  if (help)
    return usage (NULL, FALSE);
  if (argv[1] != NULL && g_str_equal (argv[1], "sandbox"))
    return cr_sandbox_command ((int) g_strv_length (argv) - 1, argv + 1);

  program.loop = g_main_loop_new (NULL, FALSE);
  program.cancellable = g_cancellable_new ();
  program.input = cr_ctl_input_new ();
  program.input->json = json;
  program.input->is_terminal = isatty (STDERR_FILENO) != 0;
  program.input->person = g_strdup (person != NULL ? person : g_get_user_name ());
  program.input->folder = g_get_current_dir ();
  code = read_command (&program, argv + 1, &folder);
  if (code < 0)
    {
      if (folder == NULL)
        folder = cr_workspace_default_folder (program.is_sandbox);
      code = run (&program, folder);
    }

  program_clear (&program);
  return code;
}

int
main (int argc, char **argv)
{
  cr_first_of_all ();
  return check_written (run_words (argc, argv));
}

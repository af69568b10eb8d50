/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "engine/cr-takeover.h"

#include <string.h>

/* A command handed over: the request is JSON; the answer is a row of frames, each a letter (`o`
 * stdout, `e` stderr, `x` exit code), a length of four bytes, least significant first, and as many
 * bytes. */

#define FRAME_HEAD 5
/* An engine begins to answer when it has read the command, however long that takes then. */
#define BEGIN_MS 30000

static GBytes *
frame (char kind, const char *text, gsize length)
{
  guint8 *bytes = g_malloc (FRAME_HEAD + length);
  guint32 size = GUINT32_TO_LE ((guint32) length);

  bytes[0] = (guint8) kind;
  memcpy (bytes + 1, &size, sizeof size);
  memcpy (bytes + FRAME_HEAD, text, length);
  return g_bytes_new_take (bytes, FRAME_HEAD + length);
}

/* The engine's side
 * ----------------------------------------------------------------------------------- */

typedef struct
{
  CrEngine *engine;     /* (owned) */
  CrExchange *exchange; /* (owned) */
  CrCtlInput *input;    /* (owned) */
} Served;

static void
served_write (gboolean is_error, const char *text, gsize length, gpointer user_data)
{
  Served *served = user_data;
  g_autoptr (GBytes) piece = frame (is_error ? 'e' : 'o', text, length);

  cr_exchange_write (served->exchange, piece);
}

/* How many commands of others are under way, kept with the engine that does them. */
static void
count_served (CrEngine *engine, int change)
{
  int n = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (engine), "cr-ctl-served"));

  g_object_set_data (G_OBJECT (engine), "cr-ctl-served", GINT_TO_POINTER (n + change));
}

gboolean
cr_ctl_is_serving (CrEngine *engine)
{
  return g_object_get_data (G_OBJECT (engine), "cr-ctl-served") != NULL;
}

static void
served_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Served *served = user_data;
  char code = (char) cr_ctl_run_finish (result, NULL);
  g_autoptr (GBytes) piece = frame ('x', &code, 1);

  cr_exchange_write (served->exchange, piece);
  cr_exchange_end (served->exchange);
  count_served (served->engine, -1);
  g_object_unref (served->engine);
  g_object_unref (served->exchange);
  cr_ctl_input_free (served->input);
  g_free (served);
}

static CrCtlInput *
read_input (GBytes *body)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  g_autoptr (JsonObject) object = cr_json_parse (text, (gssize) size, "The command", NULL);
  CrCtlInput *input;

  if (object == NULL || cr_json_array (object, "argv") == NULL)
    return NULL;

  input = cr_ctl_input_new ();
  input->argv = cr_json_strv (object, "argv");
  input->person = g_strdup (cr_json_string (object, "person"));
  input->secret = g_strdup (cr_json_string (object, "secret"));
  input->folder = g_strdup (cr_json_string (object, "folder"));
  input->json = cr_json_bool (object, "json", FALSE);
  input->is_terminal = cr_json_bool (object, "terminal", FALSE);
  return input;
}

static void
command_cb (CrExchange *exchange, gpointer user_data)
{
  CrEngine *engine = user_data;
  CrCtlInput *input = read_input (cr_exchange_get_body (exchange));
  Served *served;

  if (input == NULL)
    {
      cr_exchange_reply_text (exchange, 400, "text/plain", "not a command\n");
      return;
    }

  served = g_new0 (Served, 1);
  served->engine = g_object_ref (engine);
  count_served (engine, 1);
  served->exchange = g_object_ref (exchange);
  served->input = input;
  cr_exchange_begin (exchange, 200, "application/octet-stream");
  cr_ctl_run_async (engine, cr_engine_get_workspace (engine), input, served_write, served,
                    cr_exchange_get_cancellable (exchange), served_cb, served);
}

void
cr_ctl_attach (CrEngine *engine)
{
  static const CrRoute routes[] = { { "POST", "/command", CR_ROUTE_API, command_cb } };

  cr_server_add_routes (cr_engine_get_private_server (engine), routes, G_N_ELEMENTS (routes),
                        engine);
}

/* The caller's side
 * ----------------------------------------------------------------------------------- */

typedef struct
{
  GByteArray *pending; /* (owned): what is not a whole frame yet */
  CrCtlWrite write;
  gpointer write_data;
  int code; /* -1: no exit code came */
} Handed;

static void
handed_free (gpointer data)
{
  Handed *handed = data;

  g_byte_array_unref (handed->pending);
  g_free (handed);
}

static void
piece_cb (GBytes *piece, gpointer user_data)
{
  Handed *handed = user_data;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (piece, &size);

  g_byte_array_append (handed->pending, bytes, (guint) size);
  while (handed->pending->len >= FRAME_HEAD)
    {
      const guint8 *head = handed->pending->data;
      guint32 length;

      memcpy (&length, head + 1, sizeof length);
      length = GUINT32_FROM_LE (length);
      if (handed->pending->len - FRAME_HEAD < length)
        return;
      if (head[0] == 'x' && length == 1)
        handed->code = head[FRAME_HEAD];
      else
        handed->write (head[0] == 'e', (const char *) head + FRAME_HEAD, length,
                       handed->write_data);
      g_byte_array_remove_range (handed->pending, 0, FRAME_HEAD + length);
    }
}

/* Takes @error. */
static GError *
name_engine (GError *error)
{
  const char *words = NULL;

  if (g_error_matches (error, CR_ERROR, CR_ERROR_OFFLINE))
    words = "The Chartroom that works in this data folder stopped before it had answered. Look "
            "whether it did what was asked.";
  else if (g_error_matches (error, CR_ERROR, CR_ERROR_BUSY))
    words = "The Chartroom that works in this data folder does not answer. Close it, or try again "
            "later, and look whether it did what was asked.";
  else
    return error;

  g_error_free (error);
  return g_error_new_literal (CR_ERROR, CR_ERROR_IN_USE, words);
}

static void
posted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Handed *handed = g_task_get_task_data (task);
  guint status = 0;
  GError *error = NULL;

  if (!cr_socket_post_finish (result, &status, &error))
    g_task_return_error (task, name_engine (error));
  else if (status != 200)
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_NOT_FOUND,
                             "The Chartroom that works in this data folder takes no commands now.");
  else if (handed->code < 0)
    g_task_return_new_error (task, CR_ERROR, CR_ERROR_IN_USE,
                             "The Chartroom that works in this data folder did not answer.");
  else
    g_task_return_int (task, handed->code);
}

static GBytes *
write_input (const CrCtlInput *input)
{
  g_autoptr (JsonObject) object = json_object_new ();
  char *text;

  cr_json_set_strv (object, "argv", (const char *const *) input->argv);
  cr_json_set_string (object, "person", input->person);
  cr_json_set_string (object, "secret", input->secret);
  cr_json_set_string (object, "folder", input->folder);
  json_object_set_boolean_member (object, "json", input->json);
  json_object_set_boolean_member (object, "terminal", input->is_terminal);
  text = cr_json_object_to_text (object, FALSE);
  return g_bytes_new_take (text, strlen (text));
}

void
cr_ctl_hand_over_async (CrWorkspace *workspace,
                        const CrCtlInput *input,
                        CrCtlWrite write,
                        gpointer write_data,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Handed *handed = g_new0 (Handed, 1);
  g_autoptr (GBytes) body = write_input (input);

  g_task_set_source_tag (task, cr_ctl_hand_over_async);
  handed->pending = g_byte_array_new ();
  handed->write = write;
  handed->write_data = write_data;
  handed->code = -1;
  g_task_set_task_data (task, handed, handed_free);
  cr_socket_post_async (cr_workspace_get_fd (workspace), CR_WORKSPACE_SOCKET, "/command", body,
                        BEGIN_MS, piece_cb, handed, cancellable, posted_cb, task);
}

CrExit
cr_ctl_hand_over_finish (GAsyncResult *result, GError **error)
{
  gssize code = g_task_propagate_int (G_TASK (result), error);

  return code >= 0 ? (CrExit) code : CR_EXIT_BUSY;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "base/cr-json.h"
#include "base/cr-secret.h"
#include "engine/cr-wire.h"

#include <string.h>

CrCtlInput *
cr_ctl_input_new (void)
{
  return g_new0 (CrCtlInput, 1);
}

void
cr_ctl_input_free (CrCtlInput *self)
{
  g_strfreev (self->argv);
  g_free (self->person);
  cr_secret_free (self->secret);
  g_free (self->folder);
  g_free (self);
}

/* Words ---------------------------------------------------------------------------------------- */

typedef enum
{
  OPTION_UNKNOWN,
  OPTION_FLAG,
  OPTION_VALUE,
  OPTION_NUMBER,
  OPTION_REPEATED,
} OptionKind;

/* `*` in a command's options: any option that takes a value, checked by the handler against a table
 * of fields. */
static OptionKind
option_kind (const CrCtlCommand *command, const char *name)
{
  g_auto (GStrv) options = g_strsplit (command->options != NULL ? command->options : "", " ", -1);
  gsize length = strlen (name);
  gboolean takes_any = FALSE;

  for (guint i = 0; options[i] != NULL; i++)
    {
      takes_any |= g_str_equal (options[i], "*");
      if (!g_str_has_prefix (options[i], name))
        continue;
      if (options[i][length] == '\0')
        return OPTION_FLAG;
      if (g_str_equal (options[i] + length, "="))
        return OPTION_VALUE;
      if (g_str_equal (options[i] + length, "#="))
        return OPTION_NUMBER;
      if (g_str_equal (options[i] + length, "*="))
        return OPTION_REPEATED;
    }

  return takes_any ? OPTION_VALUE : OPTION_UNKNOWN;
}

static gboolean
read_option (CrCtlCall *call, char **argv, guint *i, GError **error)
{
  const char *text = argv[*i] + strspn (argv[*i], "-");
  g_autofree char *name = g_strndup (text, strcspn (text, "="));
  const char *value = strchr (text, '=') != NULL ? strchr (text, '=') + 1 : NULL;
  OptionKind kind = option_kind (call->command, name);

  if (kind == OPTION_UNKNOWN)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "There is no option --%s here.", name);
      return FALSE;
    }
  if (kind != OPTION_FLAG && value == NULL)
    {
      value = argv[*i + 1];
      if (value == NULL)
        {
          g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "--%s needs a value.", name);
          return FALSE;
        }
      (*i)++;
    }
  if (kind == OPTION_NUMBER && !g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, NULL, NULL))
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "--%s takes a whole number.", name);
      return FALSE;
    }

  if (kind == OPTION_REPEATED)
    {
      g_ptr_array_add (call->repeated, g_strdup (name));
      g_ptr_array_add (call->repeated, g_strdup (value));
    }
  else
    g_hash_table_insert (call->options, g_strdup (name), g_strdup (value != NULL ? value : ""));
  return TRUE;
}

/* A lone dash and a number below zero are values. */
static gboolean
is_option (const char *word)
{
  return word[0] == '-' && word[1] != '\0' && !g_ascii_isdigit (word[1]);
}

static gboolean
read_words (CrCtlCall *call, char **argv, GError **error)
{
  g_auto (GStrv) names = NULL;
  gboolean only_values = FALSE;
  guint n_needed = 0, n_allowed;

  for (guint i = 0; argv[i] != NULL; i++)
    if (!only_values && g_str_equal (argv[i], "--"))
      only_values = TRUE;
    else if (!only_values && is_option (argv[i]))
      {
        if (!read_option (call, argv, &i, error))
          return FALSE;
      }
    else
      g_ptr_array_add (call->values, g_strdup (argv[i]));

  names = g_strsplit (call->command->values != NULL ? call->command->values : "", " ", -1);
  n_allowed = g_strv_length (names);
  for (guint i = 0; i < n_allowed; i++)
    n_needed += names[i][0] != '[';
  if (call->values->len < n_needed || call->values->len > n_allowed)
    {
      g_autofree char *line = cr_ctl_describe (call->command);

      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT, "Usage: chartroomctl %s", line);
      return FALSE;
    }

  return TRUE;
}

static CrCtlCall *
call_new (char **argv, GError **error)
{
  CrCtlCall *call;
  guint n_words = 0;
  const CrCtlCommand *command = cr_ctl_find_command (argv, &n_words);

  if (command == NULL)
    {
      g_autofree char *next = cr_ctl_next_words (argv[0]);

      g_set_error (error, CR_ERROR, CR_ERROR_BAD_INPUT,
                   "There is no such command%s%s. “chartroomctl --help” lists them.",
                   next != NULL ? "; what can be done here: " : "", next != NULL ? next : "");
      return NULL;
    }

  call = g_new0 (CrCtlCall, 1);
  call->command = command;
  call->values = g_ptr_array_new_with_free_func (g_free);
  call->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  call->repeated = g_ptr_array_new_with_free_func (g_free);
  call->starts_work = command->starts_work;
  read_words (call, argv + n_words, error);
  return call;
}

static void
call_free (gpointer data)
{
  CrCtlCall *call = data;

  if (call->free_data != NULL)
    call->free_data (call->data);
  g_ptr_array_unref (call->values);
  g_hash_table_unref (call->options);
  g_ptr_array_unref (call->repeated);
  g_clear_object (&call->cancellable);
  g_clear_object (&call->engine);
  g_clear_object (&call->workspace);
  g_free (call);
}

gboolean
cr_ctl_check (char **argv, gboolean *wants_secret, gboolean *needs_pages, char **usage)
{
  g_autoptr (GError) error = NULL;
  CrCtlCall *call = call_new (argv, &error);

  if (error != NULL)
    *usage = g_strdup (error->message);
  else
    {
      *wants_secret = call->command->needs_secret || cr_ctl_has (call, "secret-stdin");
      *needs_pages = call->command->needs_pages && cr_ctl_has (call, "wait");
    }
  g_clear_pointer (&call, call_free);
  return error == NULL;
}

const char *
cr_ctl_value (CrCtlCall *call, guint index)
{
  return index < call->values->len ? g_ptr_array_index (call->values, index) : NULL;
}

const char *
cr_ctl_option (CrCtlCall *call, const char *name)
{
  return g_hash_table_lookup (call->options, name);
}

gboolean
cr_ctl_has (CrCtlCall *call, const char *name)
{
  return g_hash_table_contains (call->options, name);
}

const char *
cr_ctl_person (CrCtlCall *call)
{
  return call->input->person;
}

char *
cr_ctl_file (CrCtlCall *call, const char *name)
{
  return g_canonicalize_filename (name, call->input->folder);
}

void
cr_ctl_set_data (CrCtlCall *call, gpointer data, GDestroyNotify free_data)
{
  call->data = data;
  call->free_data = free_data;
}

/* Answers -------------------------------------------------------------------------------------- */

void
cr_ctl_print (CrCtlCall *call, const char *text)
{
  call->write (FALSE, text, strlen (text), call->write_data);
}

/* In one line: what came from elsewhere moves nothing on the terminal. */
static char *
cell (JsonNode *node)
{
  char *text;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return g_strdup ("–");
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return cr_json_node_to_text (node, FALSE);

  text = g_strdup (json_node_get_string (node));
  for (char *c = text; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  return text;
}

static void
print_table (CrCtlCall *call, JsonArray *rows, const char *columns)
{
  g_auto (GStrv) names = g_strsplit (columns, " ", -1);
  guint n_columns = g_strv_length (names);
  guint n_rows = json_array_get_length (rows);
  g_autofree glong *widths = g_new0 (glong, n_columns);
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint column = 0; column < n_columns; column++)
    g_ptr_array_add (cells, g_ascii_strup (names[column], -1));
  for (guint row = 0; row < n_rows; row++)
    for (guint column = 0; column < n_columns; column++)
      g_ptr_array_add (cells, cell (json_object_get_member (
                                  json_array_get_object_element (rows, row), names[column])));

  for (guint i = 0; i < cells->len; i++)
    widths[i % n_columns] =
        MAX (widths[i % n_columns], g_utf8_strlen (g_ptr_array_index (cells, i), -1));
  for (guint i = 0; i < cells->len; i++)
    {
      const char *content = g_ptr_array_index (cells, i);
      gboolean is_last = i % n_columns == n_columns - 1;

      g_string_append (text, content);
      for (glong pad = g_utf8_strlen (content, -1); !is_last && pad < widths[i % n_columns] + 2;
           pad++)
        g_string_append_c (text, ' ');
      if (is_last)
        g_string_append_c (text, '\n');
    }
  cr_ctl_print (call, text->str);
}

/* An object may have other lists beside the one the columns are of. */
static gboolean
has_columns (CrCtlCall *call, JsonArray *rows)
{
  JsonObject *first = json_array_get_object_element (rows, 0);
  g_auto (GStrv) names =
      g_strsplit (call->command->columns != NULL ? call->command->columns : "", " ", -1);

  for (guint i = 0; names[i] != NULL; i++)
    if (!json_object_has_member (first, names[i]))
      return FALSE;
  return names[0] != NULL;
}

static void
print_object (CrCtlCall *call, JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    {
      JsonNode *node = json_object_get_member (object, l->data);
      g_autofree char *value = NULL;
      g_autofree char *line = NULL;

      if (JSON_NODE_HOLDS_ARRAY (node) && json_array_get_length (json_node_get_array (node)) > 0 &&
          JSON_NODE_HOLDS_OBJECT (json_array_get_element (json_node_get_array (node), 0)))
        {
          if (has_columns (call, json_node_get_array (node)))
            print_table (call, json_node_get_array (node), call->command->columns);
          else
            for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
              {
                cr_ctl_print (call, "\n");
                print_object (call, json_array_get_object_element (json_node_get_array (node), i));
              }
          continue;
        }
      value = cell (node);
      line = g_strdup_printf ("%s: %s\n", (char *) l->data, value);
      cr_ctl_print (call, line);
    }
}

void
cr_ctl_end (CrCtlCall *call, CrExit code)
{
  GTask *task = call->task;

  g_task_return_int (task, code);
  g_object_unref (task);
}

void
cr_ctl_answer (CrCtlCall *call, JsonObject *object, CrExit code)
{
  JsonArray *rows = cr_json_array (object, "data");

  if (call->input->json)
    {
      g_autofree char *text = cr_json_object_to_text (object, FALSE);

      cr_ctl_print (call, text);
      cr_ctl_print (call, "\n");
    }
  else if (rows != NULL && call->command->columns != NULL)
    print_table (call, rows, call->command->columns);
  else
    print_object (call, object);

  json_object_unref (object);
  cr_ctl_end (call, code);
}

CrExit
cr_ctl_exit_for (const GError *error)
{
  if (cr_error_is_cancelled (error))
    return CR_EXIT_INTERRUPTED;
  if (cr_error_is_keyring (error))
    return CR_EXIT_KEYRING;
  if (g_error_matches (error, CR_ERROR, CR_ERROR_NOT_FOUND))
    return CR_EXIT_NOT_FOUND;
  if (g_error_matches (error, CR_ERROR, CR_ERROR_BAD_INPUT) ||
      g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
    return CR_EXIT_REFUSED;
  if (g_error_matches (error, CR_ERROR, CR_ERROR_IN_USE))
    return CR_EXIT_BUSY;

  return CR_EXIT_FAILED;
}

char *
cr_ctl_error_text (const GError *error, gboolean json)
{
  g_autoptr (JsonObject) object = NULL;
  g_autofree char *text = NULL;

  if (!json && cr_error_is_cancelled (error))
    return g_strdup ("Interrupted.\n");
  if (!json)
    return g_strdup_printf ("%s\n", error->message);

  object = cr_wire_error (error);
  text = cr_json_object_to_text (object, FALSE);
  return g_strconcat (text, "\n", NULL);
}

void
cr_ctl_fail (CrCtlCall *call, GError *error)
{
  g_autoptr (GError) owned = error;
  g_autofree char *text = cr_ctl_error_text (error, call->input->json);

  call->write (!call->input->json, text, strlen (text), call->write_data);
  call->starts_work = FALSE;
  cr_ctl_end (call, cr_ctl_exit_for (error));
}

/* Takes @error. */
static void
tell_usage (const CrCtlInput *input, GError *error, CrCtlWrite write, gpointer write_data)
{
  g_autofree char *text = cr_ctl_error_text (error, input->json);

  write (!input->json, text, strlen (text), write_data);
  g_error_free (error);
}

static void
owner_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GObject) owner = cr_engine_get_finish (CR_ENGINE (source), result, &error);

  if (owner != NULL)
    call->command->handler (call);
  else
    cr_ctl_fail (call, error);
}

/* A list of what is not there would be empty, as if it were. */
static void
begin (CrCtlCall *call)
{
  if (call->command->has_owner && call->values->len > 0)
    cr_ctl_get (call, call->command->owner, owner_cb);
  else
    call->command->handler (call);
}

void
cr_ctl_run_async (CrEngine *engine,
                  CrWorkspace *workspace,
                  const CrCtlInput *input,
                  CrCtlWrite write,
                  gpointer write_data,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  GError *error = NULL;
  CrCtlCall *call = call_new (input->argv, &error);

  g_task_set_source_tag (task, cr_ctl_run_async);
  if (call == NULL)
    {
      tell_usage (input, error, write, write_data);
      g_task_return_int (task, CR_EXIT_USAGE);
      g_object_unref (task);
      return;
    }

  g_task_set_task_data (task, call, call_free);
  call->task = task;
  call->engine = engine != NULL ? g_object_ref (engine) : NULL;
  call->workspace = g_object_ref (workspace);
  call->input = input;
  call->write = write;
  call->write_data = write_data;
  call->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  if (error == NULL)
    {
      begin (call);
      return;
    }

  tell_usage (input, error, write, write_data);
  call->starts_work = FALSE;
  cr_ctl_end (call, CR_EXIT_USAGE);
}

CrExit
cr_ctl_run_finish (GAsyncResult *result, gboolean *starts_work)
{
  CrCtlCall *call = g_task_get_task_data (G_TASK (result));

  if (starts_work != NULL)
    *starts_work = call != NULL && call->starts_work;
  return (CrExit) g_task_propagate_int (G_TASK (result), NULL);
}

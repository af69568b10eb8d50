/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "engine/cr-wire.h"

#define MANY 1000

/* What is told of one pull: its queries, then the lists beside it, one after the other. */
static const struct
{
  CrListKind kind;
  const char *name;
} parts[] = {
  { CR_LIST_PULL_TYPES, "changes" },
  { CR_LIST_PULL_WAITS, "waits" },
};

typedef struct
{
  CrPull *pull;       /* (owned) */
  JsonObject *object; /* (owned) (nullable) */
  guint part;
} Show;

static void
show_free (gpointer data)
{
  Show *show = data;

  g_object_unref (show->pull);
  g_clear_pointer (&show->object, json_object_unref);
  g_free (show);
}

static void ask_part (CrCtlCall *call);

static void
part_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Show *show = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) rows = cr_engine_list_finish (CR_ENGINE (source), result, &error);
  JsonArray *array;

  if (rows == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  array = json_array_new ();
  for (guint i = 0; i < rows->len; i++)
    json_array_add_object_element (array, cr_wire_object (g_ptr_array_index (rows, i), NULL));
  json_object_set_array_member (show->object, parts[show->part++].name, array);
  ask_part (call);
}

static void
ask_part (CrCtlCall *call)
{
  Show *show = call->data;
  CrListFilter filter = { .pull_id = show->pull->id };

  if (show->part == G_N_ELEMENTS (parts))
    {
      cr_ctl_answer (call, g_steal_pointer (&show->object), CR_EXIT_DONE);
      return;
    }

  filter.kind = parts[show->part].kind;
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, part_cb, call);
}

static void
queries_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Show *show = call->data;
  GError *error = NULL;
  g_autoptr (GPtrArray) queries = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  if (queries == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  show->object = cr_wire_pull (show->pull, queries);
  ask_part (call);
}

static void
pull_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_QUERIES, .pull_id = cr_ctl_value (call, 0) };
  GError *error = NULL;
  CrPull *pull = cr_engine_get_finish (CR_ENGINE (source), result, &error);
  Show *show;

  if (pull == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  show = g_new0 (Show, 1);
  show->pull = pull;
  cr_ctl_set_data (call, show, show_free);
  cr_engine_list_async (call->engine, &filter, 0, MANY, call->cancellable, queries_cb, call);
}

void
cr_ctl_pull_show (CrCtlCall *call)
{
  cr_ctl_get (call, CR_LIST_PULLS, pull_cb);
}

static void
list_of_pull (CrCtlCall *call, CrListKind kind)
{
  CrListFilter filter = { .kind = kind,
                          .pull_id = cr_ctl_value (call, 0),
                          .type = cr_ctl_option (call, "type"),
                          .free_only = TRUE };

  cr_ctl_list (call, &filter);
}

void
cr_ctl_pull_changes (CrCtlCall *call)
{
  list_of_pull (call, CR_LIST_PULL_CHANGES);
}

static void
log_saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    cr_ctl_finish (call, TRUE, NULL);
  else
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_READ_ONLY, "The file cannot be written: %s",
                                    error->message));
}

static void
log_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) log = cr_engine_pull_log_finish (CR_ENGINE (source), result, &error);
  g_autofree char *path = cr_ctl_file (call, cr_ctl_option (call, "output"));
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (log == NULL)
    cr_ctl_fail (call, error);
  else
    g_file_replace_contents_bytes_async (file, log, NULL, FALSE,
                                         G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                         call->cancellable, log_saved_cb, call);
}

void
cr_ctl_pull_log (CrCtlCall *call)
{
  if (cr_ctl_option (call, "output") == NULL)
    list_of_pull (call, CR_LIST_PULL_LINES);
  else
    cr_engine_pull_log_async (call->engine, cr_ctl_value (call, 0), call->cancellable, log_cb,
                              call);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-discard.h"
#include "base/cr-error.h"
#include "engine/cr-wire.h"

#include <string.h>

#define CHUNK 200

void
cr_ctl_record_list (CrCtlCall *call)
{
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = cr_ctl_value (call, 0),
                          .type = cr_ctl_option (call, "type"),
                          .source_id = cr_ctl_option (call, "source"),
                          .free_only = TRUE };

  cr_ctl_note_look (call, CR_LOOK_RECORD);
  cr_ctl_list (call, &filter);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrRecord) record = cr_engine_get_record_finish (CR_ENGINE (source), result, &error);
  const char *body;
  gsize size;

  if (record == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_note_look (call, CR_LOOK_RAW);
  body = g_bytes_get_data (record->body, &size);
  call->write (FALSE, body, size, call->write_data);
  cr_ctl_end (call, CR_EXIT_DONE);
}

void
cr_ctl_record_show (CrCtlCall *call)
{
  g_auto (GStrv) parts = g_strsplit (cr_ctl_value (call, 1), "/", 2);

  if (parts[0] == NULL || parts[1] == NULL)
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                      "A record is named TYPE/ID, as in Observation/123."));
      return;
    }

  cr_engine_get_free_record_async (
      call->engine, cr_ctl_value (call, 0), cr_ctl_option (call, "source"), parts[0], parts[1],
      cr_ctl_number (call, "version", 0), call->cancellable, shown_cb, call);
}

/* Saving --------------------------------------------------------------------------------------- */

typedef struct
{
  GFile *file;           /* (owned) */
  GOutputStream *stream; /* (owned) */
  guint n_saved;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  if (save->stream != NULL)
    cr_discard_stream (save->stream); /* nothing when it is whole, and closed */
  g_clear_object (&save->stream);
  g_object_unref (save->file);
  g_free (save);
}

static void save_chunk (CrCtlCall *call);

static void
fail_save (CrCtlCall *call, const GError *trouble)
{
  cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_READ_ONLY, "The file cannot be written: %s",
                                  trouble->message));
}

/* What a hold kept back is said, not passed over. */
static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Save *save = call->data;
  GError *error = NULL;
  gint64 n_all = cr_engine_count_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (n_all < 0)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_note_look (call, CR_LOOK_SAVE);
  object = json_object_new ();
  json_object_set_int_member (object, "records", save->n_saved);
  json_object_set_int_member (object, "held", MAX (n_all - save->n_saved, 0));
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = cr_ctl_value (call, 0),
                          .type = cr_ctl_option (call, "type") };
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_close_finish (G_OUTPUT_STREAM (source), result, &error))
    {
      fail_save (call, error);
      return;
    }

  cr_engine_count_async (call->engine, &filter, call->cancellable, counted_cb, call);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    fail_save (call, error);
  else
    save_chunk (call);
}

static void
lines_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Save *save = call->data;
  GError *error = NULL;
  g_autoptr (GBytes) lines = cr_engine_save_lines_finish (CR_ENGINE (source), result, &error);
  gsize size;
  const char *text;

  if (lines == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  text = g_bytes_get_data (lines, &size);
  if (size == 0)
    {
      g_output_stream_close_async (save->stream, G_PRIORITY_DEFAULT, call->cancellable, saved_cb,
                                   call);
      return;
    }

  for (gsize i = 0; i < size; i++)
    save->n_saved += text[i] == '\n';
  g_object_set_data_full (G_OBJECT (save->stream), "lines", g_steal_pointer (&lines),
                          (GDestroyNotify) g_bytes_unref);
  g_output_stream_write_all_async (save->stream, text, size, G_PRIORITY_DEFAULT, call->cancellable,
                                   written_cb, call);
}

static void
save_chunk (CrCtlCall *call)
{
  Save *save = call->data;
  CrListFilter filter = { .kind = CR_LIST_RECORDS,
                          .patient_id = cr_ctl_value (call, 0),
                          .type = cr_ctl_option (call, "type"),
                          .free_only = TRUE };

  cr_engine_save_lines_async (call->engine, &filter, save->n_saved, CHUNK, call->cancellable,
                              lines_cb, call);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  Save *save = call->data;
  g_autoptr (GError) error = NULL;

  save->stream = G_OUTPUT_STREAM (g_file_replace_finish (G_FILE (source), result, &error));
  if (save->stream == NULL)
    fail_save (call, error);
  else
    save_chunk (call);
}

/* The file appears under its name when it is whole. */
void
cr_ctl_record_save (CrCtlCall *call)
{
  const char *output = cr_ctl_option (call, "output");
  g_autofree char *path = output != NULL ? cr_ctl_file (call, output) : NULL;
  Save *save;

  if (path == NULL)
    {
      cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--output is missing."));
      return;
    }

  save = g_new0 (Save, 1);
  save->file = g_file_new_for_path (path);
  cr_ctl_set_data (call, save, save_free);
  g_file_replace_async (save->file, NULL, FALSE,
                        G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                        G_PRIORITY_DEFAULT, call->cancellable, opened_cb, call);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ctl/cr-ctl-call.h"

#include "base/cr-error.h"
#include "engine/cr-wire.h"

/* Fills @question from the second value, TYPE/ID, whose parts are kept in @parts. */
static gboolean
ask_for (CrCtlCall *call, CrFileQuestion *question, GStrv *parts)
{
  const char *name = cr_ctl_value (call, 1);

  *question = (CrFileQuestion){ .patient_id = cr_ctl_value (call, 0),
                                .source_id = cr_ctl_option (call, "source"),
                                .version = cr_ctl_number (call, "version", 0),
                                .n = cr_ctl_number (call, "number", 0),
                                .free_only = TRUE };
  if (name == NULL)
    return TRUE;

  *parts = g_strsplit (name, "/", 2);
  question->type = (*parts)[0];
  question->id = (*parts)[0] != NULL ? (*parts)[1] : NULL;
  if (question->id != NULL)
    return TRUE;

  cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT,
                                  "A record is named TYPE/ID, as in DocumentReference/123."));
  return FALSE;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (GPtrArray) files = cr_engine_list_files_finish (CR_ENGINE (source), result, &error);

  if (files == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_note_look (call, CR_LOOK_RECORD);
  cr_ctl_answer (call, cr_wire_list (files, NULL), CR_EXIT_DONE);
}

void
cr_ctl_attachment_list (CrCtlCall *call)
{
  g_auto (GStrv) parts = NULL;
  CrFileQuestion question;

  if (!ask_for (call, &question, &parts))
    return;

  question.offset = cr_ctl_number (call, "offset", 0);
  question.limit = cr_ctl_number (call, "limit", 0);
  cr_engine_list_files_async (call->engine, &question, call->cancellable, listed_cb, call);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  CrCtlCall *call = user_data;
  GError *error = NULL;
  g_autoptr (CrRecordFile) file = cr_engine_save_file_finish (CR_ENGINE (source), result, &error);
  JsonObject *object;

  if (file == NULL)
    {
      cr_ctl_fail (call, error);
      return;
    }

  cr_ctl_note_look (call, CR_LOOK_SAVE);
  object = cr_wire_record_file (file);
  json_object_set_int_member (object, "bytes", (gint64) g_bytes_get_size (file->body));
  cr_ctl_answer (call, object, CR_EXIT_DONE);
}

/* The bytes as they came, under the name that was given; what is there already stays. */
void
cr_ctl_attachment_save (CrCtlCall *call)
{
  const char *output = cr_ctl_option (call, "output");
  g_autofree char *path = output != NULL ? cr_ctl_file (call, output) : NULL;
  g_auto (GStrv) parts = NULL;
  CrFileQuestion question;

  if (path == NULL)
    cr_ctl_fail (call, g_error_new (CR_ERROR, CR_ERROR_BAD_INPUT, "--output is missing."));
  else if (ask_for (call, &question, &parts))
    cr_engine_save_file_async (call->engine, &question, path, cr_ctl_has (call, "replace"),
                               call->cancellable, saved_cb, call);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "engine/cr-local-words.h"
#include "fhir/cr-resource.h"

char *
cr_engine_pretty_record (CrRecord *record)
{
  gsize size;
  const char *body;

  g_return_val_if_fail (CR_IS_RECORD (record) && record->body != NULL, NULL);

  body = g_bytes_get_data (record->body, &size);
  return cr_resource_pretty (body, size);
}

typedef struct
{
  char *title;  /* (owned) */
  char **words; /* (owned) */
} Description;

static void
description_free (Description *self)
{
  g_free (self->title);
  g_strfreev (self->words);
  g_free (self);
}

static Description *
description_new (const CrSummary *summary)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  Description *self = g_new (Description, 1);

  for (guint i = 0; i < summary->details->len; i++)
    {
      CrDetail *detail = g_ptr_array_index (summary->details, i);

      g_strv_builder_add (words, detail->label);
      g_strv_builder_add (words, detail->value);
    }
  *self = (Description){ g_strdup (summary->title), g_strv_builder_end (words) };
  return self;
}

static void
describe_thread (GTask *task, gpointer source, gpointer record, GCancellable *cancellable)
{
  gsize size;
  const char *body = g_bytes_get_data (CR_RECORD (record)->body, &size);
  GError *error = NULL;
  g_autoptr (CrSummary) summary = cr_summary_read (body, size, cr_local_language (), &error);

  if (summary != NULL)
    g_task_return_pointer (task, description_new (summary), (GDestroyNotify) description_free);
  else
    g_task_return_error (task, error);
}

void
cr_engine_describe_record_async (CrEngine *self,
                                 CrRecord *record,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (CR_IS_RECORD (record) && record->body != NULL);

  task = cr_engine_task (self, cr_engine_describe_record_async, cancellable, callback, user_data);
  g_task_set_task_data (task, g_object_ref (record), g_object_unref);
  g_task_run_in_thread (task, describe_thread);
}

/**
 * cr_engine_describe_record_finish:
 * @title: (out) (optional) (nullable): what the record is, as in lists
 *
 * Returns: (transfer full) (nullable): %NULL: @error says why it cannot be described
 */
char **
cr_engine_describe_record_finish (CrEngine *self,
                                  GAsyncResult *result,
                                  char **title,
                                  GError **error)
{
  Description *description = g_task_propagate_pointer (G_TASK (result), error);
  char **words;

  if (description == NULL)
    return NULL;

  words = g_steal_pointer (&description->words);
  if (title != NULL)
    *title = g_steal_pointer (&description->title);
  description_free (description);
  return words;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine.h"

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

char **
cr_engine_describe_record (CrRecord *record, char **title)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autoptr (CrSummary) summary = NULL;
  gsize size;
  const char *body;

  g_return_val_if_fail (CR_IS_RECORD (record) && record->body != NULL, NULL);

  body = g_bytes_get_data (record->body, &size);
  summary = cr_summary_read (body, size, cr_local_language (), NULL);
  if (summary == NULL)
    return NULL;

  for (guint i = 0; i < summary->details->len; i++)
    {
      CrDetail *detail = g_ptr_array_index (summary->details, i);

      g_strv_builder_add (words, detail->label);
      g_strv_builder_add (words, detail->value);
    }
  if (title != NULL)
    *title = g_strdup (summary->title);
  return g_strv_builder_end (words);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-engine-private.h"

#include "engine/cr-local-words.h"
#include "fhir/cr-resource.h"
#include "store/cr-records-table.h"

#include <string.h>

/* How many others are looked up for a record; what it points at besides stays as it is written. */
#define MOST_NAMES 50

static CrSummary *
summarize (CrRecord *record, GError **error)
{
  gsize size;
  const char *body = g_bytes_get_data (record->body, &size);

  return cr_summary_read (body, size, cr_local_language (), error);
}

/* “Observation/abc”, as a record points at another of its source. A Binary is called nothing. */
static gboolean
is_reference (const char *text)
{
  return strchr (text, '/') != NULL &&
         g_regex_match_simple ("^(?!Binary/)[A-Z][A-Za-z]+/[A-Za-z0-9._-]{1,64}$", text,
                               G_REGEX_DOLLAR_ENDONLY, 0);
}

/* Only of the same patient and source: so it is held exactly when @record is. → what that other one
 * is, in words; NULL: it is not here */
static char *
name_of (CrDb *db, CrRecord *record, const char *reference)
{
  const char *id = strchr (reference, '/') + 1;
  g_autofree char *type = g_strndup (reference, (gsize) (id - reference) - 1);
  g_autoptr (CrRecord) other =
      cr_records_table_get (db, record->patient_id, record->source_id, type, id, 0, NULL);
  g_autoptr (CrSummary) summary = other != NULL ? summarize (other, NULL) : NULL;

  if (summary == NULL || is_reference (summary->title))
    return NULL;
  return g_steal_pointer (&summary->title);
}

/* With the names of what it points at. */
static void
say_names (CrDb *db, CrRecord *record, char **text, const char *between, guint *n_left)
{
  g_auto (GStrv) parts = g_strsplit (*text, ", ", -1);
  gboolean has_any = FALSE;

  for (guint i = 0; parts[i] != NULL && *n_left > 0; i++)
    {
      char *name;

      if (!is_reference (parts[i]))
        continue;
      *n_left -= 1;
      name = name_of (db, record, parts[i]);
      if (name == NULL)
        continue;
      has_any = TRUE;
      g_free (parts[i]);
      parts[i] = name;
    }
  if (!has_any)
    return;
  g_free (*text);
  *text = g_strjoinv (between, parts);
}

/**
 * cr_engine_title_record:
 *
 * The words of a list's row come from the body, which is then let go.
 */
void
cr_engine_title_record (CrDb *db, CrRecord *record)
{
  g_autoptr (CrSummary) summary = record->body != NULL ? summarize (record, NULL) : NULL;
  guint n_left = MOST_NAMES;

  if (summary != NULL)
    {
      say_names (db, record, &summary->title, ", ", &n_left);
      record->title = g_steal_pointer (&summary->title);
      record->date = g_steal_pointer (&summary->date);
    }
  g_clear_pointer (&record->body, g_bytes_unref);
}

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

static gpointer
describe_func (CrDb *db, gpointer data, GError **error)
{
  CrRecord *record = data;
  g_autoptr (CrSummary) summary = summarize (record, error);
  guint n_left = MOST_NAMES;

  if (summary == NULL)
    return NULL;

  say_names (db, record, &summary->title, ", ", &n_left);
  for (guint i = 0; i < summary->details->len; i++)
    {
      CrDetail *detail = g_ptr_array_index (summary->details, i);

      say_names (db, record, &detail->value, "\n", &n_left);
    }
  return description_new (summary);
}

void
cr_engine_describe_record_async (CrEngine *self,
                                 CrRecord *record,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  g_return_if_fail (CR_IS_RECORD (record) && record->body != NULL);

  cr_engine_read (
      self, CR_READ_SCREEN, describe_func, g_object_ref (record), g_object_unref,
      (GDestroyNotify) description_free,
      cr_engine_task (self, cr_engine_describe_record_async, cancellable, callback, user_data));
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-file-lines.h"

#include "base/cr-json.h"
#include "fhir/cr-resource.h"

#include <string.h>

#define PATIENT_ID_SYSTEM "urn:medblocks:patient-id"

static void
owner_clear (gpointer data)
{
  CrLineOwner *owner = data;

  g_free (owner->patient_id);
  g_free (owner->source_id);
}

GArray *
cr_file_lines_owners_new (void)
{
  GArray *owners = g_array_new (FALSE, FALSE, sizeof (CrLineOwner));

  g_array_set_clear_func (owners, owner_clear);
  return owners;
}

CrFileLines *
cr_file_lines_new (const char *type)
{
  CrFileLines *self = g_new0 (CrFileLines, 1);

  self->type = g_strdup (type);
  self->marks = g_array_new (FALSE, FALSE, sizeof (CrRecordMark));
  self->owners = cr_file_lines_owners_new ();
  return self;
}

void
cr_file_lines_free (CrFileLines *self)
{
  if (self == NULL)
    return;

  g_free (self->type);
  cr_buffer_clear (&self->bytes);
  g_array_unref (self->marks);
  g_array_unref (self->owners);
  g_free (self);
}

void
cr_file_lines_add_owner (GArray *owners, const char *patient_id, const char *source_id)
{
  CrLineOwner *last =
      owners->len > 0 ? &g_array_index (owners, CrLineOwner, owners->len - 1) : NULL;
  CrLineOwner next = { .first = last != NULL ? last->first + last->count : 1, .count = 1 };

  if (last != NULL && g_str_equal (last->patient_id, patient_id) &&
      g_str_equal (last->source_id, source_id))
    {
      last->count += 1;
      return;
    }

  next.patient_id = g_strdup (patient_id);
  next.source_id = g_strdup (source_id);
  g_array_append_val (owners, next);
}

/* Line ends between tokens go: strings of JSON hold none as they are. */
void
cr_file_lines_add_piece (CrFileLines *self, gconstpointer data, gsize n_bytes)
{
  const char *text = data, *end = text + n_bytes;

  while (text < end)
    {
      gsize n = (gsize) (end - text);
      const char *feed = memchr (text, '\n', n);
      const char *back = memchr (text, '\r', feed != NULL ? (gsize) (feed - text) : n);
      const char *stop = back != NULL ? back : feed != NULL ? feed : end;

      cr_buffer_append (&self->bytes, text, (gsize) (stop - text));
      text = stop < end ? stop + 1 : end;
    }
}

void
cr_file_lines_end (CrFileLines *self, const CrLine *line)
{
  cr_buffer_append (&self->bytes, "\n", 1);
  cr_file_lines_add_owner (self->owners, line->patient_id, line->source_id);
  g_array_append_val (self->marks, line->mark);
}

static gboolean
add_patient (CrFileLines *self, const CrLine *line, GError **error)
{
  g_autoptr (GBytes) body = g_bytes_new (line->body, line->n_bytes);
  g_autoptr (GBytes) named =
      cr_resource_add_identifier (body, PATIENT_ID_SYSTEM, line->patient_id, error);
  gsize n_bytes;
  const char *data;

  if (named == NULL)
    return FALSE;

  data = g_bytes_get_data (named, &n_bytes);
  cr_file_lines_add_piece (self, data, n_bytes);
  return TRUE;
}

/**
 * cr_file_lines_add:
 *
 * Appends a record: its stored bytes with CR and LF between tokens dropped. A Patient gets the
 * clinic's identifier; nothing else changes.
 *
 * Source: https://github.com/ndjson/ndjson-spec
 */
gboolean
cr_file_lines_add (CrFileLines *self, const CrLine *line, GError **error)
{
  if (!g_str_equal (self->type, "Patient"))
    cr_file_lines_add_piece (self, line->body, line->n_bytes);
  else if (!add_patient (self, line, error))
    return FALSE;

  cr_file_lines_end (self, line);
  return TRUE;
}

/**
 * cr_file_lines_owners:
 *
 * Returns: (transfer full): a JSON array of `patient_id`, `source_id`, `first` (from 1), `count`
 */
char *
cr_file_lines_owners (GArray *owners)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *ranges = json_array_new ();

  for (guint i = 0; i < owners->len; i++)
    {
      const CrLineOwner *owner = &g_array_index (owners, CrLineOwner, i);
      JsonObject *range = json_object_new ();

      json_object_set_string_member (range, "patient_id", owner->patient_id);
      json_object_set_string_member (range, "source_id", owner->source_id);
      json_object_set_int_member (range, "first", owner->first);
      json_object_set_int_member (range, "count", owner->count);
      json_array_add_object_element (ranges, range);
    }

  json_node_take_array (node, ranges);
  return cr_json_node_to_text (node, FALSE);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-object-file.h"

#include "base/cr-enum.h"
#include "base/cr-json.h"

#include <string.h>

G_DEFINE_ENUM_TYPE (CrFileType,
                    cr_file_type,
                    G_DEFINE_ENUM_VALUE (CR_FILE_TYPE_NDJSON, "ndjson"),
                    G_DEFINE_ENUM_VALUE (CR_FILE_TYPE_GZIP, "gzip"),
                    G_DEFINE_ENUM_VALUE (CR_FILE_TYPE_ZIP, "zip"))

static const char *const extensions[] = {
  [CR_FILE_TYPE_NDJSON] = "ndjson",
  [CR_FILE_TYPE_GZIP] = "ndjson.gz",
  [CR_FILE_TYPE_ZIP] = "ndjson.zip",
};

static char *
trim_slashes (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", "/", -1);
  GString *trimmed = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0' && !g_str_equal (parts[i], ".") && !g_str_equal (parts[i], ".."))
      g_string_append_printf (trimmed, "%s%s", trimmed->len > 0 ? "/" : "", parts[i]);

  return g_string_free (trimmed, FALSE);
}

CrObjectLayout *
cr_object_layout_new (CrDestination *destination)
{
  CrObjectLayout *self = g_new0 (CrObjectLayout, 1);
  const char *file_type = cr_destination_get (destination, "file-type");
  int value = CR_FILE_TYPE_NDJSON;

  self->prefix = trim_slashes (cr_destination_get (destination, "prefix"));
  self->is_by_patient = g_strcmp0 (cr_destination_get (destination, "layout"), "patient") == 0;
  if (file_type != NULL && cr_enum_from_string (CR_TYPE_FILE_TYPE, file_type, &value))
    self->file_type = (CrFileType) value;

  return self;
}

void
cr_object_layout_free (CrObjectLayout *self)
{
  if (self == NULL)
    return;

  g_free (self->prefix);
  g_free (self);
}

/* As Hive writes a partition's value: what could end a name is percent-encoded. A value of dots
 * alone would be a folder of its own meaning. */
static char *
hive_value (const char *text)
{
  if (strspn (text, ".") == strlen (text))
    return g_strdup_printf ("%%2E%s", text + (text[0] != '\0'));

  return g_uri_escape_string (text, "@ ", FALSE);
}

/**
 * cr_object_layout_part:
 * @part: from 1, counted per run, type and (by patient) owner
 *
 * The name of a part below the prefix: `<run>/<Type>-<part>.ndjson`, or
 * `patient_id=…/source_id=…/<Type>/<run>-<part>.ndjson`.
 */
char *
cr_object_layout_part (const CrObjectLayout *self,
                       const char *run_id,
                       const char *type,
                       const char *patient_id,
                       const char *source_id,
                       guint part)
{
  const char *extension = extensions[self->file_type];
  g_autofree char *patient = NULL;
  g_autofree char *source = NULL;

  if (!self->is_by_patient)
    return g_strdup_printf ("%s/%s-%u.%s", run_id, type, part, extension);

  patient = hive_value (patient_id);
  source = hive_value (source_id);
  return g_strdup_printf ("patient_id=%s/source_id=%s/%s/%s-%u.%s", patient, source, type, run_id,
                          part, extension);
}

/**
 * cr_object_layout_key:
 *
 * Returns: (transfer full): @name with the prefix in front
 */
char *
cr_object_layout_key (const CrObjectLayout *self, const char *name)
{
  return self->prefix[0] != '\0' ? g_strconcat (self->prefix, "/", name, NULL) : g_strdup (name);
}

const char *
cr_object_layout_content_type (const CrObjectLayout *self)
{
  static const char *const types[] = {
    [CR_FILE_TYPE_NDJSON] = "application/fhir+ndjson",
    [CR_FILE_TYPE_GZIP] = "application/gzip",
    [CR_FILE_TYPE_ZIP] = "application/zip",
  };

  return types[self->file_type];
}

/* What is known of a part's lines is an object in JSON already; it can be megabytes, so it is taken
 * as it is. */
static void
add_part (GString *text, CrExportItem *item)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *part = NULL;

  json_object_set_string_member (object, "name", item->name);
  json_object_set_int_member (object, "bytes", item->bytes);
  cr_json_set_string (object, "sha256", item->sha256);
  part = cr_json_object_to_text (object, FALSE);
  g_string_append (text, part);
  if (item->lines == NULL || !g_str_has_prefix (item->lines, "{\""))
    return;

  text->str[text->len - 1] = ',';
  g_string_append (text, item->lines + 1);
}

/**
 * cr_object_manifest_new:
 * @items: (element-type CrExportItem): the parts that arrived
 *
 * `manifest.json`: `run`, `destination`, `created_at`, `file_type` and `parts`, each with `name`
 * (below the prefix), `type`, `bytes` and `sha256` of the file, `lines`, `lines_bytes` and
 * `lines_sha256` of what is in it uncompressed, and `owners`: whose lines they are.
 */
GBytes *
cr_object_manifest_new (const CrObjectLayout *layout, CrExportRun *run, GPtrArray *items)
{
  g_autoptr (JsonObject) manifest = json_object_new ();
  g_autofree char *head = NULL;
  GString *text;

  json_object_set_string_member (manifest, "run", run->id);
  json_object_set_string_member (manifest, "destination", run->destination_id);
  cr_json_set_time (manifest, "created_at", run->created_ms);
  json_object_set_string_member (manifest, "file_type",
                                 cr_enum_to_string (CR_TYPE_FILE_TYPE, (int) layout->file_type));
  head = cr_json_object_to_text (manifest, FALSE);

  text = g_string_new (head);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, ",\"parts\":[");
  for (guint i = 0; i < items->len; i++)
    {
      g_string_append (text, i > 0 ? ",\n" : "\n");
      add_part (text, g_ptr_array_index (items, i));
    }
  g_string_append (text, "\n]}\n");

  return g_string_free_to_bytes (text);
}

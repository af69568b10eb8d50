/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-record-file.h"

#include <string.h>

#define MAX_NAME 120 /* bytes without the ending: file systems take 255 */

G_DEFINE_FINAL_TYPE (CrRecordFile, cr_record_file, G_TYPE_OBJECT)

static void
cr_record_file_finalize (GObject *object)
{
  CrRecordFile *self = CR_RECORD_FILE (object);

  g_free (self->source_id);
  g_free (self->type);
  g_free (self->id);
  g_free (self->title);
  g_free (self->content_type);
  g_free (self->url);
  g_free (self->reason);
  g_free (self->sha256);
  g_free (self->binary_id);
  g_clear_pointer (&self->body, g_bytes_unref);

  G_OBJECT_CLASS (cr_record_file_parent_class)->finalize (object);
}

static void
cr_record_file_class_init (CrRecordFileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_record_file_finalize;
}

static void
cr_record_file_init (CrRecordFile *self)
{
  self->n_bytes = -1;
}

CrRecordFile *
cr_record_file_new (guint n)
{
  CrRecordFile *self = g_object_new (CR_TYPE_RECORD_FILE, NULL);

  self->n = n;
  return self;
}

/* The endings that a kind of file may have, the usual one first. None of them is run by a desktop
 * that opens it. */
static const struct
{
  const char *kind;
  const char *endings; /* by spaces */
} kinds[] = {
  { "application/pdf", "pdf" },
  { "text/plain", "txt" },
  { "text/html", "html htm" },
  { "application/xhtml+xml", "html xhtml" },
  { "text/xml", "xml" },
  { "application/xml", "xml" },
  { "application/hl7-v3+xml", "xml" },
  { "application/hl7-sda+xml", "xml" },
  { "application/fhir+xml", "xml" },
  { "application/json", "json" },
  { "application/fhir+json", "json" },
  { "text/csv", "csv" },
  { "text/rtf", "rtf" },
  { "application/rtf", "rtf" },
  { "image/png", "png" },
  { "image/jpeg", "jpg jpeg" },
  { "image/jpg", "jpg jpeg" },
  { "image/gif", "gif" },
  { "image/tiff", "tif tiff" },
  { "image/bmp", "bmp" },
  { "image/webp", "webp" },
  { "application/dicom", "dcm" },
  { "application/msword", "doc" },
  { "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx" },
  { "audio/mpeg", "mp3" },
  { "video/mp4", "mp4" },
};

char *
cr_record_file_get_kind (CrRecordFile *self)
{
  const char *type = self->content_type;
  char *kind;

  if (type == NULL)
    return g_strdup ("application/octet-stream");

  kind = g_ascii_strdown (type, (gssize) strcspn (type, ";,"));
  return g_strstrip (kind);
}

gboolean
cr_record_file_is_text (CrRecordFile *self)
{
  g_autofree char *kind = cr_record_file_get_kind (self);

  return (g_str_has_prefix (kind, "text/") && !g_str_equal (kind, "text/rtf")) ||
         g_str_has_suffix (kind, "+xml") || g_str_has_suffix (kind, "/xml") ||
         g_str_has_suffix (kind, "+json") || g_str_has_suffix (kind, "/json");
}

gboolean
cr_record_file_is_image (CrRecordFile *self)
{
  static const char *const shown[] = { "image/png", "image/jpeg", "image/jpg", "image/gif",
                                       "image/bmp", "image/tiff", NULL };
  g_autofree char *kind = cr_record_file_get_kind (self);

  return g_strv_contains (shown, kind);
}

static gboolean
has_ending (const char *name, const char *endings)
{
  g_auto (GStrv) list = g_strsplit (endings, " ", -1);
  const char *dot = strrchr (name, '.');

  for (guint i = 0; dot != NULL && dot != name && list[i] != NULL; i++)
    if (g_ascii_strcasecmp (dot + 1, list[i]) == 0)
      return TRUE;

  return FALSE;
}

static const char *
endings_of (CrRecordFile *self)
{
  g_autofree char *kind = cr_record_file_get_kind (self);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].kind, kind))
      return kinds[i].endings;

  return "bin";
}

gboolean
cr_record_file_may_be_opened (CrRecordFile *self)
{
  return !cr_record_file_is_text (self) && !g_str_equal (endings_of (self), "bin");
}

/* Takes @name. What the bytes are said to be decides how the name ends, whatever the title says: a
 * “letter.desktop” that is a PDF becomes “letter.desktop.pdf”. */
static char *
end_name (CrRecordFile *self, char *name)
{
  const char *endings = endings_of (self);
  g_autofree char *owned = name;

  if (has_ending (owned, endings))
    return g_steal_pointer (&owned);

  return g_strdup_printf ("%s.%.*s", owned, (int) strcspn (endings, " "), endings);
}

/* Letters that mean something to a file system or a shell, control characters, and those that turn
 * the reading direction, so that a name looks like another. */
static gboolean
is_plain (gunichar c)
{
  return g_unichar_isprint (c) && (c > 127 || strchr ("/\\:*?\"<>|$`;&!'{}~", (int) c) == NULL) &&
         g_unichar_type (c) != G_UNICODE_FORMAT && g_unichar_type (c) != G_UNICODE_LINE_SEPARATOR &&
         g_unichar_type (c) != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static char *
clean (const char *title)
{
  g_autofree char *valid = g_utf8_make_valid (title, -1);
  GString *name = g_string_new (NULL);

  for (const char *at = valid; *at != '\0' && name->len < MAX_NAME; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (is_plain (c))
        g_string_append_unichar (name, g_unichar_isspace (c) ? ' ' : c);
      else if (name->len > 0 && name->str[name->len - 1] != '_')
        g_string_append_c (name, '_');
    }
  /* Neither hidden, nor an option, nor one that some systems cut. */
  while (name->len > 0 && strchr (". -_", name->str[0]) != NULL)
    g_string_erase (name, 0, 1);
  while (name->len > 0 && strchr (". _", name->str[name->len - 1]) != NULL)
    g_string_truncate (name, name->len - 1);

  return g_string_free (name, FALSE);
}

char *
cr_record_file_get_plain_name (CrRecordFile *self)
{
  return end_name (self, g_strdup ("document"));
}

char *
cr_record_file_get_name (CrRecordFile *self)
{
  g_autofree char *name = self->title != NULL ? clean (self->title) : g_strdup ("");

  return name[0] != '\0' ? end_name (self, g_steal_pointer (&name))
                         : cr_record_file_get_plain_name (self);
}

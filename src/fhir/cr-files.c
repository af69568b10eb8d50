/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-files.h"

#include "base/cr-said.h"
#include "fhir/cr-span.h"

#include <string.h>

typedef struct
{
  CrSpans spans;
  GPtrArray *files; /* (owned): of CrRecordFile */
  guint wanted;     /* number of the file whose bytes are wanted; 0: none */
  GBytes *found;    /* (owned) (nullable) */
} Search;

static char *
text_of (Search *self, guint node, const char *name)
{
  guint member = cr_spans_member_of_kind (&self->spans, node, name, CR_SPAN_KIND_STRING);
  char *text = cr_spans_dup (&self->spans, member);

  if (text != NULL && text[0] == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

/* Of base64, without decoding it: at most so much, where it is not well formed. */
static gint64
size_of_data (Search *self, guint data)
{
  const CrSpan *span = &self->spans.nodes[data];
  const char *text = self->spans.text + span->start + 1;
  gsize n = span->end - span->start - 2;
  g_autofree char *decoded = NULL;

  if (span->has_escape)
    {
      text = decoded = cr_spans_dup (&self->spans, data);
      n = strlen (decoded);
    }
  for (guint i = 0; i < 2 && n > 0 && text[n - 1] == '='; i++)
    n--;
  return (gint64) (n * 3 / 4);
}

static GBytes *
read_data (Search *self, guint data)
{
  g_autofree char *text = cr_spans_dup (&self->spans, data);
  gsize n_bytes = 0;
  guchar *bytes = g_base64_decode (text, &n_bytes);

  return g_bytes_new_take (bytes, n_bytes);
}

/* As announced. */
static gint64
size_said (Search *self, guint node)
{
  guint size = cr_spans_member_of_kind (&self->spans, node, "size", CR_SPAN_KIND_NUMBER);
  const CrSpan *span = size != CR_SPAN_NONE ? &self->spans.nodes[size] : NULL;
  g_autofree char *text =
      span != NULL ? g_strndup (self->spans.text + span->start, span->end - span->start) : NULL;

  return text != NULL && g_ascii_isdigit (text[0]) ? g_ascii_strtoll (text, NULL, 10) : -1;
}

/* Source: http://hl7.org/fhir/R4/extension-data-absent-reason.html */
static char *
absent_reason (Search *self, guint node)
{
  static const char *const names[] = { "_data", "_url" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint list = cr_spans_member (&self->spans, cr_spans_member (&self->spans, node, names[i]),
                                    "extension");

      if (list == CR_SPAN_NONE || cr_spans_kind (&self->spans, list) != CR_SPAN_KIND_ARRAY)
        continue;
      for (guint each = cr_spans_first (&self->spans, list); each != CR_SPAN_NONE;
           each = cr_spans_next (&self->spans, list, each))
        {
          char *code = text_of (self, each, "valueCode");

          if (code != NULL)
            return code;
        }
    }

  return NULL;
}

static void
add_file (Search *self, guint node, gboolean may_be_linked)
{
  guint data = cr_spans_member_of_kind (&self->spans, node, "data", CR_SPAN_KIND_STRING);
  g_autoptr (CrRecordFile) file = NULL;

  if (node == CR_SPAN_NONE || cr_spans_kind (&self->spans, node) != CR_SPAN_KIND_OBJECT ||
      (data == CR_SPAN_NONE && !may_be_linked))
    return;

  file = cr_record_file_new (self->files->len + 1);
  file->title = text_of (self, node, "title");
  file->content_type = text_of (self, node, "contentType");
  if (data != CR_SPAN_NONE)
    {
      file->n_bytes = size_of_data (self, data);
      file->status = CR_ATTACHMENT_KEPT;
      if (file->n == self->wanted)
        self->found = read_data (self, data);
    }
  else
    {
      file->url = text_of (self, node, "url");
      file->reason = absent_reason (self, node);
      file->n_bytes = size_said (self, node);
      file->status = file->url != NULL ? CR_ATTACHMENT_NOT_YET : CR_ATTACHMENT_WITHHELD;
    }
  g_ptr_array_add (self->files, g_steal_pointer (&file));
}

/* @name: of each element of the list, the member that holds the file; NULL: the element itself */
static void
add_list (Search *self, guint resource, const char *list, const char *name)
{
  guint array = cr_spans_member_of_kind (&self->spans, resource, list, CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (&self->spans, array); i != CR_SPAN_NONE;
       i = cr_spans_next (&self->spans, array, i))
    add_file (self, name != NULL ? cr_spans_member (&self->spans, i, name) : i, TRUE);
}

/* Those that lie inside, wherever FHIR has an Attachment: photos, consents, answers, messages. The
 * list that was @passed over here has been looked at. */
static void
add_inner (Search *self, guint passed)
{
  static const char *const names[] = { "photo", "contentAttachment", "sourceAttachment",
                                       "valueAttachment" };

  for (guint i = 1; i < self->spans.nodes[0].after; i++)
    for (guint j = 0; j < G_N_ELEMENTS (names); j++)
      {
        if (i == passed || !cr_spans_key_is (&self->spans, i, names[j], strlen (names[j])))
          continue;
        add_file (self, i, FALSE);
        if (cr_spans_kind (&self->spans, i) == CR_SPAN_KIND_ARRAY)
          for (guint k = cr_spans_first (&self->spans, i); k != CR_SPAN_NONE;
               k = cr_spans_next (&self->spans, i, k))
            add_file (self, k, FALSE);
      }
}

static gboolean
search (Search *self, const char *body, gsize n_bytes, GError **error)
{
  guint type, passed = CR_SPAN_NONE;

  self->files = g_ptr_array_new_with_free_func (g_object_unref);
  if (!cr_spans_scan_named (&self->spans, body, n_bytes, CR_SAID ("The record"), error))
    return FALSE;

  type = cr_spans_member (&self->spans, 0, "resourceType");
  if (cr_spans_text_is (&self->spans, type, "DocumentReference"))
    add_list (self, 0, "content", "attachment");
  else if (cr_spans_text_is (&self->spans, type, "DiagnosticReport"))
    add_list (self, 0, "presentedForm", NULL);
  else if (cr_spans_text_is (&self->spans, type, "Media"))
    add_file (self, cr_spans_member (&self->spans, 0, "content"), TRUE);
  else if (cr_spans_text_is (&self->spans, type, "Binary"))
    add_file (self, 0, TRUE);
  else if (cr_spans_text_is (&self->spans, type, "Patient"))
    {
      add_list (self, 0, "photo", NULL);
      passed = cr_spans_member_of_kind (&self->spans, 0, "photo", CR_SPAN_KIND_ARRAY);
    }
  add_inner (self, passed);
  return TRUE;
}

static void
search_clear (Search *self)
{
  cr_spans_clear (&self->spans);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->found, g_bytes_unref);
}

GPtrArray *
cr_files_find (const char *body, gsize n_bytes, GError **error)
{
  Search self = { 0 };
  GPtrArray *files = NULL;

  if (search (&self, body, n_bytes, error))
    files = g_steal_pointer (&self.files);
  search_clear (&self);
  return files;
}

GBytes *
cr_files_read (const char *body, gsize n_bytes, guint n)
{
  Search self = { .wanted = n };
  GBytes *found = NULL;

  if (search (&self, body, n_bytes, NULL))
    found = g_steal_pointer (&self.found);
  search_clear (&self);
  return found;
}

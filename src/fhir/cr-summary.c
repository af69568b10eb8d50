/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/cr-error.h"
#include "base/cr-said.h"
#include "fhir/cr-resource.h"
#include "fhir/cr-summary-kinds.h"
#include "fhir/cr-summary-values.h"

#include <glib/gi18n.h>
#include <string.h>

/* A value longer than this stays out of the title; it is among the details. */
#define MAX_BESIDE_TITLE 60
#define MAX_TITLE 200

/* How deep the items of a questionnaire are followed. */
#define MAX_ITEM_DEPTH 12

static void
detail_free (gpointer data)
{
  CrDetail *self = data;

  g_free (self->label);
  g_free (self->value);
  g_free (self);
}

/* Takes @value, which may be NULL: then there is nothing to tell. */
static void
add_detail (CrSummary *self, const char *label, char *value)
{
  CrDetail *detail;

  if (value == NULL)
    return;

  detail = g_new (CrDetail, 1);
  detail->label = g_strdup (label);
  detail->value = value;
  g_ptr_array_add (self->details, detail);
}

/* “MedicationRequest” to “Medication request”, “birthDate” to “Birth date”. */
static char *
words_of_name (const char *name, gsize n_name)
{
  GString *words = g_string_new (NULL);

  for (gsize i = 0; i < n_name; i++)
    {
      if (i > 0 && g_ascii_isupper (name[i]))
        g_string_append_c (words, ' ');
      g_string_append_c (words, i == 0 ? g_ascii_toupper (name[i]) : g_ascii_tolower (name[i]));
    }

  return g_string_free (words, FALSE);
}

/* One line, of a length for a list. */
static char *
make_title (char *text)
{
  char *title;

  g_strdelimit (text, "\r\n\t", ' ');
  if (g_utf8_strlen (text, -1) <= MAX_TITLE)
    return text;

  title = g_utf8_substring (text, 0, MAX_TITLE);
  g_free (text);
  text = g_strconcat (title, "…", NULL);
  g_free (title);
  return text;
}

static char *
read_title (const CrSpans *spans, const CrSummaryKind *kind, const char *type)
{
  g_autofree char *beside = NULL;
  char *title = cr_values_text (spans, 0, kind->title);

  if (title == NULL)
    title = words_of_name (type, strlen (type));
  if (kind->beside_title != NULL)
    beside = cr_values_text (spans, 0, kind->beside_title);
  if (beside != NULL && g_utf8_strlen (beside, -1) <= MAX_BESIDE_TITLE)
    {
      char *both = g_strconcat (title, " ", beside, NULL);

      g_free (title);
      title = both;
    }

  return make_title (title);
}

static char *
read_value_or_absence (const CrSpans *spans, guint node)
{
  g_autofree char *absent = NULL;
  char *value = cr_values_text (spans, node, "value[x]");

  if (value != NULL)
    return value;

  absent = cr_values_text (spans, node, "dataAbsentReason");
  return absent != NULL ? g_strdup_printf (cr_language_get_of (spans->language, "record",
                                                               NC_ ("record", "no value: %s")),
                                           absent)
                        : NULL;
}

/* Each component under its own name, such as the two of a blood pressure. */
static void
add_components (CrSummary *self, const CrSpans *spans)
{
  guint list = cr_spans_member_of_kind (spans, 0, "component", CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, list, i))
    {
      g_autofree char *label = cr_values_text (spans, i, "code");

      add_detail (self, label != NULL ? label : "Component", read_value_or_absence (spans, i));
    }
}

static void
add_items (CrSummary *self, const CrSpans *spans, guint parent, guint depth)
{
  guint list = cr_spans_member_of_kind (spans, parent, "item", CR_SPAN_KIND_ARRAY);

  for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE && depth < MAX_ITEM_DEPTH;
       i = cr_spans_next (spans, list, i))
    {
      guint answers = cr_spans_member_of_kind (spans, i, "answer", CR_SPAN_KIND_ARRAY);
      g_autofree char *label = cr_values_text (spans, i, "text|linkId");

      add_detail (self, label != NULL ? label : "Item",
                  cr_values_text (spans, i, "answer.value[x]"));
      add_items (self, spans, i, depth + 1);
      for (guint j = cr_spans_first (spans, answers); j != CR_SPAN_NONE;
           j = cr_spans_next (spans, answers, j))
        add_items (self, spans, j, depth + 1);
    }
}

static void
fill_by_kind (CrSummary *self, const CrSpans *spans, const CrSummaryKind *kind)
{
  self->title = read_title (spans, kind, kind->type);
  self->date = kind->date != NULL ? cr_values_text (spans, 0, kind->date) : NULL;
  self->status = kind->status != NULL ? cr_values_text (spans, 0, kind->status) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kind->rows) && kind->rows[i].label != NULL; i++)
    add_detail (self, kind->rows[i].label, cr_values_text (spans, 0, kind->rows[i].paths));

  if (strcmp (kind->type, "Observation") == 0)
    add_components (self, spans);
  else if (strcmp (kind->type, "QuestionnaireResponse") == 0)
    add_items (self, spans, 0, 0);
}

static gboolean
is_frame (const CrSpans *spans, guint node)
{
  static const char *const frame[] = { "resourceType", "id",        "meta",
                                       "text",         "contained", "implicitRules",
                                       "extension",    "language",  "modifierExtension" };

  for (guint i = 0; i < G_N_ELEMENTS (frame); i++)
    if (cr_spans_key_is (spans, node, frame[i], strlen (frame[i])))
      return TRUE;

  return spans->nodes[node].n_key == 0 || spans->text[spans->nodes[node].key] == '_';
}

/* Any other type: what its members say, under their own names. */
static void
fill_generic (CrSummary *self, const CrSpans *spans, const char *type)
{
  static const char title[] = "code|name|title|type|description|category";
  static const char date[] = "date|effective[x]|occurrence[x]|period|authoredOn|created|recorded"
                             "|start|issued|started|sent";
  const CrSummaryKind kind = { .type = type, .title = title, .date = date, .status = "status" };

  fill_by_kind (self, spans, &kind);
  for (guint i = cr_spans_first (spans, 0); i != CR_SPAN_NONE; i = cr_spans_next (spans, 0, i))
    {
      g_autofree char *name = NULL;
      g_autofree char *label = NULL;

      if (is_frame (spans, i))
        continue;
      name = cr_span_valid_utf8 (spans->text + spans->nodes[i].key, spans->nodes[i].n_key);
      label = words_of_name (name, strlen (name));
      add_detail (self, label, cr_value_to_text (spans, i));
    }
}

/**
 * cr_summary_read:
 * @language: (nullable): of the few words that are ours, such as “since” before a date
 * @error: %CR_ERROR_BAD_REPLY when @body is no resource
 *
 * What a record says, for people: every value as it is written, text before codes, nothing of it
 * computed, guessed or translated.
 *
 * Returns: (transfer full): all its texts are valid UTF-8
 */
CrSummary *
cr_summary_read (const char *body, gsize n_bytes, const CrLanguage *language, GError **error)
{
  g_auto (CrSpans) spans = { .language = language };
  g_autofree char *type = NULL;
  const CrSummaryKind *kind;
  CrSummary *self;

  if (!cr_spans_scan_named (&spans, body, n_bytes, CR_SAID ("The record"), error))
    return NULL;

  type = cr_spans_dup (&spans,
                       cr_spans_member_of_kind (&spans, 0, "resourceType", CR_SPAN_KIND_STRING));
  if (type == NULL || *type == '\0')
    {
      g_set_error_literal (error, CR_ERROR, CR_ERROR_BAD_REPLY, "The record is no FHIR resource");
      return NULL;
    }

  self = g_new0 (CrSummary, 1);
  self->details = g_ptr_array_new_with_free_func (detail_free);
  kind = cr_summary_kind_find (type);
  if (kind != NULL)
    fill_by_kind (self, &spans, kind);
  else
    fill_generic (self, &spans, type);

  return self;
}

void
cr_summary_free (CrSummary *self)
{
  g_free (self->title);
  g_free (self->date);
  g_free (self->status);
  g_ptr_array_unref (self->details);
  g_free (self);
}

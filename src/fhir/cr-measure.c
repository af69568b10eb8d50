/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-measure.h"

#include <string.h>

#include "fhir/cr-span.h"
#include "fhir/cr-summary-values.h"

void
cr_measure_free (CrMeasure *self)
{
  g_ptr_array_unref (self->codes);
  g_free (self->date);
  g_free (self->text);
  g_free (self->unit);
  g_free (self);
}

static void
read_codes (CrMeasure *self, const CrSpans *spans)
{
  guint code = cr_spans_member_of_kind (spans, 0, "code", CR_SPAN_KIND_OBJECT);
  guint list = code == CR_SPAN_NONE
                 ? CR_SPAN_NONE
                 : cr_spans_member_of_kind (spans, code, "coding", CR_SPAN_KIND_ARRAY);

  if (list != CR_SPAN_NONE)
    for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE;
         i = cr_spans_next (spans, list, i))
      {
        g_autofree char *system = cr_values_text (spans, i, "system");
        g_autofree char *text = cr_values_text (spans, i, "code");

        if (text != NULL)
          g_ptr_array_add (self->codes,
                           g_strconcat (system != NULL ? system : "", "|", text, NULL));
      }
  if (self->codes->len == 0 && code != CR_SPAN_NONE)
    {
      g_autofree char *text = cr_values_text (spans, code, "text");

      if (text != NULL)
        g_ptr_array_add (self->codes, g_steal_pointer (&text));
    }
}

/* FHIR dates come with a year, a month, a day or more. */
static gboolean
read_date (CrMeasure *self, const CrSpans *spans)
{
  g_autofree char *date =
      cr_values_text (spans, 0, "effectiveDateTime|effectiveInstant|effectivePeriod.start|issued");
  g_autofree char *whole = NULL;
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = NULL;

  if (date == NULL)
    return FALSE;

  switch (strlen (date))
    {
    case 4:
      whole = g_strconcat (date, "-01-01T00:00:00Z", NULL);
      break;
    case 7:
      whole = g_strconcat (date, "-01T00:00:00Z", NULL);
      break;
    case 10:
      whole = g_strconcat (date, "T00:00:00Z", NULL);
      break;
    default:
      whole = g_strdup (date);
    }
  time = g_date_time_new_from_iso8601 (whole, utc);
  if (time == NULL)
    return FALSE;

  self->at_s = g_date_time_to_unix (time);
  self->date = g_steal_pointer (&date);
  return TRUE;
}

static gboolean
read_number (const CrSpans *spans, guint node, const char *path, double *value)
{
  g_autofree char *text = cr_values_text (spans, node, path);

  if (text == NULL)
    return FALSE;
  *value = g_ascii_strtod (text, NULL);
  return TRUE;
}

static gboolean
read_value (CrMeasure *self, const CrSpans *spans)
{
  guint quantity = cr_spans_member_of_kind (spans, 0, "valueQuantity", CR_SPAN_KIND_OBJECT);

  if (quantity == CR_SPAN_NONE || cr_spans_member (spans, quantity, "comparator") != CR_SPAN_NONE ||
      !read_number (spans, quantity, "value", &self->value))
    return FALSE;

  self->text = cr_value_to_text (spans, quantity);
  self->unit = cr_values_text (spans, quantity, "code|unit");
  if (self->unit == NULL)
    self->unit = g_strdup ("");
  return self->text != NULL;
}

/* The first that has bounds; others are for other people or other circumstances. */
static void
read_range (CrMeasure *self, const CrSpans *spans)
{
  guint list = cr_spans_member_of_kind (spans, 0, "referenceRange", CR_SPAN_KIND_ARRAY);

  if (list == CR_SPAN_NONE)
    return;
  for (guint i = cr_spans_first (spans, list);
       i != CR_SPAN_NONE && !self->has_low && !self->has_high; i = cr_spans_next (spans, list, i))
    {
      self->has_low = read_number (spans, i, "low.value", &self->low);
      self->has_high = read_number (spans, i, "high.value", &self->high);
    }
}

/**
 * cr_measure_read:
 * @body: an Observation
 *
 * Returns: (transfer full) (nullable): %NULL when it has no single number, no date or no code:
 * there is nothing to draw Source: https://hl7.org/fhir/R4/observation.html
 */
CrMeasure *
cr_measure_read (const char *body, gsize n_bytes)
{
  g_auto (CrSpans) spans = { 0 };
  g_autoptr (CrMeasure) self = NULL;

  if (!cr_spans_scan (&spans, body, n_bytes) || cr_spans_kind (&spans, 0) != CR_SPAN_KIND_OBJECT)
    return NULL;

  self = g_new0 (CrMeasure, 1);
  self->codes = g_ptr_array_new_with_free_func (g_free);
  if (!read_value (self, &spans) || !read_date (self, &spans))
    return NULL;
  read_codes (self, &spans);
  read_range (self, &spans);
  return self->codes->len > 0 ? g_steal_pointer (&self) : NULL;
}

/**
 * cr_measure_is_of_one_kind:
 *
 * Returns: whether they have a code and the unit in common; nothing is converted
 */
gboolean
cr_measure_is_of_one_kind (const CrMeasure *self, const CrMeasure *other)
{
  if (!g_str_equal (self->unit, other->unit))
    return FALSE;

  for (guint i = 0; i < self->codes->len; i++)
    if (g_ptr_array_find_with_equal_func (other->codes, self->codes->pdata[i], g_str_equal, NULL))
      return TRUE;
  return FALSE;
}

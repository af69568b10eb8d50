/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fhir/cr-summary-values.h"

#include "fhir/cr-names.h"

#include <glib/gi18n.h>
#include <string.h>

/* A list longer than this is not read to its end by anybody. */
#define MAX_TEXT 2000

static const char *say (const CrSpans *spans, const char *text) G_GNUC_FORMAT (2);

static const char *
say (const CrSpans *spans, const char *text)
{
  return cr_language_get_of (spans->language, "record", text);
}

static char *
text_at (const CrSpans *spans, guint node, const char *path)
{
  return cr_spans_dup (spans, cr_spans_find (spans, node, path));
}

static gboolean
has (const CrSpans *spans, guint node, const char *name)
{
  return cr_spans_member (spans, node, name) != CR_SPAN_NONE;
}

static char *
dup_non_empty (char *text)
{
  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);

  return text;
}

/* The first of these members that has a text. */
static char *
first_text (const CrSpans *spans, guint node, const char *const *names, guint n_names)
{
  char *text = NULL;

  for (guint i = 0; i < n_names && text == NULL; i++)
    text = dup_non_empty (text_at (spans, node, names[i]));

  return text;
}

/* Categories mostly come without a display. Source: FHIR R4, observation-category,
 * condition-category, allergy-intolerance-category and US Core. */
static char *
say_category (const CrSpans *spans, char *code)
{
  static const char *const words[][2] = {
    { "activity", NC_ ("record", "Physical activity") },
    { "biologic", NC_ ("record", "Biologic") },
    { "clinical-note", NC_ ("record", "Clinical note") },
    { "encounter-diagnosis", NC_ ("record", "Diagnosis of a visit") },
    { "environment", NC_ ("record", "Environment") },
    { "exam", NC_ ("record", "Examination") },
    { "food", NC_ ("record", "Food") },
    { "health-concern", NC_ ("record", "Health concern") },
    { "imaging", NC_ ("record", "Imaging") },
    { "laboratory", NC_ ("record", "Laboratory") },
    { "medication", NC_ ("record", "Medication") },
    { "problem-list-item", NC_ ("record", "Problem list") },
    { "procedure", NC_ ("record", "Procedure") },
    { "social-history", NC_ ("record", "Social history") },
    { "survey", NC_ ("record", "Survey") },
    { "therapy", NC_ ("record", "Therapy") },
    { "vital-signs", NC_ ("record", "Vital signs") },
  };

  for (guint i = 0; code != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (code, words[i][0]))
      {
        g_free (code);
        return g_strdup (say (spans, words[i][1]));
      }
  return code;
}

static char *
concept_to_text (const CrSpans *spans, guint node)
{
  static const char *const own[] = { "text" };
  static const char *const of_coding[] = { "display", "code" };
  guint codings = cr_spans_member (spans, node, "coding");
  char *text = first_text (spans, node, own, G_N_ELEMENTS (own));

  for (guint i = 0; i < G_N_ELEMENTS (of_coding); i++)
    for (guint j = cr_spans_first (spans, codings); text == NULL && j != CR_SPAN_NONE;
         j = cr_spans_next (spans, codings, j))
      text = first_text (spans, j, &of_coding[i], 1);

  return say_category (spans, text);
}

/* Codes of units stand where people look for units. Source: UCUM, the print symbols and, for what
 * is counted in no unit, §12. */
static char *
print_unit (const char *unit)
{
  static const char *const symbols[][2] = {
    { "10*3/uL", "10³/µL" }, { "10*6/uL", "10⁶/µL" },  { "10*9/L", "10⁹/L" },
    { "Cel", "°C" },         { "[IU]/L", "IU/L" },     { "[degF]", "°F" },
    { "[in_i]", "in" },      { "[lb_av]", "lb" },      { "[pH]", "" },
    { "kg/m2", "kg/m²" },    { "m[IU]/L", "mIU/L" },   { "mL/min/{1.73_m2}", "mL/min/1.73 m²" },
    { "mm[Hg]", "mmHg" },    { "u[IU]/mL", "µIU/mL" }, { "ug/L", "µg/L" },
    { "ug/dL", "µg/dL" },    { "umol/L", "µmol/L" },
  };
  gsize length = unit != NULL ? strlen (unit) : 0;

  for (guint i = 0; unit != NULL && i < G_N_ELEMENTS (symbols); i++)
    if (g_str_equal (unit, symbols[i][0]))
      return g_strdup (symbols[i][1]);
  if (length > 2 && unit[0] == '{' && strchr (unit, '}') == unit + length - 1)
    return g_strndup (unit + 1, length - 2);
  return g_strdup (unit);
}

/* The comparator is part of what was measured; nothing is computed. */
static char *
quantity_to_text (const CrSpans *spans, guint node)
{
  static const char *const units[] = { "unit", "code", "currency" };
  g_autofree char *comparator = dup_non_empty (text_at (spans, node, "comparator"));
  g_autofree char *value = text_at (spans, node, "value");
  g_autofree char *given = first_text (spans, node, units, G_N_ELEMENTS (units));
  g_autofree char *unit = print_unit (given);

  if (value == NULL)
    return g_steal_pointer (&unit);

  return g_strconcat (comparator != NULL ? comparator : "", comparator != NULL ? " " : "", value,
                      unit != NULL && *unit != '\0' ? " " : "", unit, NULL);
}

static char *
member_to_text (const CrSpans *spans, guint node, const char *name)
{
  return cr_value_to_text (spans, cr_spans_member (spans, node, name));
}

static char *
ratio_to_text (const CrSpans *spans, guint node)
{
  g_autofree char *above = member_to_text (spans, node, "numerator");
  g_autofree char *below = member_to_text (spans, node, "denominator");

  if (below == NULL)
    return g_steal_pointer (&above);

  return g_strconcat (above != NULL ? above : "", above != NULL ? " / " : "/ ", below, NULL);
}

static char *
range_to_text (const CrSpans *spans, guint node)
{
  g_autofree char *low = member_to_text (spans, node, "low");
  g_autofree char *high = member_to_text (spans, node, "high");

  if (low != NULL && high != NULL)
    return g_strconcat (low, " – ", high, NULL);
  if (low != NULL)
    return g_strdup_printf (say (spans, NC_ ("record", "from %s")), low);

  return high != NULL ? g_strdup_printf (say (spans, NC_ ("record", "up to %s")), high) : NULL;
}

static char *
period_to_text (const CrSpans *spans, guint node)
{
  g_autofree char *start = member_to_text (spans, node, "start");
  g_autofree char *end = member_to_text (spans, node, "end");

  if (start != NULL && end != NULL)
    return g_strconcat (start, " – ", end, NULL);
  if (start != NULL)
    return g_strdup_printf (say (spans, NC_ ("record", "since %s")), start);

  return end != NULL ? g_strdup_printf (say (spans, NC_ ("record", "until %s")), end) : NULL;
}

static guint
find_contained (const CrSpans *spans, const char *id)
{
  guint list = cr_spans_member (spans, 0, "contained");

  for (guint i = cr_spans_first (spans, list); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, list, i))
    if (cr_spans_text_is (spans, cr_spans_member (spans, i, "id"), id))
      return i;

  return CR_SPAN_NONE;
}

/* What is contained is named by what it is; references in it are not followed, they may lead in a
 * circle. */
static char *
contained_to_text (const CrSpans *spans, const char *id)
{
  static const char *const paths[] = { "code.text",           "code.coding.display",
                                       "code.coding.code",    "name",
                                       "name.text",           "name.family",
                                       "deviceName.name",     "type.text",
                                       "type.coding.display", "type.coding.code" };

  return first_text (spans, find_contained (spans, id), paths, G_N_ELEMENTS (paths));
}

static char *
reference_to_text (const CrSpans *spans, guint node)
{
  static const char *const names[] = { "display", "identifier.value", "reference" };
  g_autofree char *reference = text_at (spans, node, "reference");
  char *text = NULL;

  if (reference != NULL && *reference == '#' && !has (spans, node, "display"))
    text = contained_to_text (spans, reference + 1);

  return text != NULL ? text : first_text (spans, node, names, G_N_ELEMENTS (names));
}

static char *
address_to_text (const CrSpans *spans, guint node)
{
  static const char *const names[] = { "line", "city", "state", "postalCode", "country" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    cr_values_collect (spans, node, names[i], text);

  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static char *
timing_to_text (const CrSpans *spans, guint node)
{
  guint repeat = cr_spans_member (spans, node, "repeat");
  g_autofree char *code = cr_value_to_text (spans, cr_spans_member (spans, node, "code"));
  g_autofree char *frequency = text_at (spans, repeat, "frequency");
  g_autofree char *period = text_at (spans, repeat, "period");
  g_autofree char *unit = text_at (spans, repeat, "periodUnit");

  if (code != NULL)
    return g_steal_pointer (&code);
  if (period == NULL || unit == NULL)
    return cr_values_text (spans, node, "event");

  /* Translators: how often in how many of which unit: “3 times in 1 d” */
  return g_strdup_printf (say (spans, NC_ ("record", "%s times in %s %s")),
                          frequency != NULL ? frequency : "1", period, unit);
}

static char *
dosage_to_text (const CrSpans *spans, guint node)
{
  static const char *const paths[] = { "patientInstruction",
                                       "doseAndRate.dose[x]",
                                       "doseAndRate.rate[x]",
                                       "timing",
                                       "asNeeded[x]",
                                       "route",
                                       "method" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    cr_values_collect (spans, node, paths[i], text);

  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static char *
attachment_to_text (const CrSpans *spans, guint node)
{
  static const char *const names[] = { "title", "contentType", "url" };

  return first_text (spans, node, names, G_N_ELEMENTS (names));
}

/* Data types are told by what they hold, since most elements do not say theirs. */
static char *
object_to_text (const CrSpans *spans, guint node)
{
  static const char *const coding[] = { "display", "code" };
  static const char *const valued[] = { "value" };
  guint value = cr_spans_member (spans, node, "value");

  if (has (spans, node, "family") || has (spans, node, "given"))
    return cr_name_to_text (spans, node, CR_NAME_AS_WRITTEN);
  if (has (spans, node, "text") || has (spans, node, "coding"))
    return concept_to_text (spans, node);
  if (has (spans, node, "numerator") || has (spans, node, "denominator"))
    return ratio_to_text (spans, node);
  if (has (spans, node, "low") || has (spans, node, "high"))
    return range_to_text (spans, node);
  if (has (spans, node, "start") || has (spans, node, "end"))
    return period_to_text (spans, node);
  if (value != CR_SPAN_NONE && cr_spans_kind (spans, value) == CR_SPAN_KIND_NUMBER)
    return quantity_to_text (spans, node);
  if (value != CR_SPAN_NONE)
    return first_text (spans, node, valued, 1);
  if (has (spans, node, "reference") ||
      (has (spans, node, "display") && !has (spans, node, "code")))
    return reference_to_text (spans, node);
  if (has (spans, node, "repeat") || has (spans, node, "event"))
    return timing_to_text (spans, node);
  if (has (spans, node, "doseAndRate") || has (spans, node, "timing") ||
      has (spans, node, "patientInstruction"))
    return dosage_to_text (spans, node);
  if (has (spans, node, "contentType") || has (spans, node, "title"))
    return attachment_to_text (spans, node);
  if (has (spans, node, "city") || has (spans, node, "line") || has (spans, node, "postalCode"))
    return address_to_text (spans, node);
  if (has (spans, node, "code") || has (spans, node, "display"))
    return first_text (spans, node, coding, G_N_ELEMENTS (coding));

  return NULL;
}

/**
 * cr_value_to_text:
 * @node: a value of any FHIR data type, a list of them, or %CR_SPAN_NONE
 *
 * Text goes before codes, a unit before its code, a display before the reference; numbers are the
 * characters the record has.
 *
 * Returns: (transfer full) (nullable): NULL when there is nothing to say
 */
char *
cr_value_to_text (const CrSpans *spans, guint node)
{
  g_autoptr (GString) list = NULL;

  if (node == CR_SPAN_NONE)
    return NULL;

  switch (cr_spans_kind (spans, node))
    {
    case CR_SPAN_KIND_OBJECT:
      return object_to_text (spans, node);
    case CR_SPAN_KIND_ARRAY:
      list = g_string_new (NULL);
      cr_values_collect (spans, node, "", list);
      return list->len > 0 ? g_strdup (list->str) : NULL;
    case CR_SPAN_KIND_TRUE:
      return g_strdup (say (spans, NC_ ("record", "yes")));
    case CR_SPAN_KIND_FALSE:
      return g_strdup (say (spans, NC_ ("record", "no")));
    case CR_SPAN_KIND_STRING:
    case CR_SPAN_KIND_NUMBER:
    case CR_SPAN_KIND_NULL:
    default:
      return dup_non_empty (cr_spans_dup (spans, node));
    }
}

/* `value[x]` stands for `valueQuantity` and its like. */
static guint
find_choice (const CrSpans *spans, guint node, const char *name, gsize n_name)
{
  for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE;
       i = cr_spans_next (spans, node, i))
    {
      const CrSpan *span = &spans->nodes[i];

      if (span->n_key > n_name && memcmp (spans->text + span->key, name, n_name) == 0 &&
          g_ascii_isupper (spans->text[span->key + n_name]))
        return i;
    }

  return CR_SPAN_NONE;
}

static guint
find_step (const CrSpans *spans, guint node, const char *step, gsize n_step)
{
  g_autofree char *name = NULL;
  gboolean is_first;
  guint found;

  if (cr_spans_kind (spans, node) != CR_SPAN_KIND_OBJECT)
    return CR_SPAN_NONE;
  if (n_step > 3 && strncmp (step + n_step - 3, "[x]", 3) == 0)
    return find_choice (spans, node, step, n_step - 3);

  is_first = n_step > 3 && strncmp (step + n_step - 3, "[0]", 3) == 0;
  name = g_strndup (step, is_first ? n_step - 3 : n_step);
  found = cr_spans_member (spans, node, name);
  if (is_first && found != CR_SPAN_NONE && cr_spans_kind (spans, found) == CR_SPAN_KIND_ARRAY)
    found = cr_spans_first (spans, found);

  return found;
}

static void
append_value (const CrSpans *spans, guint node, GString *into)
{
  g_autofree char *text = cr_value_to_text (spans, node);

  if (text == NULL || into->len > MAX_TEXT)
    return;

  if (into->len > 0)
    g_string_append (into, ", ");
  g_string_append (into, text);
}

/**
 * cr_values_collect:
 * @path: names with dots between them; a name may end in `[x]`; of a list all elements are taken,
 *   or only the first where the name ends in `[0]`
 * @into: grows by the values, with commas between them
 */
void
cr_values_collect (const CrSpans *spans, guint node, const char *path, GString *into)
{
  gsize n_step = strcspn (path, ".");

  if (node == CR_SPAN_NONE)
    return;

  if (cr_spans_kind (spans, node) == CR_SPAN_KIND_ARRAY)
    for (guint i = cr_spans_first (spans, node); i != CR_SPAN_NONE && into->len <= MAX_TEXT;
         i = cr_spans_next (spans, node, i))
      cr_values_collect (spans, i, path, into);
  else if (*path == '\0')
    append_value (spans, node, into);
  else
    cr_values_collect (spans, find_step (spans, node, path, n_step),
                       path + n_step + (path[n_step] == '.' ? 1 : 0), into);
}

/**
 * cr_values_text:
 * @paths: several with `|` between them: the first that says something
 *
 * Returns: (transfer full) (nullable)
 */
char *
cr_values_text (const CrSpans *spans, guint node, const char *paths)
{
  g_auto (GStrv) list = g_strsplit (paths, "|", -1);

  for (guint i = 0; list[i] != NULL; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      cr_values_collect (spans, node, list[i], text);
      if (text->len > 0)
        return g_string_free (g_steal_pointer (&text), FALSE);
    }

  return NULL;
}

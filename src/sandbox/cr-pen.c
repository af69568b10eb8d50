/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox/cr-pen.h"

#include <string.h>

#include "sandbox/cr-sandbox-text.h"

#define US_CORE "http://hl7.org/fhir/us/core/StructureDefinition/"

static void
record_free (CrChartRecord *record)
{
  g_free (record->id);
  g_free (record->json);
  g_free (record);
}

void
cr_chart_free (CrChart *chart)
{
  g_hash_table_unref (chart->by_name);
  g_hash_table_unref (chart->used);
  g_ptr_array_unref (chart->records);
  g_free (chart);
}

static CrChart *
chart_new (void)
{
  CrChart *chart = g_new0 (CrChart, 1);

  chart->records = g_ptr_array_new_with_free_func ((GDestroyNotify) record_free);
  chart->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  chart->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return chart;
}

static guint
owner_of (CrPen *self)
{
  return self->person != NULL ? self->person->index + 1 : 0;
}

/**
 * cr_pen_begin:
 * @profile: (nullable): the last part of a US Core profile's address
 * @when: when it happened; the record is stamped an hour later
 *
 * Returns: (transfer none): where to write the members, each with a comma before it
 */
GString *
cr_pen_begin (CrPen *self, const char *type, const char *profile, gint64 when)
{
  const char *known = g_intern_string (type);
  guint serial = GPOINTER_TO_UINT (g_hash_table_lookup (self->serials, known));
  CrChartRecord *record = g_new0 (CrChartRecord, 1);

  g_assert (self->open == NULL);
  g_hash_table_insert (self->serials, (gpointer) known, GUINT_TO_POINTER (serial + 1));
  record->type = known;
  record->id = cr_people_make_id (cr_people_seed (self->people), owner_of (self), type, serial);
  record->date_ms = when;
  record->updated_ms = MIN (when + 3600000 + (gint64) cr_random_below (&self->random, 900000),
                            cr_people_epoch_ms (self->people));
  self->open = record;

  g_string_truncate (self->out, 0);
  cr_sandbox_text_add (self->out,
                       "{'resourceType':%q,'id':%q,'meta':{'versionId':'1','lastUpdated':%I", type,
                       record->id, record->updated_ms);
  if (profile != NULL)
    cr_sandbox_text_add (self->out, ",'profile':['" US_CORE "%s']", profile);
  g_string_append_c (self->out, '}');
  return self->out;
}

/**
 * cr_pen_end:
 * @category: (nullable): a literal, what `category` searches find
 * @code: (nullable): a literal, what `code` searches find
 * @status: (nullable): a literal
 *
 * Returns: (transfer full): "Type/id" of the record now in the chart
 */
char *
cr_pen_end (CrPen *self, const char *category, const char *code, const char *status)
{
  CrChartRecord *record = g_steal_pointer (&self->open);
  char *name = g_strconcat (record->type, "/", record->id, NULL);

  g_string_append_c (self->out, '}');
  record->json = g_strndup (self->out->str, self->out->len);
  record->length = self->out->len;
  record->category = category;
  record->code = code;
  record->status = status;
  g_ptr_array_add (self->chart->records, record);
  g_hash_table_insert (self->chart->by_name, g_strdup (name), record);
  return name;
}

/* Returns: (transfer full): "Type/id" of the @serial-th entry of the directory */
char *
cr_pen_ref (CrPen *self, const char *type, guint serial)
{
  g_autofree char *id = cr_people_make_id (cr_people_seed (self->people), 0, type, serial);
  char *name = g_strconcat (type, "/", id, NULL);

  g_hash_table_add (self->chart->used, g_strdup (name));
  return name;
}

/* Writes `,"name":{"reference":"Type/id"}` for an entry of the directory; without a @name, the
 * object alone. */
void
cr_pen_add_ref (CrPen *self, const char *name, const char *type, guint serial)
{
  g_autofree char *reference = cr_pen_ref (self, type, serial);

  if (name != NULL)
    cr_sandbox_text_add (self->out, ",%q:", name);
  cr_sandbox_text_add (self->out, "{'reference':%q", reference);
  if (strcmp (type, "Practitioner") == 0)
    cr_sandbox_text_add (self->out, ",'display':%q", cr_patients_practitioner_name (serial));
  g_string_append_c (self->out, '}');
}

void
cr_pen_add_subject (CrPen *self, const char *name)
{
  cr_sandbox_text_add (self->out, ",%q:{'reference':'Patient/%s'}", name, self->person->portal_id);
}

void
cr_pen_add_encounter (CrPen *self, const char *name)
{
  if (self->encounter != NULL)
    cr_sandbox_text_add (self->out, ",%q:{'reference':%q}", name, self->encounter);
}

/* Writes `,"name":{"coding":[…],"text":…}`; without a @name, the object alone. */
void
cr_pen_add_coding (GString *out, const char *name, const char *system, const CrCoding *coding)
{
  if (name != NULL)
    cr_sandbox_text_add (out, ",%q:", name);
  cr_sandbox_text_add (out, "{'coding':[{'system':%q,'code':%q,'display':%q}],'text':%q}", system,
                       coding->code, coding->display, coding->display);
}

/**
 * cr_pen_decimal:
 * @low: in units of the last decimal
 * @high: likewise
 *
 * Returns: (transfer full): a number with exactly @decimals decimals, such as `1.10`
 */
char *
cr_pen_decimal (CrPen *self, int low, int high, int decimals)
{
  int value = low + (int) cr_random_below (&self->random, (guint) MAX (high - low, 1));
  int scale = 1;

  for (int i = 0; i < decimals; i++)
    scale *= 10;
  if (decimals == 0)
    return g_strdup_printf ("%d", value);

  return g_strdup_printf ("%d.%0*d", value / scale, decimals, value % scale);
}

/* @value: number text; @unit: UCUM */
void
cr_pen_add_quantity (GString *out, const char *name, const char *value, const char *unit)
{
  cr_sandbox_text_add (out,
                       ",%q:{'value':%s,'unit':%q,'system':'http://unitsofmeasure.org','code':%q}",
                       name, value, unit, unit);
}

static void
pen_init (CrPen *self, CrPeople *people, const CrPerson *person)
{
  memset (self, 0, sizeof *self);
  self->people = people;
  self->person = person;
  self->chart = chart_new ();
  self->serials = g_hash_table_new (NULL, NULL);
  self->out = g_string_sized_new (4096);
  self->random.state = cr_random_mix (cr_people_seed (people), owner_of (self));
}

static CrChart *
pen_finish (CrPen *self)
{
  g_hash_table_unref (self->serials);
  g_string_free (self->out, TRUE);
  g_free (self->encounter);
  g_free (self->problem);
  return self->chart;
}

CrChart *
cr_chart_new_directory (CrPeople *people)
{
  CrPen pen;

  pen_init (&pen, people, NULL);
  cr_patients_write_directory (&pen);
  return pen_finish (&pen);
}

/* Visits are spread over the years before the epoch, more of them in the later ones. A visit is
 * worth about 15 records, but the chart stops when it has as many as the person should have. */
CrChart *
cr_chart_new_for_person (CrPeople *people, const CrPerson *person)
{
  gint64 epoch = cr_people_epoch_ms (people);
  gint64 age = epoch - person->portal_birth_ms;
  gint64 span = MIN (age * 3 / 4, 14 * CR_YEAR_MS);
  CrPen pen;
  guint n_visits;

  pen_init (&pen, people, person);
  pen.when = epoch - span;
  cr_patients_write_person (&pen);
  cr_patients_write_background (&pen);
  cr_patients_write_oddities (&pen);

  n_visits = MAX (person->n_target / 15, 3);
  for (guint i = 0; i < n_visits || pen.chart->records->len + 12 < person->n_target; i++)
    {
      gint64 share = MIN ((gint64) i * 1000 / n_visits, 999);

      if (i >= 3 && pen.chart->records->len >= person->n_target)
        break;
      pen.visit = i;
      pen.when = epoch - span + span * share / 1000 +
                 (gint64) cr_random_below (&pen.random, 8) * CR_DAY_MS +
                 (gint64) (12 + cr_random_below (&pen.random, 9)) * 3600000 +
                 (gint64) cr_random_below (&pen.random, 12) * 300000;
      pen.when = MIN (pen.when, epoch - CR_DAY_MS);
      cr_patients_write_visit (&pen);
    }
  cr_patients_write_plans (&pen);

  return pen_finish (&pen);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-profile-words.h"

#include "app/cr-words.h"

#include <glib/gi18n.h>

/* The kinds that somebody misses. */
static const char *const looked_for[] = {
  "AllergyIntolerance", "CarePlan",          "CareTeam",  "Condition", "Coverage",
  "DiagnosticReport",   "DocumentReference", "Encounter", "Goal",      "Immunization",
  "MedicationRequest",  "Observation",       "Procedure", NULL
};

typedef guint (*CountFunc) (const CrProfileType *type);

static guint
n_gave (const CrProfileType *type)
{
  return g_str_equal (type->type, "Patient") ? 0 : type->n_gave;
}

static guint
n_never (const CrProfileType *type)
{
  return type->n_gave == 0 ? type->n_asked : 0;
}

static guint
n_not_granted (const CrProfileType *type)
{
  return type->n_gave == 0 && type->n_asked == 0 ? type->n_not_granted : 0;
}

static guint
n_not_offered (const CrProfileType *type)
{
  return type->n_gave == 0 && type->n_asked == 0 && type->n_not_granted == 0 ? type->n_not_supported
                                                                             : 0;
}

/* The kinds of which there are as many as @n by @count; 0: any but none. */
static char *
list_kinds (const CrProfile *profile, CountFunc count, gboolean is_all, guint n)
{
  GString *kinds = g_string_new (NULL);

  for (guint i = 0; i < profile->types->len; i++)
    {
      const CrProfileType *type = g_ptr_array_index (profile->types, i);
      guint of = count (type);
      g_autofree char *words = cr_words_type (type->type);

      if (of == 0 || (n > 0 && of != n) || (!is_all && !g_strv_contains (looked_for, type->type)))
        continue;
      g_string_append_printf (kinds, "%s%s", kinds->len > 0 ? ", " : "", words);
    }

  return g_string_free (kinds, FALSE);
}

/* A line for each number of patients, the largest first. */
static char *
list_by_number (const CrProfile *profile, CountFunc count)
{
  GString *lines = g_string_new (NULL);

  for (guint n = profile->n_patients; n > 0; n--)
    {
      g_autofree char *kinds = list_kinds (profile, count, FALSE, n);
      g_autofree char *number = cr_words_number (n);

      if (kinds[0] == '\0')
        continue;
      if (lines->len > 0)
        g_string_append_c (lines, '\n');
      /* Translators: a number, then kinds of records: “None of 37 patients: Goals, Care plans” */
      g_string_append_printf (
          lines, ngettext ("None of %s patient: %s", "None of %s patients: %s", n), number, kinds);
    }

  return g_string_free (lines, FALSE);
}

char *
cr_profile_words_sends (const CrProfile *profile)
{
  g_autofree char *kinds = NULL;

  switch (cr_profile_get_kind (profile))
    {
    case CR_PROFILE_UNKNOWN:
      return g_strdup (_ ("Not known before a first pull has come to its end"));
    case CR_PROFILE_NOTHING:
      return g_strdup (_ ("Nothing so far but who the patient is"));
    case CR_PROFILE_DOCUMENTS:
      return g_strdup (_ ("Documents only, so far"));
    case CR_PROFILE_CLAIMS:
      return g_strdup (_ ("Coverage and claims only, so far"));
    case CR_PROFILE_SEVERAL:
    default:
      kinds = list_kinds (profile, n_gave, TRUE, 0);
      return g_steal_pointer (&kinds);
    }
}

char *
cr_profile_words_never (const CrProfile *profile)
{
  return list_by_number (profile, n_never);
}

char *
cr_profile_words_not_granted (const CrProfile *profile)
{
  return list_by_number (profile, n_not_granted);
}

char *
cr_profile_words_not_offered (const CrProfile *profile)
{
  return profile->n_patients > 0 ? list_kinds (profile, n_not_offered, FALSE, profile->n_patients)
                                 : g_strdup ("");
}

char *
cr_profile_words_counted (const CrProfile *profile)
{
  g_autofree char *number = cr_words_number (profile->n_patients);

  if (profile->n_patients == 0)
    return g_strdup ("");
  if (!profile->is_all)
    return g_strdup_printf (
        ngettext ("What it sends is counted over the %s patient connected last.",
                  "What it sends is counted over the %s patients connected "
                  "last.",
                  profile->n_patients),
        number);
  return g_strdup_printf (ngettext ("What it sends is counted over the %s patient pulled so far.",
                                    "What it sends is counted over the %s patients pulled so far.",
                                    profile->n_patients),
                          number);
}

char *
cr_profile_words_absence (const CrProfile *profile, const char *type)
{
  const CrProfileType *found = cr_profile_find (profile, type);
  g_autofree char *number = NULL;

  if (cr_profile_grants_never (profile, type))
    {
      number = cr_words_number (found->n_not_granted);
      return g_strdup_printf (ngettext ("This portal has granted this kind of record to none of %s "
                                        "patient: it may not give it at all. Nothing needs "
                                        "to be done.",
                                        "This portal has granted this kind of record to none of %s "
                                        "patients: it may not give it at all. Nothing needs "
                                        "to be done.",
                                        found->n_not_granted),
                              number);
    }
  if (cr_profile_gives_never (profile, type))
    {
      number = cr_words_number (found->n_asked);
      return g_strdup_printf (ngettext ("This portal has sent this kind of record for none of %s "
                                        "patient asked about: it may not give it at all.",
                                        "This portal has sent this kind of record for none of %s "
                                        "patients asked about: it may not give it at all.",
                                        found->n_asked),
                              number);
    }
  return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-removal-words.h"

#include "app/cr-words.h"

#include <glib/gi18n.h>

static char *
say_amount (const CrRemoval *removal)
{
  g_autofree char *n_records = cr_words_number (removal->n_records);
  g_autofree char *n_versions = cr_words_number (removal->n_versions);
  g_autofree char *n_pulls = cr_words_number (removal->n_pulls);
  g_autofree char *records = g_strdup_printf (
      ngettext ("%s record", "%s records", (gulong) removal->n_records), n_records);
  g_autofree char *versions = g_strdup_printf (
      ngettext ("%s version", "%s versions", (gulong) removal->n_versions), n_versions);
  g_autofree char *pulls =
      g_strdup_printf (ngettext ("%s pull", "%s pulls", (gulong) removal->n_pulls), n_pulls);

  /* Translators: “1,240 records in 1,302 versions, from 12 pulls” */
  return g_strdup_printf (_ ("%s in %s, from %s"), records, versions, pulls);
}

static void
add_places (GString *text, const CrRemoval *removal)
{
  for (guint i = 0; i < removal->places->len; i++)
    {
      const CrRemovalPlace *place = g_ptr_array_index (removal->places, i);
      g_autofree char *number = cr_words_number (place->n_records);

      g_string_append_c (text, '\n');
      if (place->is_told)
        {
          /* Translators: a destination’s name, then a number */
          g_string_append_printf (text,
                                  ngettext ("“%s” is asked to give up the %s record it has. Its "
                                            "run says whether it did.",
                                            "“%s” is asked to give up the %s records it has. Its "
                                            "run says whether it did.",
                                            (gulong) place->n_records),
                                  place->name, number);
          continue;
        }
      /* Translators: a destination’s name, then a number */
      g_string_append_printf (text,
                              ngettext ("“%s” keeps the %s record it has.",
                                        "“%s” keeps the %s records it has.",
                                        (gulong) place->n_records),
                              place->name, number);
    }
}

char *
cr_removal_words_weight (const CrRemoval *removal)
{
  g_autofree char *amount = say_amount (removal);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("Here now: %s."), amount);
  if (removal->places->len == 0)
    {
      g_string_append_c (text, '\n');
      g_string_append (text, _ ("No destination has any of it."));
    }
  add_places (text, removal);
  return g_string_free (text, FALSE);
}

char *
cr_removal_words_receipt (const CrRemoval *removal)
{
  g_autofree char *amount = say_amount (removal);
  g_autofree char *time = cr_words_exact_time (removal->at_ms);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _ ("Removed: %s."), amount);
  add_places (text, removal);
  g_string_append (text, "\n\n");
  if (removal->person != NULL)
    g_string_append_printf (text, _ ("%s, by %s."), time, removal->person);
  else
    g_string_append_printf (text, "%s.", time);
  g_string_append_c (text, '\n');
  g_string_append (text,
                   removal->is_wiped
                       ? _ ("Nothing of it is left in this computer’s files. The audit keeps the "
                            "numbers, not the name.")
                       : _ ("The files are still to be wiped: Chartroom tries again at its next "
                            "start. The audit keeps the numbers, not the name."));
  return g_string_free (text, FALSE);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-backup-facts.h"

#include "app/cr-words.h"

#include <adwaita.h>
#include <glib/gi18n.h>

static void
add_row (GtkListBox *list, const char *title, const char *words)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_append (list, row);
}

static void
add_number (GtkListBox *list, const char *title, gint64 n, const gint64 *now)
{
  g_autofree char *number = cr_words_number (n);
  g_autofree char *number_now = now != NULL ? cr_words_number (*now) : NULL;
  g_autofree char *words =
      now == NULL ? g_strdup (number)
                  : g_strdup_printf (_ ("%s in the backup · %s here now"), number, number_now);

  add_row (list, title, words);
}

void
cr_backup_facts_fill (GtkListBox *list, const CrBackup *backup, const CrBackup *now)
{
  g_autofree char *made = cr_words_exact_time (backup->created_ms);
  g_autofree char *when = cr_words_join (made, backup->clinic != NULL ? backup->clinic : "", NULL);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
  add_row (list, _ ("Made"), when);
  add_number (list, _ ("Patients"), backup->n_patients, now != NULL ? &now->n_patients : NULL);
  add_number (list, _ ("Connections with access"), backup->n_active,
              now != NULL ? &now->n_active : NULL);
  add_number (list, _ ("Records"), backup->n_records, now != NULL ? &now->n_records : NULL);
  add_number (list, _ ("Destinations"), backup->n_destinations,
              now != NULL ? &now->n_destinations : NULL);
  add_number (list, _ ("Webhook endpoints"), backup->n_webhooks,
              now != NULL ? &now->n_webhooks : NULL);
  add_row (list, _ ("Passwords and patients’ access"),
           backup->has_secrets ? _ ("in the backup")
                               : _ ("not in the backup: unless this computer’s keyring has them, "
                                    "patients sign in again and passwords are entered again"));
}

char *
cr_backup_facts_warn (const CrBackup *backup, const CrBackup *now)
{
  g_autoptr (GString) words = g_string_new (_ (
      "All that is here now is replaced, also what came in after the backup was made. It is kept "
      "aside in the data folder until the next restore or the next removal of a patient. If this "
      "backup comes from another computer, close Chartroom there: a portal lets only one of them "
      "go on."));

  if (now != NULL && now->n_removals > 0)
    {
      g_autofree char *number = cr_words_number (now->n_removals);

      g_string_append (words, "\n\n");
      g_string_append_printf (
          words,
          ngettext ("%s removal of a patient’s data was carried out here since: what was removed "
                    "comes back and must be removed again.",
                    "%s removals of patients’ data were carried out here since: what was removed "
                    "comes back and must be removed again.",
                    (gulong) now->n_removals),
          number);
    }
  if (backup->n_wrong > 0)
    {
      g_string_append (words, "\n\n");
      g_string_append (words, _ ("Some of the counts in this backup do not agree with each other. "
                                 "The records themselves are as they came."));
    }
  return g_string_free (g_steal_pointer (&words), FALSE);
}

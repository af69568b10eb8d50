/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-patient-line.h"

#include "app/cr-feed.h"
#include "app/cr-words.h"

#include <glib/gi18n.h>

struct _CrPatientLine
{
  AdwBin parent_instance;

  GtkLabel *label; /* (unowned): the child */
  CrFeed *feed;    /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrPatientLine, cr_patient_line, ADW_TYPE_BIN)

char *
cr_patient_line_about (CrPatient *patient)
{
  g_autofree char *date = patient->birth_date != NULL ? cr_words_date (patient->birth_date) : NULL;
  g_autofree char *born = date == NULL ? g_strdup ("") : g_strdup_printf (_ ("born %s"), date);

  return cr_words_join (patient->id, born, cr_words_sex (patient->sex), NULL);
}

static void
patient_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrPatientLine *self = user_data;
  g_autofree char *about = NULL;
  g_autofree char *words = NULL;

  if (items == NULL || items->len == 0)
    return;
  about = cr_patient_line_about (items->pdata[0]);
  words = cr_words_join (cr_patient_get_title (items->pdata[0]), about, NULL);
  gtk_label_set_text (self->label, words);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
cr_patient_line_dispose (GObject *object)
{
  g_clear_pointer (&CR_PATIENT_LINE (object)->feed, cr_feed_stop);
  G_OBJECT_CLASS (cr_patient_line_parent_class)->dispose (object);
}

static void
cr_patient_line_class_init (CrPatientLineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_patient_line_dispose;
}

static void
cr_patient_line_init (CrPatientLine *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  self->label = GTK_LABEL (label);
  gtk_label_set_xalign (self->label, 0);
  gtk_label_set_wrap (self->label, TRUE);
  gtk_label_set_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  adw_bin_set_child (ADW_BIN (self), label);
}

void
cr_patient_line_show (CrPatientLine *self, CrEngine *engine, const char *patient_id)
{
  g_return_if_fail (CR_IS_PATIENT_LINE (self));

  g_clear_pointer (&self->feed, cr_feed_stop);
  self->feed = cr_feed_new_for_object (engine, CR_LIST_PATIENTS, patient_id, CR_FEED_ON (PATIENT),
                                       patient_cb, self);
}

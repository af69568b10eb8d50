/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-time-label.h"

#include "app/cr-tip.h"
#include "app/cr-words.h"

struct _CrTimeLabel
{
  AdwBin parent_instance;

  GtkLabel *label; /* (unowned): the child */
  gint64 ms;
  char *format; /* (owned) (nullable) */
  char *never;  /* (owned) (nullable) */
  guint timeout_id;
};

G_DEFINE_FINAL_TYPE (CrTimeLabel, cr_time_label, ADW_TYPE_BIN)

/* Formats come from our own calls and their translations, which msgfmt checks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
fill_in (const char *format, const char *words)
{
  return format == NULL ? cr_words_begin (words) : g_strdup_printf (format, words);
}
#pragma GCC diagnostic pop

static void
refresh (CrTimeLabel *self)
{
  g_autofree char *words = cr_words_time (self->ms, cr_words_now_ms ());
  g_autofree char *exact = cr_words_exact_time (self->ms);
  g_autofree char *text = NULL;

  if (self->ms == 0 && self->never != NULL)
    text = g_strdup (self->never);
  else
    text = fill_in (self->format, words);
  if (g_strcmp0 (text, gtk_label_get_text (self->label)) != 0)
    gtk_label_set_text (self->label, text);
  cr_tip_set (GTK_WIDGET (self), self->ms == 0 ? NULL : exact);
}

static gboolean
tick_cb (gpointer user_data)
{
  refresh (user_data);
  return G_SOURCE_CONTINUE;
}

static void
cr_time_label_map (GtkWidget *widget)
{
  CrTimeLabel *self = CR_TIME_LABEL (widget);

  GTK_WIDGET_CLASS (cr_time_label_parent_class)->map (widget);
  refresh (self);
  self->timeout_id = g_timeout_add_seconds (20, tick_cb, self);
}

static void
cr_time_label_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&CR_TIME_LABEL (widget)->timeout_id, g_source_remove);
  GTK_WIDGET_CLASS (cr_time_label_parent_class)->unmap (widget);
}

static void
cr_time_label_finalize (GObject *object)
{
  CrTimeLabel *self = CR_TIME_LABEL (object);

  g_clear_handle_id (&self->timeout_id, g_source_remove);
  g_free (self->format);
  g_free (self->never);
  G_OBJECT_CLASS (cr_time_label_parent_class)->finalize (object);
}

static void
cr_time_label_class_init (CrTimeLabelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_time_label_finalize;
  GTK_WIDGET_CLASS (klass)->map = cr_time_label_map;
  GTK_WIDGET_CLASS (klass)->unmap = cr_time_label_unmap;
}

static void
cr_time_label_init (CrTimeLabel *self)
{
  self->label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->label, 0);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->label));
}

GtkWidget *
cr_time_label_new (void)
{
  return g_object_new (CR_TYPE_TIME_LABEL, NULL);
}

void
cr_time_label_set (CrTimeLabel *self, gint64 ms, const char *format, const char *never)
{
  g_return_if_fail (CR_IS_TIME_LABEL (self));

  self->ms = ms;
  g_free (self->format);
  self->format = g_strdup (format);
  g_free (self->never);
  self->never = g_strdup (never);
  refresh (self);
}

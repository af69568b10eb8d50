/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-curtain.h"

#include "app/cr-dialogs.h"

struct _CrCurtain
{
  GObject parent_instance;

  GtkWindow *window; /* (unowned) */
  GListModel *all;   /* (owned): every window of the program */
  GPtrArray *hidden; /* (owned): dialogs */
  gboolean is_drawn;
};

G_DEFINE_FINAL_TYPE (CrCurtain, cr_curtain, G_TYPE_OBJECT)

static void
look (CrCurtain *self, GtkWidget *dialog)
{
  if (!self->is_drawn || !gtk_widget_get_visible (dialog) ||
      !cr_dialogs_is_over (GTK_WINDOW (dialog), self->window))
    return;
  g_ptr_array_add (self->hidden, g_object_ref (dialog));
  gtk_widget_set_visible (dialog, FALSE);
}

static void
visible_cb (GtkWidget *dialog, GParamSpec *pspec, CrCurtain *self)
{
  look (self, dialog);
}

static void
windows_cb (GListModel *all, guint position, guint removed, guint added, CrCurtain *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (all, i);

      g_signal_connect_object (window, "notify::visible", G_CALLBACK (visible_cb), self, 0);
    }
}

static void
cr_curtain_finalize (GObject *object)
{
  CrCurtain *self = CR_CURTAIN (object);

  g_object_unref (self->all);
  g_ptr_array_unref (self->hidden);
  G_OBJECT_CLASS (cr_curtain_parent_class)->finalize (object);
}

static void
cr_curtain_class_init (CrCurtainClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_curtain_finalize;
}

static void
cr_curtain_init (CrCurtain *self)
{
  self->hidden = g_ptr_array_new_with_free_func (g_object_unref);
  self->all = g_object_ref (gtk_window_get_toplevels ());
  g_signal_connect_object (self->all, "items-changed", G_CALLBACK (windows_cb), self, 0);
}

CrCurtain *
cr_curtain_new (GtkWindow *window)
{
  CrCurtain *self = g_object_new (CR_TYPE_CURTAIN, NULL);

  self->window = window;
  return self;
}

void
cr_curtain_draw (CrCurtain *self)
{
  g_autoptr (GPtrArray) dialogs = cr_dialogs_list (self->window);

  self->is_drawn = TRUE;
  for (guint i = 0; i < dialogs->len; i++)
    look (self, dialogs->pdata[i]);
}

void
cr_curtain_open (CrCurtain *self)
{
  g_autoptr (GPtrArray) dialogs = cr_dialogs_list (self->window);

  self->is_drawn = FALSE;
  for (guint i = 0; i < self->hidden->len; i++)
    if (g_ptr_array_find (dialogs, self->hidden->pdata[i], NULL))
      gtk_widget_set_visible (self->hidden->pdata[i], TRUE);
  g_ptr_array_set_size (self->hidden, 0);
}

void
cr_curtain_clear (CrCurtain *self)
{
  g_autoptr (GPtrArray) dialogs = cr_dialogs_list (self->window);

  g_ptr_array_set_size (self->hidden, 0);
  for (guint i = 0; i < dialogs->len; i++)
    gtk_window_destroy (GTK_WINDOW (g_ptr_array_index (dialogs, i)));
}

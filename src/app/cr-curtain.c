/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-curtain.h"

struct _CrCurtain
{
  GObject parent_instance;

  GtkWindow *window; /* (unowned) */
  GListModel *all;   /* (owned): every window of the program */
  GPtrArray *hidden; /* (owned): dialogs */
  gboolean is_drawn;
};

G_DEFINE_FINAL_TYPE (CrCurtain, cr_curtain, G_TYPE_OBJECT)

static gboolean
is_over (CrCurtain *self, GtkWindow *dialog)
{
  GtkWindow *over = gtk_window_get_transient_for (dialog);

  while (over != NULL && over != self->window)
    over = gtk_window_get_transient_for (over);
  return over != NULL;
}

static GPtrArray *
list_dialogs (CrCurtain *self)
{
  GPtrArray *dialogs = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (self->all); i++)
    {
      g_autoptr (GtkWindow) dialog = g_list_model_get_item (self->all, i);

      if (is_over (self, dialog))
        g_ptr_array_add (dialogs, g_steal_pointer (&dialog));
    }
  return dialogs;
}

static void
look (CrCurtain *self, GtkWidget *dialog)
{
  if (!self->is_drawn || !gtk_widget_get_visible (dialog) || !is_over (self, GTK_WINDOW (dialog)))
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
  g_autoptr (GPtrArray) dialogs = list_dialogs (self);

  self->is_drawn = TRUE;
  for (guint i = 0; i < dialogs->len; i++)
    look (self, dialogs->pdata[i]);
}

void
cr_curtain_open (CrCurtain *self)
{
  g_autoptr (GPtrArray) dialogs = list_dialogs (self);

  self->is_drawn = FALSE;
  for (guint i = 0; i < self->hidden->len; i++)
    if (g_ptr_array_find (dialogs, self->hidden->pdata[i], NULL))
      gtk_widget_set_visible (self->hidden->pdata[i], TRUE);
  g_ptr_array_set_size (self->hidden, 0);
}

void
cr_curtain_clear (CrCurtain *self)
{
  g_autoptr (GPtrArray) dialogs = list_dialogs (self);

  g_ptr_array_set_size (self->hidden, 0);
  /* A dialog over another goes first: GTK lets it keep a parent that is freed. */
  for (guint i = dialogs->len; i > 0; i--)
    {
      gtk_window_destroy (GTK_WINDOW (g_ptr_array_index (dialogs, i - 1)));
      g_ptr_array_set_size (dialogs, (int) i - 1);
    }
}

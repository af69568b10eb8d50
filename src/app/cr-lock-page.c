/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-lock-page.h"

#include "app/cr-app-init.h"
#include "app/cr-problem.h"
#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"
#include "engine/cr-local-words.h"

struct _CrLockPage
{
  AdwBin parent_instance;

  GtkEditable *pass;
  GtkLabel *problem;
  GtkWidget *unlock;

  CrEngine *engine; /* (owned) (nullable): while it is shown */
};

G_DEFINE_FINAL_TYPE (CrLockPage, cr_lock_page, ADW_TYPE_BIN)

static guint unlocked_signal;

static void
tried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLockPage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = cr_engine_try_lock_finish (CR_ENGINE (source), result, &error);

  if (self->engine == NULL)
    return;
  gtk_widget_set_sensitive (self->unlock, TRUE);
  gtk_editable_set_text (self->pass, "");
  if (ok)
    {
      g_signal_emit (self, unlocked_signal, 0);
      return;
    }
  cr_problem_show (self->problem, cr_local_words (error->message), GTK_WIDGET (self->pass));
}

static void
unlock_cb (CrLockPage *self)
{
  if (self->engine == NULL || !gtk_widget_get_sensitive (self->unlock))
    return;
  gtk_widget_set_sensitive (self->unlock, FALSE);
  cr_problem_show (self->problem, NULL, NULL);
  cr_engine_try_lock_async (self->engine, CR_LOCK_DESK, gtk_editable_get_text (self->pass), NULL,
                            tried_cb, g_object_ref (self));
}

static void
cr_lock_page_dispose (GObject *object)
{
  CrLockPage *self = CR_LOCK_PAGE (object);

  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_lock_page_parent_class)->dispose (object);
}

static void
cr_lock_page_class_init (CrLockPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_lock_page_dispose;
  unlocked_signal = g_signal_new ("unlocked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-lock-page"));
  gtk_widget_class_bind_template_child (widget_class, CrLockPage, pass);
  gtk_widget_class_bind_template_child (widget_class, CrLockPage, problem);
  gtk_widget_class_bind_template_child (widget_class, CrLockPage, unlock);
  gtk_widget_class_bind_template_callback (widget_class, unlock_cb);
}

static void
cr_lock_page_init (CrLockPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
cr_lock_page_show (CrLockPage *self, CrEngine *engine)
{
  g_set_object (&self->engine, engine);
  gtk_editable_set_text (self->pass, "");
  cr_problem_show (self->problem, NULL, NULL);
  gtk_widget_set_sensitive (self->unlock, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->pass));
}

void
cr_lock_page_leave (CrLockPage *self)
{
  g_clear_object (&self->engine);
  gtk_editable_set_text (self->pass, "");
}

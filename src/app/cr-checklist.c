/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-checklist.h"

#include "app/cr-words.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrChecklist
{
  AdwBin parent_instance;

  GtkListBox *list; /* (unowned): the child */
  GtkWidget *next;  /* (unowned) (nullable): in the same template */
  guint timeout_id;
};

G_DEFINE_FINAL_TYPE (CrChecklist, cr_checklist, ADW_TYPE_BIN)

static GtkWidget *
add_row (CrChecklist *self, GtkWidget *mark, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), mark);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_append (self->list, row);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
  return row;
}

static gboolean
reveal_cb (gpointer user_data)
{
  CrChecklist *self = user_data;
  GtkWidget *last = gtk_widget_get_last_child (GTK_WIDGET (self->list));

  self->timeout_id = 0;
  if (self->next != NULL && gtk_widget_get_visible (self->next))
    gtk_widget_grab_focus (self->next);
  else if (last != NULL)
    gtk_widget_grab_focus (last);
  return G_SOURCE_REMOVE;
}

/* The form may be longer than the window: the focus takes what was found into sight, once it has
 * its place. */
static void
reveal (CrChecklist *self)
{
  if (self->timeout_id == 0)
    self->timeout_id = g_timeout_add (150, reveal_cb, self);
}

static GtkWidget *
mark_new (gboolean ok)
{
  GtkWidget *mark =
      gtk_image_new_from_icon_name (ok ? "object-select-symbolic" : "dialog-error-symbolic");

  gtk_widget_add_css_class (mark, ok ? "success" : "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (mark), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ok ? _ ("Passed") : _ ("Failed"), -1);
  return mark;
}

static void
add_finding (CrChecklist *self, const CrFinding *finding)
{
  const char *words = cr_words_check (finding->check);

  if (words == NULL)
    add_row (self, mark_new (finding->ok), cr_local_words (finding->message), NULL);
  else
    add_row (self, mark_new (finding->ok), words, cr_local_words (finding->message));
}

static void
cr_checklist_dispose (GObject *object)
{
  g_clear_handle_id (&CR_CHECKLIST (object)->timeout_id, g_source_remove);
  G_OBJECT_CLASS (cr_checklist_parent_class)->dispose (object);
}

static void
cr_checklist_class_init (CrChecklistClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_checklist_dispose;
}

static void
cr_checklist_init (CrChecklist *self)
{
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
cr_checklist_clear (CrChecklist *self)
{
  GtkListBoxRow *row;

  g_return_if_fail (CR_IS_CHECKLIST (self));

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
cr_checklist_start (CrChecklist *self)
{
  GtkWidget *spinner = gtk_spinner_new ();

  g_return_if_fail (CR_IS_CHECKLIST (self));

  cr_checklist_clear (self);
  gtk_spinner_start (GTK_SPINNER (spinner));
  add_row (self, spinner, _ ("Testing…"), NULL);
  reveal (self);
}

gboolean
cr_checklist_show (CrChecklist *self, GPtrArray *findings)
{
  gboolean is_fine = TRUE;

  g_return_val_if_fail (CR_IS_CHECKLIST (self), FALSE);

  cr_checklist_clear (self);
  for (guint i = 0; i < findings->len; i++)
    {
      const CrFinding *finding = findings->pdata[i];

      add_finding (self, finding);
      is_fine = is_fine && finding->ok;
    }
  reveal (self);
  return is_fine;
}

void
cr_checklist_show_error (CrChecklist *self, const GError *error)
{
  g_return_if_fail (CR_IS_CHECKLIST (self));

  cr_checklist_clear (self);
  add_row (self, mark_new (FALSE), _ ("The test could not be done"),
           cr_local_words (error->message));
  reveal (self);
}

void
cr_checklist_set_next (CrChecklist *self, GtkWidget *button)
{
  g_return_if_fail (CR_IS_CHECKLIST (self));

  self->next = button;
}

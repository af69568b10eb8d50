/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-catalog-dialog.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-list-keys.h"
#include "app/cr-row-name.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-catalog.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrCatalogDialog
{
  AdwWindow parent_instance;

  GtkButton *cancel;
  GtkButton *apply;
  GtkStack *stack;
  GtkLabel *busy_label;
  GtkProgressBar *progress;
  AdwStatusPage *failed;
  AdwStatusPage *same;
  GtkLabel *summary;
  GtkLabel *affected;
  GtkWidget *warning;
  GtkLabel *left_out;
  GtkListView *list;

  CrEngine *engine;          /* (owned) (nullable) */
  CrCatalogDiff *diff;       /* (owned) (nullable) */
  char *person;              /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  int permille;              /* set by the reading thread */
  guint pulse;               /* source id; 0: nothing is going on */
};

G_DEFINE_FINAL_TYPE (CrCatalogDialog, cr_catalog_dialog, ADW_TYPE_WINDOW)

/* Rows ----------------------------------------------------------------------------------------- */

static const struct
{
  const char *title;
  const char *icon;
} kinds[] = {
  [CR_CATALOG_NEW] = { N_ ("New"), "list-add-symbolic" },
  [CR_CATALOG_CHANGED] = { N_ ("Changed"), "document-edit-symbolic" },
  [CR_CATALOG_MOVED] = { N_ ("Moved"), "go-jump-symbolic" },
  [CR_CATALOG_GONE] = { N_ ("Gone"), "edit-delete-symbolic" },
  [CR_CATALOG_UNCHANGED] = { N_ ("Unchanged"), "object-select-symbolic" },
};

static char *
patients_words (guint n)
{
  g_autofree char *number = NULL;

  if (n == 0)
    return g_strdup ("");

  number = cr_words_number (n);
  return g_strdup_printf (ngettext ("%s patient connected", "%s patients connected", n), number);
}

/* What happens to it, in a line. */
static char *
describe (CrCatalogChange *change)
{
  g_autofree char *patients = patients_words (change->n_patients);
  g_autofree char *place = cr_source_dup_place (change->source);
  g_autofree char *what = NULL;

  switch (change->kind)
    {
    case CR_CATALOG_MOVED:
      what = g_strdup_printf (_ ("from %s to %s"), change->old_base, change->source->fhir_base_url);
      break;
    case CR_CATALOG_GONE:
      what = change->successor != NULL
               ? g_strdup_printf (_ ("%s took its place"), change->successor)
               : g_strdup (_ ("no longer in the list"));
      break;
    case CR_CATALOG_CHANGED:
      {
        g_auto (GStrv) fields = g_strsplit (change->fields, " ", -1);
        g_autofree char *list = g_strjoinv (", ", fields);

        what = g_strdup_printf (_ ("differs in: %s"), list);
      }
      break;
    case CR_CATALOG_NEW:
    case CR_CATALOG_UNCHANGED:
    default:
      what = g_strdup (change->source->fhir_base_url);
      break;
    }
  return cr_words_join (_ (kinds[change->kind].title), patients, place != NULL ? place : "", what,
                        NULL);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *about = cr_cell_dim_label_new ();

  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (box, "record-row");
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_box_append (GTK_BOX (box), gtk_image_new ());
  gtk_box_append (GTK_BOX (texts), cr_cell_label_new ());
  gtk_box_append (GTK_BOX (texts), about);
  gtk_box_append (GTK_BOX (box), texts);
  cr_row_name_watch (box);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  CrCatalogChange *change = gtk_list_item_get_item (item);
  GtkWidget *image = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *texts = gtk_widget_get_next_sibling (image);
  g_autofree char *about = describe (change);

  gtk_image_set_from_icon_name (GTK_IMAGE (image), kinds[change->kind].icon);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_first_child (texts)), change->source->name);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_last_child (texts)), about);
  cr_tip_set (texts, about);
}

/* The difference ------------------------------------------------------------------------------- */

static void
add_kind (GString *words, guint n, CrCatalogKind kind)
{
  g_autofree char *number = cr_words_number (n);

  g_string_append_printf (words, "%s%s: %s", words->len > 0 ? " · " : "", _ (kinds[kind].title),
                          number);
}

static char *
affected_words (CrCatalogDiff *diff)
{
  g_autofree char *number = cr_words_number (diff->n_patients);

  if (diff->n_patients == 0)
    return g_strdup (_ ("No connected patient is affected."));
  return g_strdup_printf (ngettext ("%s connected patient is affected by what moves or is gone.",
                                    "%s connected patients are affected by what moves or is gone.",
                                    diff->n_patients),
                          number);
}

static void
show_left_out (GtkLabel *label, CrCatalogDiff *diff)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *number = cr_words_number (diff->n_other_list);

  if (diff->n_unusable > 0)
    g_string_append_printf (text, _ ("Left out: %s."), cr_local_words (diff->unusable));
  if (diff->n_other_list > 0)
    g_string_append_printf (text, _ (" In another publisher’s list already: %s."), number);
  gtk_label_set_text (label, g_strstrip (text->str));
  gtk_widget_set_visible (GTK_WIDGET (label), text->str[0] != '\0');
}

static void
show_diff (CrCatalogDialog *self)
{
  CrCatalogDiff *diff = self->diff;
  g_autoptr (GString) summary = g_string_new (NULL);
  g_autofree char *affected = affected_words (diff);
  g_autofree char *number = cr_words_number (diff->n[CR_CATALOG_UNCHANGED]);
  g_autofree char *same = g_strdup_printf (
      ngettext ("The list “%s” has %s source, which is here as it is there.",
                "The list “%s” has %s sources, which are all here as they are there.",
                diff->n[CR_CATALOG_UNCHANGED]),
      diff->publisher, number);
  g_autoptr (GListStore) model = g_list_store_new (CR_TYPE_CATALOG_CHANGE);
  GtkSelectionModel *selection;

  for (int kind = CR_CATALOG_NEW; kind <= CR_CATALOG_UNCHANGED; kind++)
    add_kind (summary, diff->n[kind], (CrCatalogKind) kind);
  gtk_label_set_text (self->summary, summary->str);
  gtk_label_set_text (self->affected, affected);
  gtk_widget_set_visible (self->warning, cr_catalog_diff_is_drastic (diff));
  show_left_out (self->left_out, diff);
  g_list_store_splice (model, 0, 0, diff->changes->pdata, diff->changes->len);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (g_steal_pointer (&model))));
  gtk_list_view_set_model (self->list, selection);
  g_object_unref (selection);
  adw_status_page_set_description (self->same, same);
  gtk_widget_set_sensitive (GTK_WIDGET (self->apply), diff->changes->len > 0);
  gtk_stack_set_visible_child_name (self->stack, diff->changes->len > 0 ? "changes" : "same");
  if (diff->changes->len > 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->apply));
}

/* Work ----------------------------------------------------------------------------------------- */

static gboolean
pulse_cb (gpointer user_data)
{
  CrCatalogDialog *self = user_data;
  int permille = g_atomic_int_get (&self->permille);

  if (permille > 0)
    gtk_progress_bar_set_fraction (self->progress, permille / 1000.0);
  else
    gtk_progress_bar_pulse (self->progress);
  return G_SOURCE_CONTINUE;
}

static void
set_busy (CrCatalogDialog *self, const char *words)
{
  g_clear_handle_id (&self->pulse, g_source_remove);
  g_atomic_int_set (&self->permille, 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->apply), FALSE);
  if (words == NULL)
    return;

  gtk_label_set_text (self->busy_label, words);
  gtk_stack_set_visible_child_name (self->stack, "busy");
  self->pulse = g_timeout_add (100, pulse_cb, self);
}

static void
fail (CrCatalogDialog *self, const GError *error)
{
  g_autofree char *text = g_markup_escape_text (cr_local_words (error->message), -1);

  adw_status_page_set_description (self->failed, text);
  gtk_stack_set_visible_child_name (self->stack, "failed");
  gtk_button_set_label (self->cancel, _ ("_Close"));
}

static void
read_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrCatalogDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  self->diff = cr_engine_read_catalog_finish (CR_ENGINE (engine), result, &error);
  if (self->diff == NULL && cr_error_is_cancelled (error))
    return;

  set_busy (self, NULL);
  if (self->diff != NULL)
    show_diff (self);
  else
    fail (self, error);
}

static void
applied_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrCatalogDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrCatalogDiff) done =
      cr_engine_apply_catalog_finish (CR_ENGINE (engine), result, &error);

  if (done == NULL && cr_error_is_cancelled (error))
    return;

  set_busy (self, NULL);
  if (done == NULL)
    fail (self, error);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
apply_cb (GtkButton *button, CrCatalogDialog *self)
{
  set_busy (self, _ ("Storing the changes…"));
  cr_engine_apply_catalog_async (self->engine, self->diff, self->person, self->cancellable,
                                 applied_cb, g_object_ref (self));
}

static gboolean
close_cb (CrCatalogDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  return FALSE;
}

static void
cr_catalog_dialog_dispose (GObject *object)
{
  CrCatalogDialog *self = CR_CATALOG_DIALOG (object);

  g_clear_handle_id (&self->pulse, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_object (&self->diff);
  G_OBJECT_CLASS (cr_catalog_dialog_parent_class)->dispose (object);
}

static void
cr_catalog_dialog_finalize (GObject *object)
{
  CrCatalogDialog *self = CR_CATALOG_DIALOG (object);

  g_clear_object (&self->cancellable);
  g_free (self->person);
  G_OBJECT_CLASS (cr_catalog_dialog_parent_class)->finalize (object);
}

static void
cr_catalog_dialog_class_init (CrCatalogDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_catalog_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_catalog_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-catalog-dialog"));
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, cancel);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, apply);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, busy_label);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, progress);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, failed);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, same);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, summary);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, affected);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, warning);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, left_out);
  gtk_widget_class_bind_template_child (widget_class, CrCatalogDialog, list);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
cr_catalog_dialog_init (CrCatalogDialog *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  cr_list_keys_add (GTK_WIDGET (self->list));
  gtk_list_view_set_factory (self->list, factory);
  g_signal_connect (self, "close-request", G_CALLBACK (close_cb), NULL);
}

GtkWidget *
cr_catalog_dialog_new (GtkWindow *parent, CrEngine *engine, const char *path, const char *person)
{
  CrCatalogDialog *self = g_object_new (CR_TYPE_CATALOG_DIALOG, "transient-for", parent, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  set_busy (self, _ ("Reading the list…"));
  cr_engine_read_catalog_async (engine, file, NULL, &self->permille, self->cancellable, read_cb,
                                g_object_ref (self));
  return GTK_WIDGET (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-looks-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-dialogs.h"
#include "app/cr-list-keys.h"
#include "app/cr-look-note.h"
#include "app/cr-looks-sheet.h"
#include "app/cr-patient-line.h"
#include "app/cr-picker.h"
#include "app/cr-time-label.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

#define CHUNK 1000u
#define MINUTE_MS (60 * G_GINT64_CONSTANT (1000))

struct _CrLooksPage
{
  CrPage parent_instance;

  CrPatientLine *whose;
  GtkButton *print;
  GtkStack *stack;
  GtkListView *list;

  char *patient_id; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (CrLooksPage, cr_looks_page, CR_TYPE_PAGE)

static void
show_look (GtkWidget *cell, gpointer item)
{
  CrLook *look = item;
  guint n = (guint) ((look->last_ms - look->first_ms) / MINUTE_MS);
  g_autofree char *over =
      n == 0 ? g_strdup ("")
             : g_strdup_printf (ngettext ("over %u minute", "over %u minutes", n), n);
  g_autofree char *about = cr_words_join (cr_words_look (look->kind), over, NULL);
  g_autofree char *span = cr_words_span (look->first_ms, look->last_ms);

  cr_picker_set_cell (gtk_widget_get_first_child (cell), look->person, about);
  cr_tip_set (gtk_widget_get_first_child (cell), span);
  cr_time_label_set (CR_TIME_LABEL (gtk_widget_get_last_child (cell)), look->last_ms, NULL, NULL);
}

/* Paper ---------------------------------------------------------------------------------------- */

typedef struct
{
  CrLooksPage *page;   /* (owned) */
  CrLooksSheet *sheet; /* (owned) (nullable): what is known for it so far */
} Printing;

static void
printing_free (Printing *printing)
{
  gtk_widget_set_sensitive (GTK_WIDGET (printing->page->print), TRUE);
  g_clear_pointer (&printing->sheet, cr_looks_sheet_free);
  g_object_unref (printing->page);
  g_free (printing);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Printing, printing_free)

static void
say_failed (CrLooksPage *self, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (root != NULL && !cr_error_is_cancelled (error))
    cr_dialogs_say (GTK_WINDOW (root), _ ("The List Could Not Be Printed"),
                    cr_local_words (error->message));
}

static void
done_cb (GtkPrintOperation *operation, GtkPrintOperationResult result, CrLooksPage *self)
{
  if (result == GTK_PRINT_OPERATION_RESULT_APPLY)
    cr_look_note (GTK_WIDGET (self), cr_page_get_engine (CR_PAGE (self)), self->patient_id,
                  CR_LOOK_PRINT);
}

static void
print (Printing *printing)
{
  CrLooksPage *self = printing->page;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autoptr (GtkPrintOperation) operation = NULL;
  g_autoptr (GError) error = NULL;

  if (root == NULL)
    return;
  operation = cr_looks_sheet_operation_new (g_steal_pointer (&printing->sheet));
  gtk_print_operation_set_allow_async (operation, TRUE);
  g_signal_connect_object (operation, "done", G_CALLBACK (done_cb), self, 0);
  if (gtk_print_operation_run (operation, GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
                               GTK_WINDOW (root), &error) == GTK_PRINT_OPERATION_RESULT_ERROR)
    say_failed (self, error);
}

static void got_looks_cb (GObject *engine, GAsyncResult *result, gpointer user_data);

/* Takes @printing. */
static void
read_looks (CrEngine *engine, Printing *printing)
{
  CrLooksPage *self = printing->page;
  CrListFilter filter = { .kind = CR_LIST_LOOKS, .patient_id = self->patient_id };

  cr_engine_list_async (engine, &filter, printing->sheet->looks->len, CHUNK,
                        cr_page_get_cancellable (CR_PAGE (self)), got_looks_cb, printing);
}

static void
got_looks_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Printing) printing = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) looks = cr_engine_list_finish (CR_ENGINE (engine), result, &error);

  if (looks == NULL)
    {
      say_failed (printing->page, error);
      return;
    }
  for (guint i = 0; i < looks->len; i++)
    g_ptr_array_add (printing->sheet->looks, g_object_ref (looks->pdata[i]));
  if (looks->len == CHUNK)
    read_looks (CR_ENGINE (engine), g_steal_pointer (&printing));
  else
    print (printing);
}

static void
got_patient_cb (GObject *engine, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Printing) printing = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrPatient) patient = cr_engine_get_finish (CR_ENGINE (engine), result, &error);

  if (patient == NULL)
    {
      say_failed (printing->page, error);
      return;
    }
  printing->sheet->patient = g_strdup (cr_patient_get_title (patient));
  printing->sheet->about = cr_patient_line_about (patient);
  read_looks (CR_ENGINE (engine), g_steal_pointer (&printing));
}

static void
print_cb (GtkButton *button, CrLooksPage *self)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  Printing *printing = g_new (Printing, 1);

  *printing = (Printing){ g_object_ref (self), cr_looks_sheet_new () };
  printing->sheet->clinic = g_strdup (cr_engine_read_setting (engine, "clinic-name"));
  printing->sheet->now_ms = cr_words_now_ms ();
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  cr_engine_get_async (engine, CR_LIST_PATIENTS, self->patient_id,
                       cr_page_get_cancellable (CR_PAGE (self)), got_patient_cb, printing);
}

/* The page ------------------------------------------------------------------------------------- */

static void
choose_child (GListModel *model, guint position, guint removed, guint added, CrLooksPage *self)
{
  gboolean has_any = g_list_model_get_n_items (model) > 0;

  gtk_stack_set_visible_child_name (self->stack, has_any ? "list" : "empty");
  gtk_widget_set_visible (GTK_WIDGET (self->print), has_any);
}

static void
answered_cb (GListModel *model, CrLooksPage *self)
{
  choose_child (model, 0, 0, 0, self);
}

static void
cr_looks_page_finalize (GObject *object)
{
  g_free (CR_LOOKS_PAGE (object)->patient_id);
  G_OBJECT_CLASS (cr_looks_page_parent_class)->finalize (object);
}

static void
cr_looks_page_class_init (CrLooksPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = cr_looks_page_finalize;
  g_type_ensure (CR_TYPE_PATIENT_LINE);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-looks-page"));
  gtk_widget_class_bind_template_child (widget_class, CrLooksPage, whose);
  gtk_widget_class_bind_template_child (widget_class, CrLooksPage, print);
  gtk_widget_class_bind_template_child (widget_class, CrLooksPage, stack);
  gtk_widget_class_bind_template_child (widget_class, CrLooksPage, list);
  gtk_widget_class_bind_template_callback (widget_class, print_cb);
}

static void
cr_looks_page_init (CrLooksPage *self)
{
  g_autoptr (GtkListItemFactory) factory = cr_cell_factory_new (cr_picker_line_new, show_look);

  gtk_widget_init_template (GTK_WIDGET (self));
  cr_list_keys_add (GTK_WIDGET (self->list));
  gtk_list_view_set_factory (self->list, factory);
}

GtkWidget *
cr_looks_page_new (CrEngine *engine, const char *patient_id)
{
  CrLooksPage *self = g_object_new (CR_TYPE_LOOKS_PAGE, NULL);
  CrListFilter filter = { .kind = CR_LIST_LOOKS, .patient_id = patient_id };
  g_autoptr (GListModel) model = cr_engine_list_model (engine, &filter);
  g_autoptr (GtkSelectionModel) selection =
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (model)));

  self->patient_id = g_strdup (patient_id);
  cr_page_set_engine (CR_PAGE (self), engine);
  cr_page_set_title (CR_PAGE (self), _ ("Who Looked"));
  cr_patient_line_show (self->whose, engine, patient_id);
  g_signal_connect_object (model, "answered", G_CALLBACK (answered_cb), self, 0);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (choose_child), self, 0);
  gtk_list_view_set_model (self->list, selection);
  return GTK_WIDGET (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-activity-page.h"

#include "app/cr-app-init.h"
#include "app/cr-cells.h"
#include "app/cr-dialogs.h"
#include "app/cr-list-keys.h"
#include "app/cr-picker.h"
#include "app/cr-row-name.h"
#include "app/cr-time-label.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "base/cr-enum.h"
#include "engine/cr-engine-views.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>
#include <string.h>

struct _CrActivityPage
{
  CrPage parent_instance;

  AdwViewSwitcher *switcher;
  AdwViewStack *tabs;
  GtkBox *filters;
  GtkSearchEntry *search;
  GtkDropDown *kinds;
  GtkStack *audit_stack;
  GtkListView *audit;
  GtkStack *events_stack;
  GtkListView *events;
};

G_DEFINE_FINAL_TYPE (CrActivityPage, cr_activity_page, CR_TYPE_PAGE)

/* What stands before the dot of an action; NULL is all. */
static const struct
{
  const char *kind;
  const char *words;
} kinds[] = {
  { NULL, N_ ("Everything") },
  { "patient", N_ ("Patients") },
  { "session", N_ ("Connect links") },
  { "connection", N_ ("Connections") },
  { "hold", N_ ("Holds") },
  { "pull", N_ ("Pulls") },
  { "source", N_ ("Sources") },
  { "destination", N_ ("Destinations") },
  { "run", N_ ("Export runs") },
  { "webhook", N_ ("Webhooks") },
  { "setting", N_ ("Settings") },
  { "person", N_ ("People") },
  { "backup", N_ ("Backups") },
  { "api-key", N_ ("Keys of other programs") },
  { "keys", N_ ("Signing keys") },
  { "vendor", N_ ("Vendors’ client ids") },
  { "lock", N_ ("Locks") },
};

/* What is gone has no name any more. The path of a webhook's address may carry a key. */
static char *
say_object (CrAuditEntry *entry)
{
  if (g_strcmp0 (entry->action, "setting.change") == 0)
    return g_strdup (cr_words_setting (entry->object));
  if (entry->name != NULL && g_str_has_prefix (entry->action, "webhook.") &&
      strstr (entry->name, "://") != NULL)
    return cr_words_address (entry->name);
  if (entry->name != NULL)
    return g_strdup (entry->name);

  return g_strdup (entry->object != NULL ? entry->object : "");
}

static void
show_audit (GtkWidget *cell, gpointer item)
{
  CrAuditEntry *entry = item;
  g_autofree char *object = say_object (entry);
  g_autofree char *about =
      cr_words_join (entry->person != NULL ? entry->person : "", object != NULL ? object : "",
                     entry->detail != NULL ? cr_local_words (entry->detail) : "", NULL);

  cr_picker_set_cell (gtk_widget_get_first_child (cell), cr_words_audit (entry->action), about);
  cr_tip_set (gtk_widget_get_first_child (cell), entry->name != NULL ? entry->object : NULL);
  cr_time_label_set (CR_TIME_LABEL (gtk_widget_get_last_child (cell)), entry->at_ms, NULL, NULL);
}

static void
show_event (GtkWidget *cell, gpointer item)
{
  CrEvent *event = item;
  g_autofree char *about =
      cr_words_join (cr_enum_to_string (CR_TYPE_EVENT_TYPE, (int) event->type), event->id, NULL);

  cr_picker_set_cell (gtk_widget_get_first_child (cell), cr_words_event (event->type), about);
  cr_time_label_set (CR_TIME_LABEL (gtk_widget_get_last_child (cell)), event->created_ms, NULL,
                     NULL);
}

static void
choose_child (GListModel *model, guint position, guint removed, guint added, gpointer stack)
{
  gtk_stack_set_visible_child_name (GTK_STACK (stack),
                                    g_list_model_get_n_items (model) > 0 ? "list" : "empty");
}

static void
start_list (CrActivityPage *self, const CrListFilter *filter, GtkStack *stack, GtkListView *view)
{
  CrEngine *engine = cr_page_get_engine (CR_PAGE (self));
  g_autoptr (GListModel) model = cr_engine_list_model (engine, filter);
  g_autoptr (GtkSelectionModel) selection =
      GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (model)));

  g_signal_connect_object (model, "items-changed", G_CALLBACK (choose_child), stack, 0);
  choose_child (model, 0, 0, 0, stack);
  gtk_list_view_set_model (view, selection);
}

/* As people read it: “Retried” is there, and run.retry is not. @actions: (out) (nullable) */
static CrListFilter
audit_filter (CrActivityPage *self, char **actions)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));
  guint kind = gtk_drop_down_get_selected (self->kinds);

  *actions = text[0] != '\0' ? cr_words_find_audit (text) : NULL;
  return (CrListFilter){ .kind = CR_LIST_AUDIT,
                         .text = text[0] != '\0' ? text : NULL,
                         .actions = *actions,
                         .type = kind < G_N_ELEMENTS (kinds) ? kinds[kind].kind : NULL };
}

static void
list_audit (CrActivityPage *self)
{
  g_autofree char *actions = NULL;
  CrListFilter filter = audit_filter (self, &actions);

  if (cr_page_get_engine (CR_PAGE (self)) != NULL)
    start_list (self, &filter, self->audit_stack, self->audit);
}

static void
search_changed_cb (GtkSearchEntry *entry, CrActivityPage *self)
{
  list_audit (self);
}

static void
kind_cb (GtkDropDown *menu, GParamSpec *pspec, CrActivityPage *self)
{
  list_audit (self);
}

/* Saving --------------------------------------------------------------------------------------- */

typedef struct
{
  CrActivityPage *page; /* (owned) */
  char *path;           /* (owned) */
} Save;

static void
save_free (Save *save)
{
  g_object_unref (save->page);
  g_free (save->path);
  g_free (save);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Save, save_free)

static void
say_failed (Save *save, const GError *error)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (save->page));

  if (root != NULL)
    cr_dialogs_say (GTK_WINDOW (root), _ ("The Table Could Not Be Saved"),
                    cr_local_words (error->message));
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Save) save = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    say_failed (save, error);
  else
    gtk_widget_activate_action (GTK_WIDGET (save->page), "win.say", "s", _ ("Table saved"));
}

static void
got_table_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Save) save = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) table = cr_engine_save_audit_finish (CR_ENGINE (source), result, &error);
  g_autoptr (GFile) file = g_file_new_for_path (save->path);

  if (table == NULL)
    say_failed (save, error);
  else
    g_file_replace_contents_bytes_async (file, table, NULL, FALSE,
                                         G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION,
                                         NULL, written_cb, g_steal_pointer (&save));
}

static void
save_to (const char *path, gpointer user_data)
{
  CrActivityPage *self = user_data;
  g_autofree char *actions = NULL;
  CrListFilter filter = audit_filter (self, &actions);
  Save *save = g_new (Save, 1);

  *save = (Save){ g_object_ref (self), g_strdup (path) };
  cr_engine_save_audit_async (cr_page_get_engine (CR_PAGE (self)), &filter,
                              cr_page_get_cancellable (CR_PAGE (self)), got_table_cb, save);
}

static void
save_clicked_cb (GtkButton *button, CrActivityPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  cr_dialogs_save_path (GTK_WINDOW (root), _ ("Save the Table"), "activity.csv", save_to,
                        g_object_ref (self), g_object_unref);
}

static gboolean
cr_activity_page_search (CrPage *page)
{
  CrActivityPage *self = CR_ACTIVITY_PAGE (page);

  adw_view_stack_set_visible_child_name (self->tabs, "audit");
  return gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
cr_activity_page_class_init (CrActivityPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  CR_PAGE_CLASS (klass)->search = cr_activity_page_search;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-activity-page"));
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, switcher);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, tabs);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, filters);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, search);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, kinds);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, audit_stack);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, audit);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, events_stack);
  gtk_widget_class_bind_template_child (widget_class, CrActivityPage, events);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, kind_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_clicked_cb);
}

static void
fill_kinds (CrActivityPage *self)
{
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    gtk_string_list_append (names, _ (kinds[i].words));
  gtk_drop_down_set_model (self->kinds, G_LIST_MODEL (names));
}

static void
cr_activity_page_init (CrActivityPage *self)
{
  g_autoptr (GtkListItemFactory) audit = cr_cell_factory_new (cr_picker_line_new, show_audit);
  g_autoptr (GtkListItemFactory) events = cr_cell_factory_new (cr_picker_line_new, show_event);

  gtk_widget_init_template (GTK_WIDGET (self));
  fill_kinds (self);
  cr_page_bind_switcher (CR_PAGE (self), self->switcher);
  cr_page_bind_header (CR_PAGE (self), GTK_ORIENTABLE (self->filters));
  cr_row_name_drop_down (self->kinds, _ ("What about"));
  cr_list_keys_add (GTK_WIDGET (self->audit));
  cr_list_keys_add (GTK_WIDGET (self->events));
  gtk_list_view_set_factory (self->audit, audit);
  gtk_list_view_set_factory (self->events, events);
}

GtkWidget *
cr_activity_page_new (CrEngine *engine)
{
  CrActivityPage *self = g_object_new (CR_TYPE_ACTIVITY_PAGE, NULL);

  cr_page_set_engine (CR_PAGE (self), engine);
  list_audit (self);
  start_list (self, &(CrListFilter){ .kind = CR_LIST_EVENTS }, self->events_stack, self->events);
  return GTK_WIDGET (self);
}

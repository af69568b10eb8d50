/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-window.h"

#include "app/cr-actions.h"
#include "app/cr-admin-banner.h"
#include "app/cr-admin-page.h"
#include "app/cr-app-init.h"
#include "app/cr-badges.h"
#include "app/cr-banner.h"
#include "app/cr-desk.h"
#include "app/cr-health-banners.h"
#include "app/cr-leftovers.h"
#include "app/cr-lock-page.h"
#include "app/cr-opening.h"
#include "app/cr-outage-banner.h"
#include "app/cr-remedy.h"
#include "app/cr-sections.h"
#include "app/cr-settings.h"
#include "app/cr-sidebar.h"
#include "app/cr-split.h"
#include "app/cr-title.h"
#include "app/cr-toast.h"
#include "app/cr-wrap.h"
#include "base/cr-error.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

struct _CrWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwHeaderBar *header;
  AdwHeaderBar *lock_bar;
  GtkButton *back;
  GtkMenuButton *sections_menu;
  GtkToggleButton *search;
  AdwWindowTitle *title;
  GtkLabel *title_line;
  GtkButton *connect;
  GtkButton *connect_small;
  CrBanner *sandbox_banner;
  CrBanner *keyring_banner;
  CrBanner *storage_banner;
  CrBanner *clock_banner;
  CrBanner *outage_banner;
  CrBanner *admin_banner;
  GtkStack *outer;
  AdwStatusPage *trouble;
  GtkWidget *retry;
  GtkWidget *restore;
  GtkMenuButton *person;
  CrLockPage *lock;
  CrSplit *split;
  GtkListBox *sidebar;
  GtkStack *pages;

  char *folder; /* (owned) (nullable) */
  gboolean is_sandbox;
  gboolean keeps_running;
  gboolean wants_samples;
  gboolean is_opening;
  gboolean is_closing;
  gboolean is_restarting;
  CrDesk *desk;              /* (owned) */
  CrEngine *engine;          /* (owned) (nullable) */
  CrBadges *badges;          /* (owned) (nullable) */
  CrOutageBanner *outages;   /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  GPtrArray *trail;          /* (owned): of CrPage (unowned), the section first */
  GBinding *search_binding;  /* (unowned) (nullable) */
  gboolean is_selecting;
  int section; /* -1: none */
};

G_DEFINE_FINAL_TYPE (CrWindow, cr_window, ADW_TYPE_APPLICATION_WINDOW)

static guint opened_signal;
static guint ready_signal;

static void
show_title (CrWindow *self)
{
  cr_title_show (self->title, self->title_line, cr_window_get_page (self), self->is_sandbox);
}

/* A narrow header has room for four and a name: the way back is enough of the way elsewhere, and
 * connecting is in the menu too. */
static void
show_buttons (CrWindow *self)
{
  gboolean is_narrow = cr_split_get_collapsed (self->split);
  gboolean is_open = self->engine != NULL;
  gboolean is_detail = self->trail->len > 1;
  gboolean has_search = gtk_widget_get_visible (GTK_WIDGET (self->search));

  gtk_widget_set_visible (GTK_WIDGET (self->sections_menu), is_narrow && is_open && !is_detail);
  gtk_widget_set_visible (GTK_WIDGET (self->connect), !is_narrow && is_open);
  gtk_widget_set_visible (GTK_WIDGET (self->connect_small),
                          is_narrow && is_open && !has_search && !is_detail);
}

static void
show_searchable (CrWindow *self)
{
  CrPage *page = cr_window_get_page (self);
  gboolean is_searchable = FALSE;

  if (page != NULL)
    g_object_get (page, "searchable", &is_searchable, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->search), is_searchable);
  show_buttons (self);
}

static void
page_title_cb (CrPage *page, GParamSpec *pspec, CrWindow *self)
{
  show_title (self);
}

static void
page_searchable_cb (CrPage *page, GParamSpec *pspec, CrWindow *self)
{
  show_searchable (self);
}

/* Whoever is on duty has the page before them. */
static void
note_look (CrWindow *self)
{
  CrPage *page = cr_window_get_page (self);

  if (page != NULL && cr_window_get_engine (self) != NULL)
    cr_page_note_look (page);
}

static void
show_top (CrWindow *self)
{
  CrPage *page = cr_window_get_page (self);

  g_clear_pointer (&self->search_binding, g_binding_unbind);
  gtk_widget_set_visible (GTK_WIDGET (self->back), self->trail->len > 1);
  show_title (self);
  show_searchable (self);
  if (page == NULL)
    return;
  gtk_stack_set_visible_child (self->pages, GTK_WIDGET (page));
  cr_split_try_again (self->split);
  self->search_binding = g_object_bind_property (page, "search-mode", self->search, "active",
                                                 G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
  cr_admin_banner_look (self->admin_banner, self);
  note_look (self);
}

static void
drop_top (CrWindow *self)
{
  CrPage *page = cr_window_get_page (self);

  g_clear_pointer (&self->search_binding, g_binding_unbind);
  g_signal_handlers_disconnect_by_data (page, self);
  g_ptr_array_set_size (self->trail, (int) self->trail->len - 1);
  cr_leftovers_add (GTK_WIDGET (page));
}

static void
collapsed_cb (CrWindow *self)
{
  gboolean is_narrow = cr_split_get_collapsed (self->split);

  show_buttons (self);
  cr_desk_set_narrow (self->desk, is_narrow);
  for (guint i = 0; i < self->trail->len; i++)
    cr_page_set_narrow (self->trail->pdata[i], is_narrow);
  show_title (self);
}

static void
section_selected_cb (GtkListBox *box, GtkListBoxRow *row, CrWindow *self)
{
  /* Where the focus comes to the row it is selected once more. */
  if (row != NULL && !self->is_selecting && gtk_list_box_row_get_index (row) != self->section)
    cr_window_show_section (self, cr_sections[gtk_list_box_row_get_index (row)].name);
}

/* From row to row Tab would open one section after another: it leaves them, the arrows do that. */
static gboolean
sidebar_key_cb (GtkEventControllerKey *keys,
                guint key,
                guint code,
                GdkModifierType modifiers,
                CrWindow *self)
{
  if (key == GDK_KEY_Tab)
    return gtk_widget_child_focus (GTK_WIDGET (self->pages), GTK_DIR_TAB_FORWARD);
  if (key == GDK_KEY_ISO_Left_Tab)
    return gtk_widget_child_focus (GTK_WIDGET (self->header), GTK_DIR_TAB_BACKWARD);
  return FALSE;
}

/* A second press on the section that is open goes back to its top. */
static void
section_activated_cb (GtkListBox *box, GtkListBoxRow *row, CrWindow *self)
{
  while (self->trail->len > 1)
    cr_window_go_back (self);
}

static void
badges_cb (CrBadges *badges, CrWindow *self)
{
  cr_sidebar_show_badges (self->sidebar, badges);
}

static void
samples_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  cr_banner_show (self->sandbox_banner, "applications-science-symbolic",
                  _ ("Sandbox – made-up people, nothing here is real"), NULL, NULL);
  if (cr_engine_start_sandbox_finish (CR_ENGINE (source), result, &error))
    cr_window_say (self, _ ("The sample patients are ready"));
  else
    cr_window_say_error (self, _ ("The sample patients could not be set up"), error);
}

void
cr_window_start_samples (CrWindow *self)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  self->wants_samples = TRUE;
  if (self->engine == NULL)
    return;
  self->wants_samples = FALSE;
  cr_banner_show (self->sandbox_banner, "applications-science-symbolic",
                  _ ("Sandbox – setting up the sample patients…"), NULL, NULL);
  cr_engine_start_sandbox_async (self->engine, cr_desk_get_person (self->desk), self->cancellable,
                                 samples_cb, g_object_ref (self));
}

/* A sandbox that was set up once needs its portal again. */
static void
sources_counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;

  if (cr_engine_count_finish (CR_ENGINE (source), result, NULL) > 0 && !self->is_closing)
    cr_window_start_samples (self);
}

static void
closed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_close_finish (CR_ENGINE (source), result, &error))
    g_warning ("The engine did not close well: %s", error->message);
  g_clear_object (&self->engine);
  if (self->is_restarting && !self->is_closing)
    cr_window_open (self);
  else
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
close_engine (CrWindow *self)
{
  while (self->trail->len > 0)
    drop_top (self);
  cr_leftovers_flush ();
  if (self->badges != NULL)
    g_object_run_dispose (G_OBJECT (self->badges));
  g_clear_object (&self->badges);
  g_clear_pointer (&self->outages, cr_outage_banner_free);
  cr_desk_set_engine (self->desk, NULL);
  cr_engine_close_async (self->engine, closed_cb, g_object_ref (self));
}

/* A backup was restored: the engine closes, which puts it in place, and what was restored is opened
 * like at the start. */
static void
restart_cb (CrEngine *engine, CrWindow *self)
{
  if (self->is_closing || self->is_restarting)
    return;
  self->is_restarting = TRUE;
  cr_desk_close_dialogs (self->desk);
  self->section = -1;
  close_engine (self);
  gtk_stack_set_visible_child_name (self->outer, "loading");
}

static void
say_ready (CrWindow *self)
{
  if (cr_window_get_engine (self) != NULL)
    g_signal_emit (self, ready_signal, 0);
}

static void
show_engine (CrWindow *self)
{
  self->is_restarting = FALSE;
  g_signal_connect_object (self->engine, "restart", G_CALLBACK (restart_cb), self, 0);
  self->badges = cr_badges_new (self->engine);
  self->outages = cr_outage_banner_new (self->outage_banner, self->engine);
  g_signal_connect_object (self->badges, "changed", G_CALLBACK (badges_cb), self, 0);
  g_signal_emit (self, opened_signal, 0, self->engine);
  gtk_stack_set_visible_child_name (self->outer, "main");
  cr_window_show_section (self, cr_sections[0].name);
  cr_desk_set_engine (self->desk, self->engine);
  collapsed_cb (self);
  cr_health_banners_show (self->engine, self->keyring_banner, self->storage_banner,
                          self->clock_banner);
  if (self->wants_samples)
    cr_window_start_samples (self);
  else if (self->is_sandbox)
    cr_engine_count_async (self->engine, &(CrListFilter){ .kind = CR_LIST_SOURCES },
                           self->cancellable, sources_counted_cb, g_object_ref (self));
  say_ready (self);
}

static void
show_lock (CrWindow *self)
{
  gboolean is_locked = cr_desk_is_locked (self->desk);

  gtk_widget_set_visible (GTK_WIDGET (self->header), !is_locked);
  gtk_widget_set_visible (GTK_WIDGET (self->split), !is_locked);
  gtk_widget_set_visible (GTK_WIDGET (self->lock_bar), is_locked);
  gtk_stack_set_visible_child_name (self->outer, is_locked ? "locked" : "main");
  cr_toast_set_held (self->toasts, is_locked);
  if (is_locked)
    cr_lock_page_show (self->lock, self->engine);
  else
    cr_lock_page_leave (self->lock);
  if (!is_locked)
    note_look (self);
  say_ready (self);
}

/* What is shown of them goes or comes. */
static void
show_admin (CrWindow *self)
{
  gboolean is_admin = cr_desk_is_admin (self->desk);
  gboolean is_behind = self->trail->len > 0 && CR_IS_ADMIN_PAGE (self->trail->pdata[0]);

  cr_actions_set_admin (self, is_admin);
  if (self->section >= 0 && cr_sections[self->section].is_admin && is_admin == is_behind)
    cr_window_show_section (self, cr_sections[self->section].name);
  cr_admin_banner_look (self->admin_banner, self);
  say_ready (self);
}

/* What is damaged is as damaged at the next try. */
static void
show_trouble (CrWindow *self, const GError *error)
{
  g_autofree char *text =
      g_strdup_printf ("%s\n\n%s", cr_local_words (error->message), cr_opening_advise (error));
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  gboolean is_damaged = g_error_matches (error, CR_ERROR, CR_ERROR_CORRUPT);

  adw_status_page_set_description (self->trouble, escaped);
  cr_remedy_suggest (self->restore, is_damaged);
  cr_remedy_suggest (self->retry, !is_damaged);
  gtk_stack_set_visible_child_name (self->outer, "trouble");
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  self->is_opening = FALSE;
  self->engine = cr_opening_run_finish (result, &error);
  if (self->is_closing && self->engine != NULL)
    close_engine (self);
  else if (self->is_closing)
    gtk_window_destroy (GTK_WINDOW (self));
  else if (self->engine != NULL)
    show_engine (self);
  else
    show_trouble (self, error);
}

void
cr_window_open (CrWindow *self)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  if (self->engine != NULL || self->is_opening)
    return;
  self->is_opening = TRUE;
  gtk_stack_set_visible_child_name (self->outer, "loading");
  cr_opening_run_async (self->folder, self->is_sandbox, self->cancellable, opened_cb,
                        g_object_ref (self));
}

/* The window goes at once, the engine finishes its step; only then is the window no more. */
static gboolean
cr_window_close_request (GtkWindow *window)
{
  CrWindow *self = CR_WINDOW (window);

  if (!self->is_closing)
    cr_settings_save_size (window);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  if (self->keeps_running || self->is_closing)
    return TRUE;

  self->is_closing = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->is_opening || self->is_restarting)
    return TRUE;
  if (self->engine == NULL)
    return FALSE;
  close_engine (self);
  return TRUE;
}

static void
cr_window_dispose (GObject *object)
{
  CrWindow *self = CR_WINDOW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->search_binding, g_binding_unbind);
  if (self->badges != NULL)
    g_object_run_dispose (G_OBJECT (self->badges));
  g_clear_object (&self->badges);
  g_clear_pointer (&self->outages, cr_outage_banner_free);
  if (self->desk != NULL)
    g_object_run_dispose (G_OBJECT (self->desk));
  g_clear_object (&self->desk);
  G_OBJECT_CLASS (cr_window_parent_class)->dispose (object);
}

static void
cr_window_finalize (GObject *object)
{
  CrWindow *self = CR_WINDOW (object);

  g_clear_object (&self->engine);
  g_clear_object (&self->cancellable);
  g_ptr_array_unref (self->trail);
  g_free (self->folder);
  G_OBJECT_CLASS (cr_window_parent_class)->finalize (object);
}

static void
cr_window_class_init (CrWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = cr_window_close_request;
  opened_signal = g_signal_new ("opened", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, CR_TYPE_ENGINE);
  ready_signal = g_signal_new ("ready", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
  g_type_ensure (CR_TYPE_BANNER);
  g_type_ensure (CR_TYPE_LOCK_PAGE);
  g_type_ensure (CR_TYPE_SPLIT);
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-window"));
  gtk_widget_class_bind_template_child (widget_class, CrWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, header);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, lock_bar);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, back);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, sections_menu);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, search);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, title);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, title_line);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, connect);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, connect_small);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, sandbox_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, keyring_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, storage_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, clock_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, outage_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, admin_banner);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, outer);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, trouble);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, retry);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, restore);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, person);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, lock);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, split);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, CrWindow, pages);
  gtk_widget_class_bind_template_callback (widget_class, section_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, section_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, sidebar_key_cb);
}

static void
cr_window_init (CrWindow *self)
{
  self->cancellable = g_cancellable_new ();
  self->trail = g_ptr_array_new ();
  self->section = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  cr_sidebar_fill (self->sidebar, self->sections_menu);
  cr_actions_add (self);
  cr_admin_banner_watch (self->admin_banner);
  self->desk = cr_desk_new (GTK_WINDOW (self), self->person);
  g_signal_connect_swapped (self->desk, "person", G_CALLBACK (note_look), self);
  g_signal_connect_swapped (self->desk, "locked", G_CALLBACK (show_lock), self);
  g_signal_connect_swapped (self->desk, "admin", G_CALLBACK (show_admin), self);
  g_signal_connect_swapped (self->lock, "unlocked", G_CALLBACK (cr_desk_unlock), self->desk);
  cr_settings_restore_size (GTK_WINDOW (self));
  g_signal_connect_swapped (self->split, "notify::collapsed", G_CALLBACK (collapsed_cb), self);
}

GtkWidget *
cr_window_new (GtkApplication *application, const char *folder, gboolean is_sandbox)
{
  CrWindow *self = g_object_new (CR_TYPE_WINDOW, "application", application, NULL);

  self->folder = g_strdup (folder);
  self->is_sandbox = is_sandbox;
  if (is_sandbox)
    cr_banner_show (self->sandbox_banner, "applications-science-symbolic",
                    _ ("Sandbox – made-up people, nothing here is real"), NULL, NULL);
  return GTK_WIDGET (self);
}

void
cr_window_set_keeps_running (CrWindow *self, gboolean keeps_running)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  self->keeps_running = keeps_running;
}

gboolean
cr_window_get_keeps_running (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return self->keeps_running && !self->is_closing;
}

CrEngine *
cr_window_get_engine (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  return self->is_closing || cr_desk_is_locked (self->desk) ? NULL : self->engine;
}

char *
cr_window_dup_folder (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  return self->folder != NULL ? g_strdup (self->folder)
                              : cr_workspace_default_folder (self->is_sandbox);
}

gboolean
cr_window_is_closing (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return self->is_closing;
}

gboolean
cr_window_is_in_trouble (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return self->engine == NULL && !self->is_opening && !self->is_closing;
}

gboolean
cr_window_is_admin (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return cr_desk_is_admin (self->desk);
}

gboolean
cr_window_may_go_on (CrWindow *self, const char *action)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return self->engine != NULL && g_action_group_get_action_enabled (G_ACTION_GROUP (self), action);
}

gboolean
cr_window_is_sandbox (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), FALSE);

  return self->is_sandbox;
}

const char *
cr_window_get_person (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  return cr_desk_get_person (self->desk);
}

GCancellable *
cr_window_get_cancellable (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  return self->cancellable;
}

void
cr_window_show_section (CrWindow *self, const char *name)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  for (guint i = 0; i < cr_n_sections; i++)
    {
      GtkWidget *page;

      if (cr_window_get_engine (self) == NULL || !g_str_equal (cr_sections[i].name, name))
        continue;
      while (self->trail->len > 0)
        drop_top (self);
      page = cr_sections[i].is_admin && !cr_desk_is_admin (self->desk)
               ? cr_admin_page_new (self->engine)
               : cr_sections[i].make (self->engine);
      cr_page_set_title (CR_PAGE (page), _ (cr_sections[i].title));
      cr_window_push (self, page);
      self->section = (int) i;
      self->is_selecting = TRUE;
      gtk_list_box_select_row (self->sidebar,
                               gtk_list_box_get_row_at_index (self->sidebar, (int) i));
      self->is_selecting = FALSE;
    }
}

void
cr_window_push (CrWindow *self, GtkWidget *page)
{
  g_return_if_fail (CR_IS_WINDOW (self));
  g_return_if_fail (CR_IS_PAGE (page));

  cr_wrap_bound (page);
  g_ptr_array_add (self->trail, page);
  gtk_stack_add_child (self->pages, page);
  cr_page_set_narrow (CR_PAGE (page), cr_split_get_collapsed (self->split));
  g_signal_connect (page, "notify::title", G_CALLBACK (page_title_cb), self);
  g_signal_connect (page, "notify::searchable", G_CALLBACK (page_searchable_cb), self);
  show_top (self);
}

void
cr_window_go_back (CrWindow *self)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  if (self->trail->len < 2)
    return;
  drop_top (self);
  show_top (self);
}

CrPage *
cr_window_get_page (CrWindow *self)
{
  g_return_val_if_fail (CR_IS_WINDOW (self), NULL);

  return self->trail->len == 0 ? NULL : self->trail->pdata[self->trail->len - 1];
}

void
cr_window_add_toast (CrWindow *self, AdwToast *toast)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  cr_toast_add (self->toasts, toast);
}

void
cr_window_unsay (CrWindow *self, const char *id)
{
  g_return_if_fail (CR_IS_WINDOW (self));

  cr_toast_dismiss (self->toasts, id);
}

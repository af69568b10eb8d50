/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-desk.h"

#include "app/cr-admin-dialogs.h"
#include "app/cr-admin-gate.h"
#include "app/cr-curtain.h"
#include "app/cr-dialogs.h"
#include "app/cr-idle.h"
#include "app/cr-tip.h"
#include "app/cr-window.h"
#include "base/cr-error.h"
#include "engine/cr-engine-desk.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

/* What was opened for admins stays open so long without a touch. */
#define ADMIN_MINUTES 5
/* As much of a name as the header shows. */
#define NAME_CHARS 16

struct _CrDesk
{
  GObject parent_instance;

  GtkWindow *window;         /* (unowned): owns this */
  GtkMenuButton *button;     /* (unowned) */
  GtkWidget *label;          /* (unowned) */
  CrEngine *engine;          /* (owned) (nullable) */
  char *person;              /* (owned) */
  GMenu *names;              /* (owned): who can be on duty, in the button's menu */
  GMenu *admin;              /* (owned): what opens the admins' sections, there too */
  char *shown_names;         /* (owned) (nullable) */
  const char *shown_verb;    /* static (nullable) */
  CrIdle *idle;              /* (owned) */
  CrCurtain *curtain;        /* (owned): over the dialogs, while it is locked */
  GCancellable *cancellable; /* (owned) */
  gboolean is_locked;
  gboolean is_open;  /* what is for admins */
  gboolean had_lock; /* in front of it, before the last change */
};

G_DEFINE_FINAL_TYPE (CrDesk, cr_desk, G_TYPE_OBJECT)

static guint person_signal;
static guint locked_signal;
static guint admin_signal;

/* Until somebody takes over, the user of this session is on duty. */
static char *
find_person (void)
{
  const char *real = g_get_real_name ();

  return g_strdup (
      real == NULL || real[0] == '\0' || g_str_equal (real, "Unknown") ? g_get_user_name () : real);
}

/* The person ----------------------------------------------------------------------------------- */

static char *
join_names (GPtrArray *people)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; people != NULL && i < people->len; i++)
    g_string_append_printf (names, "%s\n", (const char *) g_ptr_array_index (people, i));
  return g_string_free (names, FALSE);
}

static void
show_names (CrDesk *self)
{
  g_autoptr (GPtrArray) people = self->engine != NULL ? cr_engine_dup_people (self->engine) : NULL;
  char *shown = join_names (people);

  if (g_strcmp0 (shown, self->shown_names) == 0)
    {
      g_free (shown);
      return;
    }

  g_free (self->shown_names);
  self->shown_names = shown;
  g_menu_remove_all (self->names);
  for (guint i = 0; people != NULL && i < people->len; i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (g_ptr_array_index (people, i), NULL);

      g_menu_item_set_action_and_target (item, "win.take-duty", "s", g_ptr_array_index (people, i));
      g_menu_append_item (self->names, item);
    }
}

/* In place, and only what is not so yet: it may be open, and another menu would close it. */
static void
fill_menu (CrDesk *self)
{
  gboolean has_lock = self->engine != NULL && cr_engine_has_lock (self->engine, CR_LOCK_ADMIN);
  const char *verb = !has_lock     ? NULL
                   : self->is_open ? _ ("_Close Admin Sections")
                                   : _ ("_Open Admin Sections…");

  show_names (self);
  if (g_strcmp0 (verb, self->shown_verb) == 0)
    return;
  self->shown_verb = verb;
  g_menu_remove_all (self->admin);
  if (verb != NULL)
    g_menu_append (self->admin, verb, self->is_open ? "win.close-admin" : "win.open-admin");
}

static void
make_menu (CrDesk *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) rest = g_menu_new ();

  g_menu_append (rest, _ ("_Somebody Else…"), "win.other-person");
  g_menu_append (rest, _ ("_Lock"), "win.lock");
  g_menu_append_section (menu, _ ("On Duty"), G_MENU_MODEL (self->names));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (rest));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (self->admin));
  gtk_menu_button_set_menu_model (self->button, G_MENU_MODEL (menu));
}

static void
show_person (CrDesk *self)
{
  GActionMap *map = G_ACTION_MAP (self->window);
  g_autofree char *words = g_strdup_printf (_ ("On duty: %s"), self->person);
  gboolean is_long = g_utf8_strlen (self->person, -1) > NAME_CHARS;

  gtk_label_set_text (GTK_LABEL (self->label), self->person);
  /* A long title takes all that the header could spare: of a name only “…” was left. */
  gtk_label_set_ellipsize (GTK_LABEL (self->label),
                           is_long ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_label_set_width_chars (GTK_LABEL (self->label), is_long ? NAME_CHARS : -1);
  cr_tip_set (GTK_WIDGET (self->button), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  words, -1);
  g_simple_action_set_state (G_SIMPLE_ACTION (g_action_map_lookup_action (map, "take-duty")),
                             g_variant_new_string (self->person));
  g_signal_emit (self, person_signal, 0);
}

static void
set_person (CrDesk *self, const char *name)
{
  if (g_strcmp0 (self->person, name) == 0)
    return;
  g_free (self->person);
  self->person = g_strdup (name);
  show_person (self);
}

/* With what was open for an admin: the next person at the desk may be somebody else. */
static void
close_admin (CrDesk *self)
{
  gboolean was_open = self->is_open;

  self->is_open = FALSE;
  if (!cr_desk_is_admin (self))
    cr_admin_dialogs_close (self->window, was_open);
  if (!was_open)
    return;
  fill_menu (self);
  g_signal_emit (self, admin_signal, 0);
}

typedef struct
{
  CrDesk *desk; /* (owned) */
  char *name;   /* (owned) */
} Taking;

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  g_object_unref (taking->desk);
  g_free (taking->name);
  g_free (taking);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Taking, taking_free)

static void
taken_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Taking) taking = user_data;
  g_autoptr (GError) error = NULL;

  if (cr_engine_people_finish (CR_ENGINE (source), result, &error))
    {
      set_person (taking->desk, taking->name);
      close_admin (taking->desk);
    }
  else if (!cr_error_is_cancelled (error) && taking->desk->engine != NULL)
    cr_dialogs_say (taking->desk->window, _ ("The Person Could Not Be Changed"),
                    cr_local_words (error->message));
}

static Taking *
taking_new (CrDesk *self, const char *name)
{
  Taking *taking = g_new (Taking, 1);

  *taking = (Taking){ g_object_ref (self), g_strdup (name) };
  return taking;
}

static void
take_duty (CrDesk *self, const char *name)
{
  cr_engine_take_duty_async (self->engine, name, self->person, NULL, taken_cb,
                             taking_new (self, name));
}

static void
take_duty_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrDesk *self = user_data;
  const char *name = g_variant_get_string (parameter, NULL);

  if (self->engine != NULL && !self->is_locked && g_strcmp0 (name, self->person) != 0)
    take_duty (self, name);
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Taking) taking = user_data;
  g_autoptr (GError) error = NULL;

  /* Who is in the list already just takes over. */
  if (taking->desk->engine == NULL)
    return;
  if (cr_engine_people_finish (CR_ENGINE (source), result, &error) ||
      g_error_matches (error, CR_ERROR, CR_ERROR_CONFLICT))
    take_duty (taking->desk, taking->name);
  else if (!cr_error_is_cancelled (error))
    cr_dialogs_say (taking->desk->window, _ ("The Person Could Not Be Added"),
                    cr_local_words (error->message));
}

static void
named_cb (const char *text, gpointer user_data)
{
  CrDesk *self = user_data;
  g_autofree char *name = g_strstrip (g_strdup (text));

  if (self->engine != NULL && name[0] != '\0')
    cr_engine_add_person_async (self->engine, name, self->person, NULL, added_cb,
                                taking_new (self, name));
}

static void
other_person_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrDesk *self = user_data;

  if (self->engine != NULL && !self->is_locked)
    cr_dialogs_ask_text (self->window, _ ("Who Is on Duty?"),
                         _ ("The name stands on everything that is done from now on, in Activity."),
                         _ ("Name"), _ ("_Take Over"), FALSE, named_cb, g_object_ref (self),
                         g_object_unref);
}

static void
switch_person_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrDesk *self = user_data;

  if (self->engine != NULL && !self->is_locked)
    gtk_menu_button_popup (self->button);
}

/* The lock ------------------------------------------------------------------------------------- */

static void
lock (CrDesk *self)
{
  if (self->is_locked || self->engine == NULL || !cr_engine_has_lock (self->engine, CR_LOCK_DESK))
    return;
  self->is_locked = TRUE;
  close_admin (self);
  gtk_menu_button_popdown (self->button);
  cr_curtain_draw (self->curtain);
  g_signal_emit (self, locked_signal, 0);
}

void
cr_desk_unlock (CrDesk *self)
{
  g_return_if_fail (CR_IS_DESK (self));

  if (!self->is_locked)
    return;
  self->is_locked = FALSE;
  cr_idle_touch (self->idle);
  g_signal_emit (self, locked_signal, 0);
  cr_curtain_open (self->curtain);
}

static void
lock_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrDesk *self = user_data;

  if (self->engine == NULL || self->is_locked)
    return;
  if (cr_engine_has_lock (self->engine, CR_LOCK_DESK))
    lock (self);
  else
    cr_dialogs_say (self->window, _ ("Nothing Would Open It Again"),
                    _ ("Set what unlocks this window first, in Preferences under Shared Desk."));
}

static guint
minutes_of (CrDesk *self)
{
  const char *text =
      self->engine != NULL ? cr_engine_read_setting (self->engine, "lock-minutes") : NULL;

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;
}

static void
idle_cb (CrIdle *idle, guint minutes, gpointer user_data)
{
  CrDesk *self = user_data;
  guint wanted = minutes_of (self);

  if (minutes >= ADMIN_MINUTES)
    close_admin (self);
  if (wanted > 0 && minutes >= wanted)
    lock (self);
}

/* What is for admins --------------------------------------------------------------------------- */

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDesk) self = user_data;
  g_autoptr (GError) error = NULL;

  /* Whoever was asked may have left: the lock closed it again. */
  if (self->engine == NULL || self->is_locked)
    return;
  if (cr_admin_gate_ask_finish (result, &error))
    {
      self->is_open = TRUE;
      fill_menu (self);
      g_signal_emit (self, admin_signal, 0);
    }
  else if (!cr_error_is_cancelled (error))
    cr_dialogs_say (self->window, _ ("Not Opened"), cr_local_words (error->message));
}

static void
open_admin_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  CrDesk *self = user_data;

  if (self->engine != NULL && !self->is_locked && !self->is_open)
    cr_admin_gate_ask_async (self->engine, self->window, self->cancellable, opened_cb,
                             g_object_ref (self));
}

static void
close_admin_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  close_admin (user_data);
}

/* The type ------------------------------------------------------------------------------------- */

static void
cr_desk_dispose (GObject *object)
{
  CrDesk *self = CR_DESK (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->idle, cr_idle_free);
  g_clear_object (&self->curtain);
  G_OBJECT_CLASS (cr_desk_parent_class)->dispose (object);
}

static void
cr_desk_finalize (GObject *object)
{
  CrDesk *self = CR_DESK (object);

  g_object_unref (self->cancellable);
  g_object_unref (self->names);
  g_object_unref (self->admin);
  g_free (self->shown_names);
  g_free (self->person);
  G_OBJECT_CLASS (cr_desk_parent_class)->finalize (object);
}

static void
cr_desk_class_init (CrDeskClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_desk_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_desk_finalize;
  person_signal =
      g_signal_new ("person", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  locked_signal =
      g_signal_new ("locked", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  admin_signal =
      g_signal_new ("admin", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
cr_desk_init (CrDesk *self)
{
  self->cancellable = g_cancellable_new ();
  self->person = find_person ();
  self->names = g_menu_new ();
  self->admin = g_menu_new ();
}

CrDesk *
cr_desk_new (GtkWindow *window, GtkMenuButton *button)
{
  static const GActionEntry entries[] = {
    { "take-duty", take_duty_cb, "s", "''", NULL, { 0 } },
    { "other-person", other_person_cb, NULL, NULL, NULL, { 0 } },
    { "switch-person", switch_person_cb, NULL, NULL, NULL, { 0 } },
    { "lock", lock_cb, NULL, NULL, NULL, { 0 } },
    { "open-admin", open_admin_cb, NULL, NULL, NULL, { 0 } },
    { "close-admin", close_admin_cb, NULL, NULL, NULL, { 0 } },
  };
  CrDesk *self = g_object_new (CR_TYPE_DESK, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->window = window;
  self->button = button;
  self->label = gtk_label_new (NULL);
  gtk_label_set_max_width_chars (GTK_LABEL (self->label), NAME_CHARS);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("avatar-default-symbolic"));
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_menu_button_set_child (button, box);
  g_action_map_add_action_entries (G_ACTION_MAP (window), entries, G_N_ELEMENTS (entries), self);
  self->curtain = cr_curtain_new (window);
  self->idle = cr_idle_new (idle_cb, self);
  make_menu (self);
  show_person (self);
  return self;
}

/* A lock that comes is in front of what is open already, for whoever set it as well. */
static void
shut_admin (CrDesk *self)
{
  gboolean has_lock = cr_engine_has_lock (self->engine, CR_LOCK_ADMIN);
  gboolean is_new = has_lock && !self->had_lock;

  self->had_lock = has_lock;
  if (!is_new || self->is_open)
    return;
  cr_admin_dialogs_close (self->window, TRUE);
  cr_window_say (CR_WINDOW (self->window),
                 _ ("The admin sections are closed from now on: the passphrase opens them"));
}

static void
changed_cb (CrEngine *engine, CrChangeKind kind, const char *id, const char *patient, CrDesk *self)
{
  if (kind != CR_CHANGE_SETTING || engine != self->engine)
    return;
  shut_admin (self);
  fill_menu (self);
  g_signal_emit (self, admin_signal, 0);
}

void
cr_desk_set_engine (CrDesk *self, CrEngine *engine)
{
  g_return_if_fail (CR_IS_DESK (self));

  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_set_object (&self->engine, engine);
  self->is_open = FALSE;
  gtk_widget_set_visible (GTK_WIDGET (self->button), engine != NULL);
  if (engine == NULL)
    {
      /* What is opened next has a lock of its own, or none; what the lock hid goes unseen. */
      if (self->is_locked)
        cr_curtain_clear (self->curtain);
      cr_desk_unlock (self);
      return;
    }
  self->had_lock = cr_engine_has_lock (engine, CR_LOCK_ADMIN);
  g_signal_connect_object (engine, "changed", G_CALLBACK (changed_cb), self, 0);
  if (cr_engine_get_duty (engine) != NULL)
    set_person (self, cr_engine_get_duty (engine));
  fill_menu (self);
  /* Who starts the program has not shown yet who they are. */
  lock (self);
}

void
cr_desk_close_dialogs (CrDesk *self)
{
  g_return_if_fail (CR_IS_DESK (self));

  cr_curtain_clear (self->curtain);
}

const char *
cr_desk_get_person (CrDesk *self)
{
  return self->person;
}

gboolean
cr_desk_is_locked (CrDesk *self)
{
  return self->is_locked;
}

gboolean
cr_desk_is_admin (CrDesk *self)
{
  return self->is_open || self->engine == NULL || !cr_engine_has_lock (self->engine, CR_LOCK_ADMIN);
}

void
cr_desk_set_narrow (CrDesk *self, gboolean is_narrow)
{
  gtk_widget_set_visible (self->label, !is_narrow);
}

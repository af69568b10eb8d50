/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-desk-group.h"

#include "app/cr-app-init.h"
#include "app/cr-dialogs.h"
#include "app/cr-tip.h"
#include "app/cr-toast.h"
#include "base/cr-error.h"
#include "base/cr-secret.h"
#include "engine/cr-engine-desk.h"
#include "engine/cr-local-words.h"

#include <glib/gi18n.h>

/* In the order of the rows; 0: never. */
static const guint choices[] = { 0, 1, 2, 5, 10, 30 };

struct _CrDeskGroup
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow *desk_row;
  GtkButton *desk_set;
  GtkWidget *desk_remove;
  AdwComboRow *minutes;
  AdwActionRow *admin_row;
  GtkButton *admin_set;
  GtkWidget *admin_remove;
  GtkListBox *people;

  CrEngine *engine; /* (owned) (nullable) */
  char *person;     /* (owned) (nullable) */
  gboolean is_admin;
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (CrDeskGroup, cr_desk_group, ADW_TYPE_PREFERENCES_GROUP)

static GtkWindow *
window_of (CrDeskGroup *self)
{
  return GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
}

static void
complain (CrDeskGroup *self, const char *heading, const GError *error)
{
  if (!cr_error_is_cancelled (error) && self->engine != NULL)
    cr_dialogs_say (window_of (self), heading, cr_local_words (error->message));
}

/* Locks ---------------------------------------------------------------------------------------- */

static void
set_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDeskGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_lock_finish (CR_ENGINE (source), result, &error))
    complain (self, _ ("The Lock Could Not Be Changed"), error);
}

static void
set_lock (CrDeskGroup *self, CrLockKind kind, const char *pass)
{
  if (self->engine != NULL)
    cr_engine_set_lock_async (self->engine, kind, pass, self->person, NULL, set_cb,
                              g_object_ref (self));
}

/* Typed unseen, so it is typed twice. */
typedef struct
{
  CrDeskGroup *group; /* (owned) */
  CrLockKind kind;
  char *first; /* (owned) (nullable): wiped */
} Typing;

static void
typing_free (gpointer data)
{
  Typing *typing = data;

  g_object_unref (typing->group);
  cr_secret_free (typing->first);
  g_free (typing);
}

static void typed_cb (const char *text, gpointer user_data);

static void
ask (CrDeskGroup *self, CrLockKind kind, const char *first)
{
  Typing *typing = g_new (Typing, 1);
  const char *body =
      kind == CR_LOCK_DESK
          ? _ ("At least 4 characters. Who forgets it can take the lock away in a terminal: "
               "chartroomctl lock remove desk")
          : _ ("It opens Sources, Destinations, Webhooks and some of the preferences. At least 4 "
               "characters. Where the system knows administrators, they open them too.");

  *typing = (Typing){ g_object_ref (self), kind, g_strdup (first) };
  cr_dialogs_ask_text (
      window_of (self),
      kind == CR_LOCK_DESK ? _ ("What Unlocks the Window") : _ ("Admin Passphrase"),
      first == NULL ? body : _ ("Once more, so that it is what you think it is."),
      first == NULL ? _ ("PIN or passphrase") : _ ("The same again"),
      first == NULL ? _ ("_Next") : _ ("_Set"), TRUE, typed_cb, typing, typing_free);
}

static void
typed_cb (const char *text, gpointer user_data)
{
  Typing *typing = user_data;

  if (typing->first == NULL)
    ask (typing->group, typing->kind, text);
  else if (g_str_equal (typing->first, text))
    set_lock (typing->group, typing->kind, text);
  else
    cr_dialogs_say (window_of (typing->group), _ ("Not the Same"),
                    _ ("The two differ. Nothing was changed."));
}

static void
set_desk_cb (CrDeskGroup *self)
{
  ask (self, CR_LOCK_DESK, NULL);
}

static void
set_admin_cb (CrDeskGroup *self)
{
  ask (self, CR_LOCK_ADMIN, NULL);
}

static void
take_desk_lock (gpointer user_data)
{
  set_lock (user_data, CR_LOCK_DESK, NULL);
}

static void
take_admin_lock (gpointer user_data)
{
  set_lock (user_data, CR_LOCK_ADMIN, NULL);
}

/* Nobody but who set it can put it back: a hash is all that is kept. */
static void
remove_desk_cb (CrDeskGroup *self)
{
  cr_dialogs_confirm (
      window_of (self), _ ("Remove the Lock of the Window?"),
      _ ("The window cannot be locked any more, nor locks itself: whoever is at this desk sees the "
         "patients and acts in the name of the person on duty. The PIN or passphrase is forgotten; "
         "a new one can be set."),
      _ ("_Remove"), take_desk_lock, g_object_ref (self), g_object_unref);
}

static void
remove_admin_cb (CrDeskGroup *self)
{
  cr_dialogs_confirm (
      window_of (self), _ ("Remove the Admin Passphrase?"),
      _ ("Everybody at this desk can then change where records come from and go to, restore a "
         "backup and let other programs in. The passphrase is forgotten; a new one can be set."),
      _ ("_Remove"), take_admin_lock, g_object_ref (self), g_object_unref);
}

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDeskGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_set_setting_finish (CR_ENGINE (source), result, &error))
    complain (self, _ ("The Setting Could Not Be Kept"), error);
}

static void
minutes_cb (CrDeskGroup *self)
{
  guint n = choices[MIN (adw_combo_row_get_selected (self->minutes), G_N_ELEMENTS (choices) - 1)];
  g_autofree char *text = g_strdup_printf ("%u", n);

  if (!self->is_filling && self->engine != NULL)
    cr_engine_set_setting_async (self->engine, "lock-minutes", text, self->person, NULL, kept_cb,
                                 g_object_ref (self));
}

/* People --------------------------------------------------------------------------------------- */

typedef struct
{
  CrDeskGroup *group; /* (owned) */
  char *name;         /* (owned) */
} Person;

static Person *
person_new (CrDeskGroup *self, const char *name)
{
  Person *person = g_new (Person, 1);

  *person = (Person){ g_object_ref (self), g_strdup (name) };
  return person;
}

static void
person_free (Person *person)
{
  g_object_unref (person->group);
  g_free (person->name);
  g_free (person);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Person, person_free)

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrDeskGroup) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!cr_engine_people_finish (CR_ENGINE (source), result, &error))
    complain (self, _ ("The Person Could Not Be Put Back"), error);
}

static void
undo_cb (AdwToast *toast, Person *person)
{
  CrDeskGroup *self = person->group;

  if (self->engine != NULL)
    cr_engine_add_person_async (self->engine, person->name, self->person, NULL, added_cb,
                                g_object_ref (self));
}

/* The name is all there is of a person; what was done in it keeps it. */
static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Person) person = user_data;
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (person->group), ADW_TYPE_TOAST_OVERLAY);
  g_autofree char *words = g_strdup_printf (_ ("%s is not on the list any more"), person->name);
  g_autoptr (GError) error = NULL;
  AdwToast *toast;

  if (!cr_engine_people_finish (CR_ENGINE (source), result, &error))
    complain (person->group, _ ("The Person Could Not Be Removed"), error);
  else if (overlay != NULL)
    {
      toast = cr_toast_new_with_button (words, _ ("_Undo"), NULL, NULL);
      g_signal_connect_data (toast, "button-clicked", G_CALLBACK (undo_cb),
                             person_new (person->group, person->name), (GClosureNotify) person_free,
                             0);
      cr_toast_add (ADW_TOAST_OVERLAY (overlay), toast);
    }
}

static void
remove_person_cb (GtkButton *button, CrDeskGroup *self)
{
  const char *name = g_object_get_data (G_OBJECT (button), "name");

  cr_engine_remove_person_async (self->engine, name, self->person, NULL, removed_cb,
                                 person_new (self, name));
}

static GtkWidget *
make_person (CrDeskGroup *self, const char *name)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *label = g_strdup_printf (_ ("Remove %s from the list"), name);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  cr_tip_set (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_object_set_data_full (G_OBJECT (button), "name", g_strdup (name), g_free);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_person_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  return row;
}

static void
fill_people (CrDeskGroup *self)
{
  g_autoptr (GPtrArray) people = cr_engine_dup_people (self->engine);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->people))) != NULL)
    gtk_list_box_remove (self->people, row);
  for (guint i = 0; i < people->len; i++)
    gtk_list_box_append (self->people, make_person (self, g_ptr_array_index (people, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->people), people->len > 0);
}

/* All of it ------------------------------------------------------------------------------------ */

static void
show_lock (AdwActionRow *row,
           GtkButton *set,
           const char *name,
           GtkWidget *remove,
           gboolean is_set,
           const char *none)
{
  adw_action_row_set_subtitle (row, is_set ? _ ("Set") : none);
  gtk_button_set_label (set, is_set ? _ ("_Change…") : _ ("_Set…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (set), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_widget_set_visible (remove, is_set);
}

static void
fill (CrDeskGroup *self)
{
  gboolean has_desk = cr_engine_has_lock (self->engine, CR_LOCK_DESK);
  gboolean has_admin = cr_engine_has_lock (self->engine, CR_LOCK_ADMIN);
  const char *text = cr_engine_read_setting (self->engine, "lock-minutes");
  guint minutes = text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;

  show_lock (self->desk_row, self->desk_set,
             has_desk ? _ ("Change what unlocks the window") : _ ("Set what unlocks the window"),
             self->desk_remove, has_desk, _ ("Not set: the window cannot be locked"));
  show_lock (self->admin_row, self->admin_set,
             has_admin ? _ ("Change the admin passphrase") : _ ("Set the admin passphrase"),
             self->admin_remove, has_admin,
             _ ("Not set: everybody here may change where records come from and go to"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->minutes), has_desk && self->is_admin);
  self->is_filling = TRUE;
  for (guint i = G_N_ELEMENTS (choices); i > 0; i--)
    if (minutes <= choices[i - 1])
      adw_combo_row_set_selected (self->minutes, i - 1);
  self->is_filling = FALSE;
  fill_people (self);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrDeskGroup *self)
{
  if (kind == CR_CHANGE_SETTING)
    fill (self);
}

static void
cr_desk_group_dispose (GObject *object)
{
  CrDeskGroup *self = CR_DESK_GROUP (object);

  g_clear_object (&self->engine);
  G_OBJECT_CLASS (cr_desk_group_parent_class)->dispose (object);
}

static void
cr_desk_group_finalize (GObject *object)
{
  CrDeskGroup *self = CR_DESK_GROUP (object);

  g_free (self->person);
  G_OBJECT_CLASS (cr_desk_group_parent_class)->finalize (object);
}

static void
cr_desk_group_class_init (CrDeskGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = cr_desk_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_desk_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, CR_UI ("cr-desk-group"));
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, desk_row);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, desk_set);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, desk_remove);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, minutes);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, admin_row);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, admin_set);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, admin_remove);
  gtk_widget_class_bind_template_child (widget_class, CrDeskGroup, people);
  gtk_widget_class_bind_template_callback (widget_class, set_desk_cb);
  gtk_widget_class_bind_template_callback (widget_class, set_admin_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_desk_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_admin_cb);
}

static void
cr_desk_group_init (CrDeskGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->minutes, "notify::selected", G_CALLBACK (minutes_cb), self);
}

void
cr_desk_group_set_engine (CrDeskGroup *self,
                          CrEngine *engine,
                          const char *person,
                          gboolean is_admin)
{
  g_return_if_fail (CR_IS_DESK_GROUP (self));
  g_return_if_fail (self->engine == NULL);

  self->engine = g_object_ref (engine);
  self->person = g_strdup (person);
  self->is_admin = is_admin;
  gtk_widget_set_sensitive (GTK_WIDGET (self->admin_row), is_admin);
  gtk_widget_set_sensitive (GTK_WIDGET (self->desk_row), is_admin);
  g_signal_connect_object (engine, "changed", G_CALLBACK (changed_cb), self, 0);
  fill (self);
}

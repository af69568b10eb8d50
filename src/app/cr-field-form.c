/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-field-form.h"

#include "app/cr-dialogs.h"
#include "app/cr-entry-rows.h"
#include "app/cr-rows.h"
#include "app/cr-tip.h"

#include <glib/gi18n.h>

struct _CrFieldForm
{
  AdwBin parent_instance;

  AdwPreferencesGroup *group;    /* (unowned) (nullable): the child */
  const CrDestinationKind *kind; /* (unowned) (nullable): static */
  GPtrArray *rows;               /* (owned): the widget of each field, in its order */
  gboolean keeps_secrets;
};

G_DEFINE_FINAL_TYPE (CrFieldForm, cr_field_form, ADW_TYPE_BIN)

static guint changed_signal;

static const char *
get_value (CrFieldForm *self, guint i)
{
  const CrField *field = &self->kind->fields[i];
  GtkWidget *row = self->rows->pdata[i];

  if (field->kind == CR_FIELD_CHOICE)
    return field->choices[adw_combo_row_get_selected (ADW_COMBO_ROW (row))];
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

/* What stands in the rows: field name → text. Nothing depends on a secret, so none is copied. */
static GHashTable *
dup_values (CrFieldForm *self)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  for (guint i = 0; i < self->rows->len; i++)
    if (self->kind->fields[i].kind != CR_FIELD_SECRET)
      g_hash_table_insert (values, (gpointer) self->kind->fields[i].name,
                           g_strdup (get_value (self, i)));
  return values;
}

/* In a line of its own: the titles of the rows have no room for it. */
static void
say_optional (CrFieldForm *self)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GString) words = g_string_new (NULL);
  gboolean has_secret = FALSE;

  for (guint i = 0; i < self->rows->len; i++)
    {
      const CrField *field = &self->kind->fields[i];

      has_secret |= field->kind == CR_FIELD_SECRET;
      if (!field->is_required && field->kind != CR_FIELD_CHOICE &&
          gtk_widget_get_visible (self->rows->pdata[i]))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", _ (field->label));
    }
  if (names->len > 0)
    g_string_append_printf (words, _ ("May stay empty: %s."), names->str);
  if (self->keeps_secrets && has_secret)
    g_string_append_printf (words, "%s%s", words->len > 0 ? " " : "",
                            _ ("A secret that is left empty stays as it was."));
  adw_preferences_group_set_description (self->group, words->len > 0 ? words->str : NULL);
}

static void
show_needed (CrFieldForm *self)
{
  g_autoptr (GHashTable) values = dup_values (self);

  for (guint i = 0; i < self->rows->len; i++)
    gtk_widget_set_visible (self->rows->pdata[i],
                            cr_engine_field_is_needed (&self->kind->fields[i], values));
  say_optional (self);
}

static void
row_changed_cb (CrFieldForm *self)
{
  show_needed (self);
  g_signal_emit (self, changed_signal, 0);
}

static void
chosen_cb (const char *path, gpointer user_data)
{
  gtk_editable_set_text (GTK_EDITABLE (user_data), path);
}

static void
choose_cb (GtkButton *button, gpointer row)
{
  gboolean is_folder = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "cr-is-folder"));
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (button));

  cr_dialogs_choose_path (GTK_WINDOW (root), is_folder,
                          is_folder ? _ ("Choose a Folder") : _ ("Choose a File"), chosen_cb,
                          g_object_ref (row), g_object_unref);
}

static GtkWidget *
path_row_new (gboolean is_folder)
{
  GtkWidget *row = adw_entry_row_new ();
  GtkWidget *button = cr_row_icon_button_new ("document-open-symbolic", _ ("Choose…"));

  g_object_set_data (G_OBJECT (row), "cr-is-folder", GINT_TO_POINTER (is_folder));
  g_signal_connect (button, "clicked", G_CALLBACK (choose_cb), row);
  adw_entry_row_add_suffix (ADW_ENTRY_ROW (row), button);
  return row;
}

/* The names of choices are those of the command line; a form says them in words. */
static const char *
say_choice (const char *choice)
{
  static const struct
  {
    const char *name;
    const char *words;
  } words[] = {
    { "none", N_ ("None") },
    { "bearer", N_ ("Fixed token") },
    { "oauth2", N_ ("OAuth 2 client") },
    { "namespaced", N_ ("Our own, per source") },
    { "source", N_ ("As at the source") },
    { "basic", N_ ("In the header") },
    { "post", N_ ("In the form") },
    { "ndjson", N_ ("NDJSON") },
    { "gzip", N_ ("NDJSON, gzip") },
    { "zip", N_ ("NDJSON, zip") },
    { "run", N_ ("By run") },
    { "patient", N_ ("By patient") },
    { "path", N_ ("In the path") },
    { "virtual", N_ ("In the host name") },
    { "keep", N_ ("Stay there") },
    { "send", N_ ("Withdraw there too") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].name, choice) == 0)
      return _ (words[i].words);
  return choice;
}

static GtkWidget *
choice_row_new (const CrField *field)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) model = gtk_string_list_new (NULL);

  for (guint i = 0; field->choices[i] != NULL; i++)
    gtk_string_list_append (model, say_choice (field->choices[i]));
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (model));
  cr_tip_tell_choices (row);
  if (field->hint != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ (field->hint));
  return row;
}

static GtkWidget *
row_new (const CrField *field)
{
  switch (field->kind)
    {
    case CR_FIELD_TEXT:
    case CR_FIELD_URL:
      return adw_entry_row_new ();
    case CR_FIELD_SECRET:
      return adw_password_entry_row_new ();
    case CR_FIELD_CHOICE:
      return choice_row_new (field);
    case CR_FIELD_FILE:
      return path_row_new (FALSE);
    case CR_FIELD_FOLDER:
      return path_row_new (TRUE);
    default:
      g_assert_not_reached ();
    }
}

static void
add_row (CrFieldForm *self, const CrField *field)
{
  GtkWidget *row = row_new (field);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (field->label));
  if (field->hint != NULL)
    cr_tip_set (row, _ (field->hint));
  g_signal_connect_object (row, field->kind == CR_FIELD_CHOICE ? "notify::selected" : "changed",
                           G_CALLBACK (row_changed_cb), self, G_CONNECT_SWAPPED);
  cr_entry_rows_name (row);
  g_ptr_array_add (self->rows, row);
  adw_preferences_group_add (self->group, row);
}

static void
set_value (CrFieldForm *self, guint i, const char *value)
{
  const CrField *field = &self->kind->fields[i];

  if (field->kind != CR_FIELD_CHOICE)
    {
      gtk_editable_set_text (GTK_EDITABLE (self->rows->pdata[i]), value);
      return;
    }
  for (guint n = 0; field->choices[n] != NULL; n++)
    if (g_strcmp0 (field->choices[n], value) == 0)
      adw_combo_row_set_selected (ADW_COMBO_ROW (self->rows->pdata[i]), n);
}

static void
cr_field_form_finalize (GObject *object)
{
  g_clear_pointer (&CR_FIELD_FORM (object)->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (cr_field_form_parent_class)->finalize (object);
}

static void
cr_field_form_class_init (CrFieldFormClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = cr_field_form_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
cr_field_form_init (CrFieldForm *self)
{
  self->rows = g_ptr_array_new ();
}

void
cr_field_form_set_kind (CrFieldForm *self, const CrDestinationKind *kind)
{
  g_return_if_fail (CR_IS_FIELD_FORM (self));

  g_ptr_array_set_size (self->rows, 0);
  self->kind = kind;
  self->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->group));
  for (guint i = 0; i < kind->n_fields; i++)
    add_row (self, &kind->fields[i]);
  for (guint i = 0; i < kind->n_fields; i++)
    if (kind->fields[i].fallback != NULL)
      set_value (self, i, kind->fields[i].fallback);
  show_needed (self);
}

void
cr_field_form_set_values (CrFieldForm *self, GHashTable *settings)
{
  g_return_if_fail (CR_IS_FIELD_FORM (self));

  for (guint i = 0; i < self->rows->len; i++)
    {
      const char *value = g_hash_table_lookup (settings, self->kind->fields[i].name);

      if (value != NULL)
        set_value (self, i, value);
    }
  show_needed (self);
}

void
cr_field_form_keep_secrets (CrFieldForm *self)
{
  g_return_if_fail (CR_IS_FIELD_FORM (self));

  self->keeps_secrets = TRUE;
  show_needed (self);
}

gboolean
cr_field_form_read (CrFieldForm *self,
                    GHashTable *settings,
                    GHashTable *secrets,
                    const char **missing)
{
  g_autoptr (GHashTable) values = NULL;

  g_return_val_if_fail (CR_IS_FIELD_FORM (self), FALSE);

  values = dup_values (self);
  for (guint i = 0; i < self->rows->len; i++)
    {
      const CrField *field = &self->kind->fields[i];
      gboolean is_secret = field->kind == CR_FIELD_SECRET;
      g_autofree char *value = NULL;

      if (!cr_engine_field_is_needed (field, values))
        continue;
      value =
          is_secret ? g_strdup (get_value (self, i)) : g_strstrip (g_strdup (get_value (self, i)));
      if (value[0] == '\0' && field->is_required && !(is_secret && self->keeps_secrets))
        {
          *missing = field->label;
          return FALSE;
        }
      if (value[0] != '\0')
        g_hash_table_insert (is_secret ? secrets : settings, g_strdup (field->name),
                             g_steal_pointer (&value));
    }
  return TRUE;
}

GtkWidget *
cr_field_form_get_row (CrFieldForm *self, const char *label)
{
  g_return_val_if_fail (CR_IS_FIELD_FORM (self), NULL);

  for (guint i = 0; i < self->rows->len; i++)
    if (g_str_equal (self->kind->fields[i].label, label))
      return self->rows->pdata[i];
  return NULL;
}

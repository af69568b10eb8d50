/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-rows.h"

#include "app/cr-tip.h"
#include "app/cr-wrap.h"
#include "base/cr-turn.h"

#define KEY "cr-row-key"
#define REST "cr-rows-rest"
/* For how long rows are made in one turn of the main loop. */
#define TURN_US 4000

static GHashTable *
collect_rows (GtkListBox *box)
{
  GHashTable *rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (box, i)) != NULL; i++)
    {
      const char *key = g_object_get_data (G_OBJECT (row), KEY);

      if (key != NULL)
        g_hash_table_insert (rows, g_strdup (key), g_object_ref (row));
    }
  return rows;
}

static GtkWidget *
make_row (const CrRowKind *kind, const char *key, gpointer owner)
{
  GtkWidget *row = kind->make (owner);

  cr_wrap_bound (row);
  g_object_set_data_full (G_OBJECT (row), KEY, g_strdup (key), g_free);
  return row;
}

static void
place (GtkListBox *box, GtkWidget *row, int position)
{
  if ((GtkWidget *) gtk_list_box_get_row_at_index (box, position) == row)
    return;

  g_object_ref (row);
  if (gtk_widget_get_parent (row) != NULL)
    gtk_list_box_remove (box, row);
  gtk_list_box_insert (box, row, position);
  g_object_unref (row);
}

/* What a list box is still to show. */
typedef struct
{
  GtkListBox *box;       /* (unowned): has it */
  GPtrArray *items;      /* (owned) */
  const CrRowKind *kind; /* static */
  gpointer owner;        /* (unowned): holds the box as long as that is in a window */
  guint n_shown;
  guint idle_id;
} Rest;

static void
rest_free (gpointer data)
{
  Rest *rest = data;

  g_clear_handle_id (&rest->idle_id, g_source_remove);
  g_ptr_array_unref (rest->items);
  g_free (rest);
}

/* Until all are shown, or rows were made for long enough. */
static void
show_more (Rest *rest, gint64 end_us)
{
  g_autoptr (GHashTable) rows = collect_rows (rest->box);
  gboolean is_over = FALSE;
  GtkListBoxRow *surplus;

  for (; rest->n_shown < rest->items->len && !is_over; rest->n_shown++)
    {
      gpointer item = rest->items->pdata[rest->n_shown];
      const char *key = rest->kind->key (item);
      GtkWidget *row = g_hash_table_lookup (rows, key);

      if (row == NULL)
        {
          row = make_row (rest->kind, key, rest->owner);
          is_over = g_get_monotonic_time () >= end_us;
        }
      place (rest->box, row, (int) rest->n_shown);
      rest->kind->show (row, item, rest->owner);
    }
  while (rest->n_shown == rest->items->len &&
         (surplus = gtk_list_box_get_row_at_index (rest->box, (int) rest->n_shown)) != NULL)
    gtk_list_box_remove (rest->box, GTK_WIDGET (surplus));
}

static gboolean
rest_cb (gpointer user_data)
{
  Rest *rest = user_data;

  if (cr_turn_is_used ())
    return G_SOURCE_CONTINUE;
  if (gtk_widget_get_root (GTK_WIDGET (rest->box)) != NULL)
    show_more (rest, g_get_monotonic_time () + TURN_US);
  if (gtk_widget_get_root (GTK_WIDGET (rest->box)) != NULL && rest->n_shown < rest->items->len)
    return G_SOURCE_CONTINUE;
  rest->idle_id = 0;
  g_object_set_data (G_OBJECT (rest->box), REST, NULL);
  return G_SOURCE_REMOVE;
}

void
cr_rows_update (GtkListBox *box, GPtrArray *items, const CrRowKind *kind, gpointer owner)
{
  Rest rest = { .box = box, .items = items, .kind = kind, .owner = owner };

  g_object_set_data (G_OBJECT (box), REST, NULL);
  show_more (&rest, G_MAXINT64);
}

void
cr_rows_fill (GtkListBox *box, GPtrArray *items, const CrRowKind *kind, gpointer owner)
{
  Rest *rest;

  if (gtk_widget_get_root (GTK_WIDGET (box)) == NULL)
    {
      cr_rows_update (box, items, kind, owner);
      return;
    }
  rest = g_new0 (Rest, 1);
  *rest = (Rest){ .box = box, .items = g_ptr_array_ref (items), .kind = kind, .owner = owner };
  g_object_set_data_full (G_OBJECT (box), REST, rest, rest_free);
  show_more (rest, g_get_monotonic_time () + TURN_US);
  if (rest->n_shown < items->len)
    rest->idle_id = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, rest_cb, rest, NULL);
  else
    g_object_set_data (G_OBJECT (box), REST, NULL);
}

static gpointer
take_item (GPtrArray *items, guint from, const CrRowKind *kind, const char *key)
{
  for (guint i = from; i < items->len; i++)
    if (g_str_equal (kind->key (items->pdata[i]), key))
      return g_ptr_array_steal_index (items, i);
  return NULL;
}

void
cr_rows_keep_order (GtkListBox *box, GPtrArray *items, const CrRowKind *kind)
{
  GtkListBoxRow *row;
  guint n = 0;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (box, i)) != NULL; i++)
    {
      const char *key = g_object_get_data (G_OBJECT (row), KEY);
      gpointer item = key != NULL ? take_item (items, n, kind, key) : NULL;

      if (item != NULL)
        g_ptr_array_insert (items, (int) n++, item);
    }
}

GtkWidget *
cr_row_icon_button_new (const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  cr_tip_set (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  return button;
}

void
cr_row_button_set_action (GtkWidget *button, const char *action, const char *target)
{
  if (target != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

/* Formats come from our own calls and their translations, which msgfmt checks. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void
cr_row_button_set_name (GtkWidget *button, const char *format, const char *whose)
{
  g_autofree char *name = g_strdup_printf (format, whose);

  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}
#pragma GCC diagnostic pop

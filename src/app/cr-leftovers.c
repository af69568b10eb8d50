/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-leftovers.h"

#include "app/cr-split.h"
#include "base/cr-turn.h"
#include "engine/cr-list-model.h"

#include <adwaita.h>

/* What one turn of the main loop may take; most rows are gone sooner. */
#define TURN_US 3000

static GQueue pages = G_QUEUE_INIT; /* (owned): hidden, still in their stack */
static GQueue parts = G_QUEUE_INIT; /* (owned): what they had, each with its page */
static guint idle_id;

static gboolean
shrink (GListModel *model)
{
  while (GTK_IS_SELECTION_MODEL (model))
    {
      GListModel *inner = NULL;

      g_object_get (model, "model", &inner, NULL);
      model = inner;
      if (inner == NULL)
        return FALSE;
      g_object_unref (inner); /* the selection has it */
    }
  return CR_IS_LIST_MODEL (model) && cr_list_model_shrink (CR_LIST_MODEL (model));
}

static gboolean
is_box (GtkWidget *widget)
{
  return GTK_IS_BOX (widget) || GTK_IS_STACK (widget) || GTK_IS_SCROLLED_WINDOW (widget) ||
         GTK_IS_VIEWPORT (widget) || ADW_IS_BIN (widget) || ADW_IS_CLAMP (widget) ||
         ADW_IS_CLAMP_SCROLLABLE (widget);
}

/* A view that leaves its window lets go of all of its rows, so they go before it does. */
static gboolean
shrink_one (GtkWidget *widget)
{
  if (GTK_IS_COLUMN_VIEW (widget))
    return shrink (G_LIST_MODEL (gtk_column_view_get_model (GTK_COLUMN_VIEW (widget))));
  if (GTK_IS_LIST_VIEW (widget))
    return shrink (G_LIST_MODEL (gtk_list_view_get_model (GTK_LIST_VIEW (widget))));
  if (!is_box (widget) && !CR_IS_SPLIT (widget) && !ADW_IS_VIEW_STACK (widget))
    return FALSE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (shrink_one (child))
      return TRUE;
  return FALSE;
}

static gboolean
take_off (GtkWidget *parent, GtkWidget *child)
{
  if (GTK_IS_LIST_BOX (parent))
    gtk_list_box_remove (GTK_LIST_BOX (parent), child);
  else if (GTK_IS_BOX (parent))
    gtk_box_remove (GTK_BOX (parent), child);
  else if (GTK_IS_STACK (parent))
    gtk_stack_remove (GTK_STACK (parent), child);
  else
    return FALSE;
  return TRUE;
}

/* The parts of the page itself; views of ours in it, which are not disposed of yet, go whole. */
static gboolean
take_one (GtkWidget *widget)
{
  if (!is_box (widget) && !GTK_IS_LIST_BOX (widget))
    return FALSE;
  if (g_str_has_prefix (G_OBJECT_TYPE_NAME (widget), "Cr"))
    return FALSE;
  for (GtkWidget *child = gtk_widget_get_last_child (widget); child != NULL;
       child = gtk_widget_get_prev_sibling (child))
    if (take_one (child) || take_off (widget, child))
      return TRUE;
  return FALSE;
}

static void
take_page (GtkWidget *page)
{
  GtkWidget *stack = gtk_widget_get_parent (page);
  GtkWidget *child = adw_bin_get_child (ADW_BIN (page));

  if (child != NULL)
    {
      /* Callbacks of the widgets may still find their page. */
      g_object_set_data_full (G_OBJECT (child), "cr-page", g_object_ref (page), g_object_unref);
      g_queue_push_tail (&parts, g_object_ref (child));
      adw_bin_set_child (ADW_BIN (page), NULL);
    }
  if (stack != NULL)
    gtk_stack_remove (GTK_STACK (stack), page);
  g_object_run_dispose (G_OBJECT (page));
  g_object_unref (page);
}

static void
step (void)
{
  GtkWidget *page = g_queue_peek_head (&pages);
  GtkWidget *part = g_queue_peek_head (&parts);

  if (part != NULL && !take_one (part))
    g_object_unref (g_queue_pop_head (&parts));
  else if (part == NULL && page != NULL && !shrink_one (page))
    take_page (g_queue_pop_head (&pages));
}

static gboolean
has_more (void)
{
  return !g_queue_is_empty (&pages) || !g_queue_is_empty (&parts);
}

static gboolean
idle_cb (gpointer user_data)
{
  gint64 end_us = g_get_monotonic_time () + TURN_US;

  if (cr_turn_is_used ())
    return G_SOURCE_CONTINUE;
  while (has_more () && g_get_monotonic_time () < end_us)
    step ();
  if (has_more ())
    return G_SOURCE_CONTINUE;
  idle_id = 0;
  return G_SOURCE_REMOVE;
}

void
cr_leftovers_add (GtkWidget *page)
{
  g_return_if_fail (ADW_IS_BIN (page));

  gtk_widget_set_visible (page, FALSE);
  g_queue_push_tail (&pages, g_object_ref (page));
  if (idle_id == 0)
    idle_id = g_idle_add_full (G_PRIORITY_LOW, idle_cb, NULL, NULL);
}

void
cr_leftovers_flush (void)
{
  GtkWidget *widget;

  g_clear_handle_id (&idle_id, g_source_remove);
  while ((widget = g_queue_pop_head (&pages)) != NULL)
    take_page (widget);
  while ((widget = g_queue_pop_head (&parts)) != NULL)
    g_object_unref (widget);
}

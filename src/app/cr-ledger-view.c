/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cr-ledger-view.h"

#include "app/cr-feed.h"
#include "app/cr-page.h"
#include "app/cr-profile-words.h"
#include "app/cr-tip.h"
#include "app/cr-words.h"
#include "model/cr-explain.h"
#include "model/cr-ledger.h"

#include <glib/gi18n.h>

#define N_QUERIES 500

struct _CrLedgerView
{
  AdwBin parent_instance;

  GtkExpander *expander; /* (unowned): the child */
  GtkGrid *grid;         /* (unowned) */
  GtkLabel *none;        /* (unowned) */

  CrEngine *engine;          /* (owned) (nullable) */
  CrConnection *connection;  /* (owned) (nullable) */
  char *pull_id;             /* (owned) (nullable): whose queries are shown */
  CrFeed *feed;              /* (owned) (nullable) */
  GPtrArray *queries;        /* (owned) (nullable) */
  GPtrArray *counts;         /* (owned) (nullable) */
  CrProfile *profile;        /* (owned) (nullable): of the source */
  GtkWidget *page;           /* (unowned) (nullable): while it is on screen */
  GCancellable *cancellable; /* (owned) */
};

G_DEFINE_FINAL_TYPE (CrLedgerView, cr_ledger_view, ADW_TYPE_BIN)

static const char *
say_mark (CrLedgerMark mark)
{
  switch (mark)
    {
    case CR_LEDGER_NO:
      return C_ ("ledger", "no");
    case CR_LEDGER_YES:
      return C_ ("ledger", "yes");
    case CR_LEDGER_UNKNOWN:
    default:
      return "–";
    }
}

static const char *
say_status (const CrLedgerLine *line)
{
  if (!line->is_cut_off)
    return _ (cr_explain_query (line->status)->title);
  return line->has_begun ? _ ("Not asked to its end: pull cancelled")
                         : _ ("Not asked: pull cancelled");
}

static char *
say_received (const CrLedgerLine *line)
{
  g_autofree char *number = cr_words_number (line->n_records);
  gboolean is_told = line->status != CR_QUERY_COMPLETE;

  if (line->n_records == 0 && !is_told)
    return g_strdup (_ ("none on file"));
  if (line->n_records == 0)
    return g_strdup (say_status (line));
  if (line->status == CR_QUERY_FAILED)
    /* how many are kept, then what became of the last pull of them */
    return g_strdup_printf ("%s · %s", number, say_status (line));
  return g_steal_pointer (&number);
}

/* What a source gives to nobody is missing by no fault of this patient. */
static char *
say_why (CrLedgerView *self, const CrLedgerLine *line)
{
  char *absence =
      self->profile != NULL && line->n_records == 0 && !line->is_cut_off &&
              (line->status == CR_QUERY_NOT_GRANTED || line->status == CR_QUERY_COMPLETE)
          ? cr_profile_words_absence (self->profile, line->type)
          : NULL;

  if (absence != NULL)
    return absence;
  return g_strdup (line->is_cut_off ? _ (cr_explain_pull (CR_PULL_CANCELLED)->sentence)
                                    : _ (cr_explain_query (line->status)->sentence));
}

static GtkWidget *
cell_new (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static void
add_head (CrLedgerView *self)
{
  const char *names[] = { _ ("Type"), _ ("Asked"), _ ("Granted"), _ ("Supported"), _ ("Received") };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    gtk_grid_attach (self->grid, cell_new (names[i], "caption-heading"), (int) i, 0, 1, 1);
}

/* Where “Not granted” or “Failed” leaves open what that means and what to do. A portal offers few
 * of all types there are, and that it does not is all there is to say of the others. */
static gboolean
needs_why (const CrLedgerLine *line)
{
  return line->is_cut_off || line->status == CR_QUERY_NOT_GRANTED ||
         line->status == CR_QUERY_FAILED;
}

/* → how many rows there are now */
static int
add_why (CrLedgerView *self, const CrLedgerLine *line, const char *why, int n_columns, int row)
{
  GtkWidget *cell;

  if (!needs_why (line))
    return row;
  cell = cell_new (why, "caption");
  gtk_widget_add_css_class (cell, "dim-label");
  gtk_grid_attach (self->grid, cell, 0, row, n_columns, 1);
  return row + 1;
}

static int
add_line (CrLedgerView *self, const CrLedgerLine *line, int row)
{
  g_autofree char *type = cr_words_type (line->type);
  g_autofree char *received = say_received (line);
  g_autofree char *why = say_why (self, line);
  const char *texts[] = { type, say_mark (line->asked), say_mark (line->granted),
                          say_mark (line->supported), received };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      GtkWidget *cell = cell_new (texts[i], i == 4 ? "numeric" : NULL);

      if (i == 0)
        gtk_widget_set_hexpand (cell, TRUE);
      cr_tip_set (cell, i == 4 && !needs_why (line) ? why : NULL);
      gtk_grid_attach (self->grid, cell, (int) i, row, 1, 1);
    }
  return add_why (self, line, why, (int) G_N_ELEMENTS (texts), row + 1);
}

static int
add_narrow_line (CrLedgerView *self, const CrLedgerLine *line, int row)
{
  g_autofree char *type = cr_words_type (line->type);
  g_autofree char *received = say_received (line);
  g_autofree char *why = say_why (self, line);
  /* Translators: yes or no to each: a type of record was asked for, granted, supported; then what
   * was received */
  g_autofree char *words = g_strdup_printf (
      _ ("asked: %s, granted: %s, supported: %s, received: %s"), say_mark (line->asked),
      say_mark (line->granted), say_mark (line->supported), received);

  gtk_grid_attach (self->grid, cell_new (type, NULL), 0, row, 1, 1);
  gtk_grid_attach (self->grid, cell_new (words, "caption"), 0, row + 1, 1, 1);
  return add_why (self, line, why, 1, row + 2);
}

static void
fill (CrLedgerView *self)
{
  g_autoptr (GPtrArray) lines = NULL;
  gboolean is_narrow = self->page != NULL && cr_page_get_narrow (CR_PAGE (self->page));
  GtkWidget *child;
  int row = 1;

  if (self->queries == NULL || self->connection == NULL)
    return;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->grid))) != NULL)
    gtk_grid_remove (self->grid, child);

  lines = cr_ledger_new (self->connection, self->queries, self->counts);
  if (!is_narrow && lines->len > 0)
    add_head (self);
  for (guint i = 0; i < lines->len; i++)
    row = is_narrow ? add_narrow_line (self, lines->pdata[i], row)
                    : add_line (self, lines->pdata[i], row);
  gtk_widget_set_visible (GTK_WIDGET (self->none), lines->len == 0);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLedgerView) self = user_data;
  g_autoptr (GPtrArray) counts = cr_engine_count_types_finish (CR_ENGINE (source), result, NULL);

  if (counts == NULL)
    return;
  g_clear_pointer (&self->counts, g_ptr_array_unref);
  self->counts = g_steal_pointer (&counts);
  fill (self);
}

static void
got_profile_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (CrLedgerView) self = user_data;
  g_autoptr (CrProfile) profile = cr_engine_get_profile_finish (CR_ENGINE (source), result, NULL);

  if (profile == NULL)
    return;
  g_clear_pointer (&self->profile, cr_profile_free);
  self->profile = g_steal_pointer (&profile);
  fill (self);
}

static void
queries_cb (GPtrArray *items, const GError *error, gpointer user_data)
{
  CrLedgerView *self = user_data;

  if (items == NULL)
    return;
  g_clear_pointer (&self->queries, g_ptr_array_unref);
  self->queries = g_ptr_array_ref (items);
  fill (self);
  cr_engine_count_types_async (self->engine, self->connection->patient_id,
                               self->connection->source_id, self->cancellable, counted_cb,
                               g_object_ref (self));
}

static void
load (CrLedgerView *self)
{
  CrListFilter filter = { .kind = CR_LIST_QUERIES };

  if (self->connection == NULL || !gtk_expander_get_expanded (self->expander) ||
      g_strcmp0 (self->pull_id, self->connection->last_pull_id) == 0)
    return;
  g_free (self->pull_id);
  self->pull_id = g_strdup (self->connection->last_pull_id);
  g_clear_pointer (&self->feed, cr_feed_stop);
  filter.pull_id = self->pull_id;
  self->feed = cr_feed_new (self->engine, &filter, N_QUERIES,
                            CR_FEED_ON (QUERY) | CR_FEED_ON (PULL), queries_cb, self);
  cr_engine_get_profile_async (self->engine, self->connection->source_id, self->cancellable,
                               got_profile_cb, g_object_ref (self));
}

static void
expanded_cb (CrLedgerView *self)
{
  load (self);
}

static void
cr_ledger_view_root (GtkWidget *widget)
{
  CrLedgerView *self = CR_LEDGER_VIEW (widget);

  GTK_WIDGET_CLASS (cr_ledger_view_parent_class)->root (widget);
  self->page = gtk_widget_get_ancestor (widget, CR_TYPE_PAGE);
  if (self->page != NULL)
    g_signal_connect_swapped (self->page, "notify::narrow", G_CALLBACK (fill), self);
}

static void
cr_ledger_view_unroot (GtkWidget *widget)
{
  CrLedgerView *self = CR_LEDGER_VIEW (widget);

  if (self->page != NULL)
    g_signal_handlers_disconnect_by_data (self->page, self);
  self->page = NULL;
  GTK_WIDGET_CLASS (cr_ledger_view_parent_class)->unroot (widget);
}

static void
cr_ledger_view_dispose (GObject *object)
{
  CrLedgerView *self = CR_LEDGER_VIEW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->feed, cr_feed_stop);
  g_clear_object (&self->engine);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->pull_id, g_free);
  g_clear_pointer (&self->queries, g_ptr_array_unref);
  g_clear_pointer (&self->counts, g_ptr_array_unref);
  g_clear_pointer (&self->profile, cr_profile_free);
  G_OBJECT_CLASS (cr_ledger_view_parent_class)->dispose (object);
}

static void
cr_ledger_view_finalize (GObject *object)
{
  g_clear_object (&CR_LEDGER_VIEW (object)->cancellable);
  G_OBJECT_CLASS (cr_ledger_view_parent_class)->finalize (object);
}

static void
cr_ledger_view_class_init (CrLedgerViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = cr_ledger_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_ledger_view_finalize;
  GTK_WIDGET_CLASS (klass)->root = cr_ledger_view_root;
  GTK_WIDGET_CLASS (klass)->unroot = cr_ledger_view_unroot;
}

static void
cr_ledger_view_init (CrLedgerView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->cancellable = g_cancellable_new ();
  self->expander = GTK_EXPANDER (gtk_expander_new (_ ("Asked, granted, received")));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->expander), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Asked, granted, received"), -1);
  self->grid = GTK_GRID (gtk_grid_new ());
  self->none = GTK_LABEL (cell_new (_ ("No pull has asked yet."), "dim-label"));
  gtk_grid_set_column_spacing (self->grid, 18);
  gtk_grid_set_row_spacing (self->grid, 3);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_start (box, 18);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->grid));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->none));
  gtk_expander_set_child (self->expander, box);
  /* Closed, it keeps the box out of the window, and Tab looks into it all the same, of which
   * GTK 4.18 complains. */
  g_object_bind_property (self->expander, "expanded", box, "can-focus", G_BINDING_SYNC_CREATE);
  g_signal_connect_swapped (self->expander, "notify::expanded", G_CALLBACK (expanded_cb), self);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->expander));
}

void
cr_ledger_view_show (CrLedgerView *self, CrEngine *engine, CrConnection *connection)
{
  g_return_if_fail (CR_IS_LEDGER_VIEW (self));

  g_set_object (&self->engine, engine);
  g_set_object (&self->connection, connection);
  load (self);
  fill (self);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-list-model.h"

#include "base/cr-error.h"
#include "base/cr-turn.h"
#include "engine/cr-list-row.h"

#define BLOCK 64
#define MAX_BLOCKS 32
#define REFRESH_MS 250
/* A view makes a widget for each of the first two hundred rows or so, and nothing for those behind:
 * so the first come and go a few at a time, between frames, and the others at once. */
#define EAGER 256
#define STEP 12
/* How many rows get their items in one turn, and how long those that are not the first wait when
 * something else is listed: nobody has scrolled to them yet. */
#define FILL 16
#define LATER_MS 120

typedef struct
{
  guint n;
  CrListRow *rows[BLOCK]; /* (owned) */
  gboolean is_loading;
  gboolean is_stale;
  GPtrArray *items; /* (owned) (nullable): still to be given to the rows */
  guint n_given;
  gint64 used;
} Block;

struct _CrListModel
{
  GObject parent_instance;

  CrEngine *engine;    /* (unowned): weak pointer; the engine may go first */
  CrListFilter filter; /* strings owned */
  GHashTable *blocks;  /* (owned): number → Block */
  guint n_rows;        /* as the view knows it */
  guint n_total;       /* as it will be in a moment */
  guint step_id;
  guint fill_id;
  guint later_id;
  guint generation;          /* of the filter: answers to an older one are dropped */
  gint64 clock;              /* of uses, for letting go */
  GCancellable *cancellable; /* (owned) */
  gulong changed_id;
  guint refresh_id;
  gboolean is_counting;
  gboolean must_count_again; /* something changed meanwhile */
  gboolean counts_later;     /* once the first block is there, unless that is all there are */
};

static guint answered_signal;

static void cr_list_model_iface_init (GListModelInterface *iface);
static void refresh (CrListModel *self);

G_DEFINE_FINAL_TYPE_WITH_CODE (CrListModel,
                               cr_list_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, cr_list_model_iface_init))

static void
block_free (gpointer data)
{
  Block *block = data;

  for (guint i = 0; i < BLOCK; i++)
    g_clear_object (&block->rows[i]);
  g_clear_pointer (&block->items, g_ptr_array_unref);
  g_free (block);
}

typedef struct
{
  CrListModel *model; /* (owned) */
  guint generation;
  guint n;
} Load;

static Load *
load_new (CrListModel *self, guint n)
{
  Load *load = g_new (Load, 1);

  *load = (Load){ g_object_ref (self), self->generation, n };
  return load;
}

/* The next few rows of the block. */
static void
give (Block *block)
{
  guint end = MIN (block->n_given + FILL, BLOCK);

  for (; block->n_given < end; block->n_given++)
    cr_list_row_set_item (block->rows[block->n_given], block->n_given < block->items->len
                                                           ? block->items->pdata[block->n_given]
                                                           : NULL);
  if (end == BLOCK)
    g_clear_pointer (&block->items, g_ptr_array_unref);
}

static int
compare_blocks (gconstpointer a, gconstpointer b)
{
  const Block *first = a, *second = b;

  return first->n < second->n ? -1 : first->n > second->n;
}

static gboolean
fill_cb (gpointer user_data)
{
  CrListModel *self = user_data;
  g_autoptr (GList) blocks = NULL;

  if (cr_turn_is_used ())
    return G_SOURCE_CONTINUE;
  blocks = g_list_sort (g_hash_table_get_values (self->blocks), compare_blocks);
  for (GList *each = blocks; each != NULL; each = each->next)
    {
      Block *block = each->data;

      if (block->items == NULL)
        continue;
      give (block);
      return G_SOURCE_CONTINUE;
    }
  self->fill_id = 0;
  return G_SOURCE_REMOVE;
}

static guint
next_n_rows (CrListModel *self)
{
  if (self->n_rows < self->n_total)
    return self->n_rows + STEP >= EAGER ? self->n_total : MIN (self->n_total, self->n_rows + STEP);
  if (self->n_rows > EAGER)
    return MAX (self->n_total, EAGER);
  return self->n_rows > self->n_total + STEP ? self->n_rows - STEP : self->n_total;
}

static void
step (CrListModel *self)
{
  guint before = self->n_rows;
  guint now = next_n_rows (self);

  self->n_rows = now;
  if (now > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, now - before);
  else if (now < before)
    g_list_model_items_changed (G_LIST_MODEL (self), now, before - now, 0);
}

static gboolean
step_cb (gpointer user_data)
{
  CrListModel *self = user_data;

  if (!cr_turn_is_used ())
    step (self);
  if (self->n_rows != self->n_total)
    return G_SOURCE_CONTINUE;
  self->step_id = 0;
  return G_SOURCE_REMOVE;
}

static void
step_later (CrListModel *self)
{
  if (self->n_rows != self->n_total && self->step_id == 0)
    self->step_id = g_idle_add_full (G_PRIORITY_LOW, step_cb, self, NULL);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Load *load = user_data;
  g_autoptr (CrListModel) self = load->model;
  gboolean is_old = load->generation != self->generation;
  g_autoptr (GError) error = NULL;
  gint64 count = cr_engine_count_finish (CR_ENGINE (source), result, &error);

  g_free (load);
  if (is_old)
    return;
  self->is_counting = FALSE;
  if (count < 0)
    {
      if (!cr_error_is_cancelled (error))
        g_message ("A list could not be counted: %s", error->message);
      return;
    }

  self->n_total = (guint) CLAMP (count, 0, G_MAXINT);
  step (self);
  if (self->n_total == 0)
    g_signal_emit (self, answered_signal, 0);
  step_later (self);
  if (self->must_count_again)
    refresh (self);
}

static void
count (CrListModel *self)
{
  self->must_count_again = self->is_counting;
  if (self->is_counting || self->engine == NULL)
    return;

  self->is_counting = TRUE;
  cr_engine_count_async (self->engine, &self->filter, self->cancellable, counted_cb,
                         load_new (self, 0));
}

/* The answer is there with the first of them. How many there are takes longer than they do where
 * many are found, and is known already where few are. */
static void
count_after (CrListModel *self, const GPtrArray *items)
{
  if (!self->counts_later)
    return;
  self->counts_later = FALSE;
  if (items != NULL && items->len < BLOCK)
    {
      self->n_total = items->len;
      step_later (self);
      return;
    }
  if (items != NULL)
    self->n_total = MAX (self->n_total, BLOCK);
  count (self);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Load *load = user_data;
  g_autoptr (CrListModel) self = load->model;
  gboolean is_old = load->generation != self->generation;
  Block *block = g_hash_table_lookup (self->blocks, GUINT_TO_POINTER (load->n));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) items = cr_engine_list_finish (CR_ENGINE (source), result, &error);

  g_free (load);
  if (block == NULL || is_old)
    return;

  block->is_loading = FALSE;
  if (block->n == 0)
    count_after (self, items);
  if (items == NULL)
    {
      if (!cr_error_is_cancelled (error))
        g_message ("A list could not be read: %s", error->message);
      return;
    }

  g_clear_pointer (&block->items, g_ptr_array_unref);
  block->items = g_steal_pointer (&items);
  block->n_given = 0;
  give (block);
  if (block->items != NULL && self->fill_id == 0)
    self->fill_id = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, fill_cb, self, NULL);
  if (block->n == 0)
    g_signal_emit (self, answered_signal, 0);
  if (block->is_stale)
    refresh (self);
}

static void
load (CrListModel *self, Block *block)
{
  if (block->is_loading || self->engine == NULL)
    return;

  block->is_loading = TRUE;
  block->is_stale = FALSE;
  cr_engine_list_async (self->engine, &self->filter, block->n * BLOCK, BLOCK, self->cancellable,
                        loaded_cb, load_new (self, block->n));
}

/* A block nobody holds a row of may go; rows in use keep theirs. */
static void
let_go (CrListModel *self)
{
  while (g_hash_table_size (self->blocks) >= MAX_BLOCKS)
    {
      GHashTableIter iter;
      Block *block, *oldest = NULL;

      g_hash_table_iter_init (&iter, self->blocks);
      while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &block))
        if (oldest == NULL || block->used < oldest->used)
          oldest = block;
      g_hash_table_remove (self->blocks, GUINT_TO_POINTER (oldest->n));
    }
}

static Block *
get_block (CrListModel *self, guint n)
{
  Block *block = g_hash_table_lookup (self->blocks, GUINT_TO_POINTER (n));

  if (block == NULL)
    {
      let_go (self);
      block = g_new0 (Block, 1);
      block->n = n;
      for (guint i = 0; i < BLOCK; i++)
        block->rows[i] = cr_list_row_new (n * BLOCK + i);
      g_hash_table_insert (self->blocks, GUINT_TO_POINTER (n), block);
      load (self, block);
    }

  block->used = ++self->clock;
  return block;
}

/* Rows stay where they are and get their new items in place; only the end of the list moves. The
 * first are asked for first. */
static void
refresh (CrListModel *self)
{
  g_autoptr (GList) blocks = NULL;

  if (self->engine == NULL)
    return;

  count (self);
  blocks = g_list_sort (g_hash_table_get_values (self->blocks), compare_blocks);
  for (GList *each = blocks; each != NULL; each = each->next)
    {
      Block *block = each->data;

      if (block->is_loading)
        block->is_stale = TRUE;
      else
        load (self, block);
    }
}

static gboolean
refresh_cb (gpointer user_data)
{
  CrListModel *self = user_data;

  self->refresh_id = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

/* Which lists a change can be seen in. */
static gboolean
concerns (CrListKind list, CrChangeKind change)
{
  switch (list)
    {
    case CR_LIST_PATIENTS:
      return change == CR_CHANGE_PATIENT || change == CR_CHANGE_CONNECTION ||
             change == CR_CHANGE_PULL || change == CR_CHANGE_HOLD;
    case CR_LIST_SOURCES:
    case CR_LIST_OUTAGES:
      return change == CR_CHANGE_SOURCE || change == CR_CHANGE_PULL;
    case CR_LIST_SESSIONS:
    case CR_LIST_ATTEMPTS:
      return change == CR_CHANGE_SESSION;
    case CR_LIST_CONNECTIONS:
      return change == CR_CHANGE_CONNECTION || change == CR_CHANGE_PULL || change == CR_CHANGE_HOLD;
    case CR_LIST_RECONNECT:
      return change == CR_CHANGE_CONNECTION || change == CR_CHANGE_PATIENT;
    case CR_LIST_AUTH_EVENTS:
      return change == CR_CHANGE_AUTH_EVENT;
    case CR_LIST_HOLDS:
      return change == CR_CHANGE_HOLD;
    case CR_LIST_PULLS:
      return change == CR_CHANGE_PULL;
    case CR_LIST_QUERIES:
      return change == CR_CHANGE_QUERY || change == CR_CHANGE_PULL;
    case CR_LIST_PULL_CHANGES:
    case CR_LIST_PULL_TYPES:
    case CR_LIST_PULL_WAITS:
    case CR_LIST_PULL_LINES:
      return change == CR_CHANGE_PULL;
    case CR_LIST_RECORDS:
    case CR_LIST_VERSIONS:
      return change == CR_CHANGE_RECORD;
    case CR_LIST_DESTINATIONS:
      return change == CR_CHANGE_DESTINATION || change == CR_CHANGE_RUN;
    case CR_LIST_RUNS:
      return change == CR_CHANGE_RUN;
    case CR_LIST_ITEMS:
      return change == CR_CHANGE_ITEM || change == CR_CHANGE_RUN;
    case CR_LIST_EVENTS:
      return change == CR_CHANGE_EVENT || change == CR_CHANGE_PULL || change == CR_CHANGE_SESSION;
    case CR_LIST_WEBHOOKS:
    case CR_LIST_DELIVERIES:
    case CR_LIST_DELIVERY_ATTEMPTS:
      return change == CR_CHANGE_WEBHOOK || change == CR_CHANGE_EVENT;
    case CR_LIST_AUDIT:
      return change == CR_CHANGE_AUDIT;
    case CR_LIST_LOOKS:
      return change == CR_CHANGE_LOOK || change == CR_CHANGE_PATIENT;
    }

  return TRUE;
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrListModel *self)
{
  if (!concerns (self->filter.kind, kind) || self->refresh_id != 0)
    return;
  if (self->filter.patient_id != NULL && patient_id != NULL &&
      !g_str_equal (patient_id, self->filter.patient_id))
    return;

  self->refresh_id = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

static GType
cr_list_model_get_item_type (GListModel *model)
{
  return CR_TYPE_LIST_ROW;
}

static guint
cr_list_model_get_n_items (GListModel *model)
{
  return CR_LIST_MODEL (model)->n_rows;
}

static gpointer
cr_list_model_get_item (GListModel *model, guint position)
{
  CrListModel *self = CR_LIST_MODEL (model);

  if (position >= self->n_rows)
    return NULL;

  return g_object_ref (get_block (self, position / BLOCK)->rows[position % BLOCK]);
}

static void
cr_list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = cr_list_model_get_item_type;
  iface->get_n_items = cr_list_model_get_n_items;
  iface->get_item = cr_list_model_get_item;
}

static void
stop (CrListModel *self)
{
  self->generation++;
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_handle_id (&self->step_id, g_source_remove);
  g_clear_handle_id (&self->fill_id, g_source_remove);
  g_clear_handle_id (&self->later_id, g_source_remove);
  if (self->engine != NULL)
    g_clear_signal_handler (&self->changed_id, self->engine);
  g_clear_weak_pointer (&self->engine);
}

static void
cr_list_model_dispose (GObject *object)
{
  stop (CR_LIST_MODEL (object));
  G_OBJECT_CLASS (cr_list_model_parent_class)->dispose (object);
}

static void
cr_list_model_finalize (GObject *object)
{
  CrListModel *self = CR_LIST_MODEL (object);

  g_hash_table_unref (self->blocks);
  g_object_unref (self->cancellable);
  cr_list_filter_clear (&self->filter);

  G_OBJECT_CLASS (cr_list_model_parent_class)->finalize (object);
}

static void
cr_list_model_class_init (CrListModelClass *klass)
{
  answered_signal = g_signal_new ("answered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
  G_OBJECT_CLASS (klass)->dispose = cr_list_model_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_list_model_finalize;
}

static void
cr_list_model_init (CrListModel *self)
{
  self->blocks = g_hash_table_new_full (NULL, NULL, NULL, block_free);
  self->cancellable = g_cancellable_new ();
}

CrListModel *
cr_list_model_new (CrEngine *engine, const CrListFilter *filter)
{
  CrListModel *self = g_object_new (CR_TYPE_LIST_MODEL, NULL);

  g_set_weak_pointer (&self->engine, engine);
  cr_list_filter_copy (&self->filter, filter);
  self->changed_id = g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
  refresh (self);
  return self;
}

static gboolean
later_cb (gpointer user_data)
{
  CrListModel *self = user_data;
  g_autoptr (GList) blocks = g_list_sort (g_hash_table_get_values (self->blocks), compare_blocks);

  self->later_id = 0;
  for (GList *each = blocks; each != NULL; each = each->next)
    if (((Block *) each->data)->n > 0)
      load (self, each->data);
  return G_SOURCE_REMOVE;
}

/* Whether somebody beside the block has one of its rows. */
static gboolean
is_in_use (const Block *block)
{
  for (guint i = 0; i < BLOCK; i++)
    if (G_OBJECT (block->rows[i])->ref_count > 1)
      return TRUE;
  return FALSE;
}

/**
 * cr_list_model_set_filter:
 *
 * Lists something else in the same rows: those that are in use get their new items in place, which
 * is a tenth of the work that another model is for a view.
 */
void
cr_list_model_set_filter (CrListModel *self, const CrListFilter *filter)
{
  GHashTableIter iter;
  Block *block;

  g_return_if_fail (CR_IS_LIST_MODEL (self));

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  self->generation++;
  self->is_counting = FALSE;
  cr_list_filter_clear (&self->filter);
  cr_list_filter_copy (&self->filter, filter);

  g_hash_table_iter_init (&iter, self->blocks);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &block))
    if (is_in_use (block))
      {
        block->is_loading = block->is_stale = FALSE;
        g_clear_pointer (&block->items, g_ptr_array_unref);
      }
    else
      g_hash_table_iter_remove (&iter);
  block = g_hash_table_lookup (self->blocks, GUINT_TO_POINTER (0));
  self->counts_later = block != NULL;
  if (block != NULL)
    load (self, block);
  else
    count (self);
  g_clear_handle_id (&self->later_id, g_source_remove);
  self->later_id = g_timeout_add (LATER_MS, later_cb, self);
}

/**
 * cr_list_model_get_total:
 *
 * Returns: how many there are; the list itself has as many a moment later
 */
guint
cr_list_model_get_total (CrListModel *self)
{
  g_return_val_if_fail (CR_IS_LIST_MODEL (self), 0);

  return self->n_total;
}

/**
 * cr_list_model_shrink:
 *
 * Takes a few rows off the end, and lists nothing any more: a view that goes is slow to let go of
 * all of its rows at once.
 *
 * Returns: whether rows are left
 */
gboolean
cr_list_model_shrink (CrListModel *self)
{
  g_return_val_if_fail (CR_IS_LIST_MODEL (self), FALSE);

  stop (self);
  self->n_total = 0;
  if (self->n_rows > 0)
    step (self);
  return self->n_rows > 0;
}

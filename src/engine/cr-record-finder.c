/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cr-record-finder.h"

#include "base/cr-error.h"
#include "base/cr-turn.h"
#include "engine/cr-engine-private.h"
#include "engine/cr-list-row.h"
#include "store/cr-record-search.h"

/* Screens read in the same thread: nobody sees that they waited so long. */
#define STEP_US 25000
/* A view makes widgets for rows, which are given to it a few at a time, between frames. */
#define FILL 12
/* Once more after a change: not before this, nor before ten times what it took. */
#define AGAIN_MS 1000
#define AGAIN_TIMES 10

struct _CrRecordFinder
{
  GObject parent_instance;

  CrEngine *engine;          /* (unowned): weak pointer */
  CrListFilter filter;       /* strings owned */
  GCancellable *cancellable; /* (owned) */
  gulong changed_id;
  GPtrArray *rows;    /* (owned): CrListRow */
  CrSearchStep *step; /* (owned) (nullable): whose records are being given to the rows */
  guint n_given;      /* of the step */
  guint n_found;      /* since the last start */
  guint n_now;        /* looked at since then */
  guint n_looked;     /* as it is told */
  gboolean is_done;
  GError *error; /* (owned) (nullable) */
  guint fill_id;
  guint again_id;
  gboolean is_under_way;
  gboolean must_again; /* something changed meanwhile */
  gint64 started_us;
};

static guint moved_signal;

static void cr_record_finder_iface_init (GListModelInterface *iface);
static void take_step (CrRecordFinder *self, const CrSearchPlace *place);

G_DEFINE_FINAL_TYPE_WITH_CODE (CrRecordFinder,
                               cr_record_finder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      cr_record_finder_iface_init))

typedef struct
{
  CrListFilter filter; /* strings owned */
  CrSearchPlace place;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  cr_list_filter_clear (&look->filter);
  g_free (look);
}

/* An answer does not keep the finder: it is gone once nobody lists what it finds. */
typedef struct
{
  CrRecordFinder *finder;    /* (unowned): gone where it was cancelled */
  GCancellable *cancellable; /* (owned) */
} Asked;

static gpointer
look_func (CrDb *db, gpointer data, GError **error)
{
  Look *look = data;
  CrRecordFilter filter = { .patient_id = look->filter.patient_id,
                            .source_id = look->filter.source_id,
                            .type = look->filter.type };
  CrSearchStep *step =
      cr_record_search_step (db, &filter, look->filter.text, &look->place, STEP_US, error);

  for (guint i = 0; step != NULL && i < step->records->len; i++)
    cr_engine_title_record (db, g_ptr_array_index (step->records, i));
  return step;
}

static void
start (CrRecordFinder *self)
{
  self->is_under_way = TRUE;
  self->must_again = FALSE;
  self->n_found = self->n_now = 0;
  self->started_us = g_get_monotonic_time ();
  take_step (self, &(CrSearchPlace){ 0 });
}

static gboolean
again_cb (gpointer user_data)
{
  CrRecordFinder *self = user_data;

  self->again_id = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
look_again (CrRecordFinder *self)
{
  gint64 took_ms = (g_get_monotonic_time () - self->started_us) / 1000;

  if (self->again_id == 0)
    self->again_id = g_timeout_add ((guint) MAX (took_ms * AGAIN_TIMES, AGAIN_MS), again_cb, self);
}

static void
changed_cb (CrEngine *engine,
            CrChangeKind kind,
            const char *id,
            const char *patient_id,
            CrRecordFinder *self)
{
  if (kind != CR_CHANGE_RECORD ||
      (patient_id != NULL && !g_str_equal (patient_id, self->filter.patient_id)))
    return;
  if (self->is_under_way)
    self->must_again = TRUE;
  else
    look_again (self);
}

/* Nothing of this start is left to be shown: what was found before and is no more goes. */
static void
end (CrRecordFinder *self)
{
  guint n_gone = self->rows->len - self->n_found;

  self->is_under_way = FALSE;
  self->is_done = self->error == NULL;
  if (self->is_done && n_gone > 0)
    {
      g_ptr_array_set_size (self->rows, (int) self->n_found);
      g_list_model_items_changed (G_LIST_MODEL (self), self->n_found, n_gone, 0);
    }
  self->n_looked = self->n_now;
  g_signal_emit (self, moved_signal, 0);
  if (self->must_again)
    look_again (self);
}

/* The next few of what was found get rows; TRUE: there are more. */
static gboolean
give (CrRecordFinder *self)
{
  GPtrArray *records = self->step->records;
  guint before = self->rows->len;
  guint until = MIN (self->n_given + FILL, records->len);

  for (; self->n_given < until && self->n_found < CR_RECORD_FINDER_MOST; self->n_given++)
    {
      if (self->n_found == self->rows->len)
        g_ptr_array_add (self->rows, cr_list_row_new (self->n_found));
      cr_list_row_set_item (self->rows->pdata[self->n_found++], records->pdata[self->n_given]);
    }
  if (self->rows->len > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->rows->len - before);
  return self->n_found < CR_RECORD_FINDER_MOST && self->n_given < records->len;
}

static gboolean
fill_cb (gpointer user_data)
{
  CrRecordFinder *self = user_data;
  CrSearchPlace next;

  if (cr_turn_is_used () || give (self))
    return G_SOURCE_CONTINUE;

  self->fill_id = 0;
  next = self->step->next;
  if (self->step->is_end || self->n_found == CR_RECORD_FINDER_MOST)
    end (self);
  else
    take_step (self, &next);
  return G_SOURCE_REMOVE;
}

static void
stepped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asked *asked = user_data;
  CrRecordFinder *self = asked->finder;
  g_autoptr (GCancellable) cancellable = asked->cancellable;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSearchStep) step = g_task_propagate_pointer (G_TASK (result), &error);

  g_free (asked);
  if (g_cancellable_is_cancelled (cancellable))
    return;
  if (step == NULL)
    {
      g_message ("Records could not be looked through: %s", error->message);
      self->error = g_steal_pointer (&error);
      end (self);
      return;
    }

  g_clear_pointer (&self->step, cr_search_step_free);
  self->step = g_steal_pointer (&step);
  self->n_given = 0;
  self->n_now += self->step->n_looked;
  if (!self->is_done)
    {
      self->n_looked = self->n_now;
      g_signal_emit (self, moved_signal, 0);
    }
  self->fill_id = g_idle_add_full (G_PRIORITY_LOW, fill_cb, self, NULL);
}

static void
take_step (CrRecordFinder *self, const CrSearchPlace *place)
{
  Look *look;
  Asked *asked;

  if (self->engine == NULL)
    return;
  g_clear_error (&self->error);
  look = g_new0 (Look, 1);
  cr_list_filter_copy (&look->filter, &self->filter);
  look->place = *place;
  asked = g_new (Asked, 1);
  *asked = (Asked){ self, g_object_ref (self->cancellable) };
  cr_engine_read (self->engine, CR_READ_SCREEN, look_func, look, look_free,
                  (GDestroyNotify) cr_search_step_free,
                  cr_engine_task (self->engine, take_step, self->cancellable, stepped_cb, asked));
}

static GType
cr_record_finder_get_item_type (GListModel *model)
{
  return CR_TYPE_LIST_ROW;
}

static guint
cr_record_finder_get_n_items (GListModel *model)
{
  return CR_RECORD_FINDER (model)->rows->len;
}

static gpointer
cr_record_finder_get_item (GListModel *model, guint position)
{
  CrRecordFinder *self = CR_RECORD_FINDER (model);

  return position < self->rows->len ? g_object_ref (self->rows->pdata[position]) : NULL;
}

static void
cr_record_finder_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = cr_record_finder_get_item_type;
  iface->get_n_items = cr_record_finder_get_n_items;
  iface->get_item = cr_record_finder_get_item;
}

static void
cr_record_finder_dispose (GObject *object)
{
  CrRecordFinder *self = CR_RECORD_FINDER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->fill_id, g_source_remove);
  g_clear_handle_id (&self->again_id, g_source_remove);
  if (self->engine != NULL)
    g_clear_signal_handler (&self->changed_id, self->engine);
  g_clear_weak_pointer (&self->engine);
  G_OBJECT_CLASS (cr_record_finder_parent_class)->dispose (object);
}

static void
cr_record_finder_finalize (GObject *object)
{
  CrRecordFinder *self = CR_RECORD_FINDER (object);

  g_object_unref (self->cancellable);
  g_ptr_array_unref (self->rows);
  g_clear_pointer (&self->step, cr_search_step_free);
  g_clear_error (&self->error);
  cr_list_filter_clear (&self->filter);
  G_OBJECT_CLASS (cr_record_finder_parent_class)->finalize (object);
}

static void
cr_record_finder_class_init (CrRecordFinderClass *klass)
{
  moved_signal = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
  G_OBJECT_CLASS (klass)->dispose = cr_record_finder_dispose;
  G_OBJECT_CLASS (klass)->finalize = cr_record_finder_finalize;
}

static void
cr_record_finder_init (CrRecordFinder *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
}

CrRecordFinder *
cr_record_finder_new (CrEngine *engine, const CrListFilter *filter)
{
  CrRecordFinder *self;

  g_return_val_if_fail (CR_IS_ENGINE (engine), NULL);
  g_return_val_if_fail (filter->patient_id != NULL && filter->text != NULL, NULL);

  self = g_object_new (CR_TYPE_RECORD_FINDER, NULL);
  g_set_weak_pointer (&self->engine, engine);
  cr_list_filter_copy (&self->filter, filter);
  self->changed_id = g_signal_connect (engine, "changed", G_CALLBACK (changed_cb), self);
  start (self);
  return self;
}

guint
cr_record_finder_get_looked (CrRecordFinder *self)
{
  g_return_val_if_fail (CR_IS_RECORD_FINDER (self), 0);

  return self->n_looked;
}

gboolean
cr_record_finder_is_done (CrRecordFinder *self)
{
  g_return_val_if_fail (CR_IS_RECORD_FINDER (self), FALSE);

  return self->is_done;
}

const GError *
cr_record_finder_get_error (CrRecordFinder *self)
{
  g_return_val_if_fail (CR_IS_RECORD_FINDER (self), NULL);

  return self->error;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-sender.h"

#include "store/cr-reconcile.h"

/* Records looked for in one go: what is held of them stays small. */
#define PAGE 2000

typedef struct
{
  CrStore *store;         /* (owned) */
  CrReconciliation *what; /* (unowned) */
  guint next;
  GPtrArray *page; /* (owned) (nullable): of CrSought */
  gint64 after;
} Recount;

static void
recount_free (gpointer data)
{
  Recount *self = data;

  g_object_unref (self->store);
  g_clear_pointer (&self->page, g_ptr_array_unref);
  g_free (self);
}

/* Files ---------------------------------------------------------------------------------------- */

static void count_next (GTask *task);

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  count_next (task);
}

/* Takes @task. */
static void
count_next (GTask *task)
{
  CrSender *self = g_task_get_source_object (task);
  Recount *recount = g_task_get_task_data (task);

  if (recount->next >= recount->what->expected->len)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  CR_SENDER_GET_CLASS (self)->count_async (
      self, g_ptr_array_index (recount->what->expected, recount->next++),
      g_task_get_cancellable (task), counted_cb, task);
}

/* Records -------------------------------------------------------------------------------------- */

static CrDifference *
find_type (CrReconciliation *what, const char *type)
{
  for (guint i = 0; i < what->expected->len; i++)
    {
      CrDifference *each = g_ptr_array_index (what->expected, i);

      if (g_strcmp0 (each->type, type) == 0)
        return each;
    }

  return NULL;
}

/* Counted from the page itself: what was delivered since the first look is no difference. */
static void
take_page (Recount *recount)
{
  for (guint i = 0; i < recount->page->len; i++)
    {
      const CrSought *each = g_ptr_array_index (recount->page, i);
      CrDifference *type = find_type (recount->what, each->type);

      if (type != NULL && each->is_there)
        type->n_found++;
      if (type != NULL && !each->is_there)
        g_array_append_val (recount->what->missing, each->rid);
    }
}

static void load_page (GTask *task);

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }

  take_page (g_task_get_task_data (task));
  load_page (task);
}

/* Takes @task. */
static void
page_loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  CrSender *self = g_task_get_source_object (task);
  Recount *recount = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&recount->page, g_ptr_array_unref);
  recount->page = cr_store_read_finish (CR_STORE (source), result, &error);
  if (recount->page == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  if (recount->page->len == 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  recount->after = ((CrSought *) g_ptr_array_index (recount->page, recount->page->len - 1))->rid;
  CR_SENDER_GET_CLASS (self)->find_async (self, recount->page, g_task_get_cancellable (task),
                                          found_cb, task);
}

static gpointer
read_page (CrDb *db, gpointer data, GError **error)
{
  Recount *recount = data;

  return cr_reconcile_load_records (db, recount->what->destination_id, recount->after, PAGE, error);
}

/* Takes @task. */
static void
load_page (GTask *task)
{
  Recount *recount = g_task_get_task_data (task);

  cr_store_read_async (recount->store, CR_READ_BULK, read_page, recount, NULL,
                       (GDestroyNotify) g_ptr_array_unref, g_task_get_cancellable (task),
                       page_loaded_cb, task);
}

/**
 * cr_sender_recount_async:
 *
 * Asks the destination what it has: for files, each by name and hash in a folder, by name and size
 * in storage; for a FHIR server, each record by the id it has there.
 */
void
cr_sender_recount_async (CrSender *self,
                         CrStore *store,
                         CrReconciliation *what,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Recount *recount = g_new0 (Recount, 1);

  recount->store = g_object_ref (store);
  recount->what = what;
  g_task_set_source_tag (task, cr_sender_recount_async);
  g_task_set_task_data (task, recount, recount_free);
  if (CR_SENDER_GET_CLASS (self)->find_async != NULL)
    load_page (task);
  else
    count_next (task);
}

gboolean
cr_sender_recount_finish (CrSender *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

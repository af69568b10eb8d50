/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "export/cr-fhir-sender.h"

#include "base/cr-json.h"
#include "base/cr-said.h"

#include <string.h>

/* So many ids in one question; an address of theirs stays below what servers take. */
#define MAX_IDS 40

/* Neighbours of @sought of one type, asked for together. */
typedef struct
{
  guint first;
  guint n;
  gboolean is_read; /* the server does not search this type: each is read */
} Range;

typedef struct
{
  GPtrArray *sought; /* (owned): of CrSought, (unowned), by type */
  GPtrArray *ids;    /* (owned): of char *: the id of each at the server */
  GArray *left;      /* (owned): of Range */
  Range out;         /* what is asked */
} Finding;

static void
finding_free (gpointer data)
{
  Finding *self = data;

  g_ptr_array_unref (self->sought);
  g_ptr_array_unref (self->ids);
  g_array_unref (self->left);
  g_free (self);
}

static int
by_type (gconstpointer a, gconstpointer b)
{
  const CrSought *one = *(CrSought *const *) a;
  const CrSought *other = *(CrSought *const *) b;

  return strcmp (one->type, other->type);
}

/* The id a record has at the server. */
char *
cr_fhir_sender_id_of (CrFhirSender *sender, const CrSought *each)
{
  if (each->place != NULL && each->place[0] != '\0')
    return g_strdup (each->place);

  return cr_fhir_sender_get_ids (sender) == CR_FHIR_IDS_SOURCE
           ? g_strdup (each->id)
           : cr_fhir_name (each->source_id, each->patient_id, each->type, each->id);
}

static const char *
type_at (Finding *self, guint at)
{
  return ((CrSought *) g_ptr_array_index (self->sought, at))->type;
}

/* The same id twice in one question would be one answer. */
static void
divide (Finding *self)
{
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  Range range = { 0, 0, FALSE };

  for (guint i = 0; i < self->sought->len; i++)
    {
      gboolean is_new = g_hash_table_add (ids, g_ptr_array_index (self->ids, i));

      if (range.n > 0 && (!is_new || range.n == MAX_IDS ||
                          !g_str_equal (type_at (self, range.first), type_at (self, i))))
        {
          g_array_append_val (self->left, range);
          range = (Range){ i, 0, FALSE };
          g_hash_table_remove_all (ids);
          g_hash_table_add (ids, g_ptr_array_index (self->ids, i));
        }
      range.n++;
    }
  if (range.n > 0)
    g_array_append_val (self->left, range);
}

static void
mark (Finding *self, gboolean is_there)
{
  for (guint i = 0; i < self->out.n; i++)
    ((CrSought *) g_ptr_array_index (self->sought, self->out.first + i))->is_there = is_there;
}

static void
halve (Finding *self)
{
  guint half = self->out.n / 2;
  Range one = { self->out.first, half, FALSE };
  Range other = { self->out.first + half, self->out.n - half, FALSE };

  g_array_append_val (self->left, one);
  g_array_append_val (self->left, other);
}

static gboolean
take_total (Finding *self, const CrReply *reply, GError **error)
{
  gsize n_bytes = 0;
  const char *data = reply->body != NULL ? g_bytes_get_data (reply->body, &n_bytes) : NULL;
  g_autoptr (JsonObject) bundle = cr_json_parse (data != NULL ? data : "", (gssize) n_bytes,
                                                 CR_SAID ("The answer to a count"), error);
  gint64 total = -1;

  if (bundle == NULL)
    return FALSE;
  if (!cr_json_int (bundle, "total", &total) || total < 0 || total > self->out.n)
    {
      g_set_error (error, CR_ERROR, CR_ERROR_BAD_REPLY,
                   "The server does not say how many of %u records of type %s it has", self->out.n,
                   type_at (self, self->out.first));
      return FALSE;
    }

  if (total == 0 || total == self->out.n)
    mark (self, total > 0);
  else
    halve (self);
  return TRUE;
}

/* Many servers keep a type, such as Binary, that they do not search. */
static gboolean
is_unsearchable (guint status)
{
  return status == 400 || status == 403 || status == 404 || status == 405 || status == 501;
}

static gboolean
take_answer (Finding *self, const CrReply *reply, GError **error)
{
  if (!self->out.is_read && is_unsearchable (reply->status))
    {
      self->out.is_read = TRUE;
      g_array_append_val (self->left, self->out);
      return TRUE;
    }
  if (self->out.is_read && (reply->status == 404 || reply->status == 410))
    {
      mark (self, FALSE);
      return TRUE;
    }
  if (!cr_reply_check_ours (reply, error))
    return FALSE;
  if (!self->out.is_read)
    return take_total (self, reply, error);

  mark (self, TRUE);
  return TRUE;
}

static void ask_next (GTask *task);

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Finding *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (CrReply) reply =
      cr_fhir_sender_call_finish (g_task_get_source_object (task), result, &error);

  if (reply == NULL || !take_answer (self, reply, &error))
    g_task_return_error (task, error);
  else
    ask_next (g_steal_pointer (&task));
}

/* A read is asked for one by one: what is left of its range goes back. */
static void
take_range (Finding *self)
{
  Range rest;

  self->out = g_array_index (self->left, Range, self->left->len - 1);
  g_array_set_size (self->left, self->left->len - 1);
  if (!self->out.is_read || self->out.n == 1)
    return;

  rest = (Range){ self->out.first + 1, self->out.n - 1, TRUE };
  g_array_append_val (self->left, rest);
  self->out.n = 1;
}

static char *
question (Finding *self)
{
  const char *type = type_at (self, self->out.first);
  GString *path = g_string_new (type);

  if (self->out.is_read)
    {
      g_string_append_printf (path, "/%s", (char *) g_ptr_array_index (self->ids, self->out.first));
      return g_string_free (path, FALSE);
    }

  g_string_append (path, "?_summary=count&_id=");
  for (guint i = 0; i < self->out.n; i++)
    g_string_append_printf (path, "%s%s", i > 0 ? "," : "",
                            (char *) g_ptr_array_index (self->ids, self->out.first + i));
  return g_string_free (path, FALSE);
}

/* Takes @task. */
static void
ask_next (GTask *task)
{
  Finding *self = g_task_get_task_data (task);
  g_autofree char *path = NULL;

  if (self->left->len == 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  take_range (self);
  path = question (self);
  cr_fhir_sender_call_async (g_task_get_source_object (task), &(CrFhirCall){ "GET", path, NULL },
                             g_task_get_cancellable (task), answered_cb, task);
}

/**
 * cr_fhir_sender_find_async:
 * @sought: (element-type CrSought): kept by the caller
 *
 * Which of these records the server has, by the ids they have there, so that what others keep in it
 * counts for nothing. Asks how many of a handful there are; only where some are missing, asks for
 * halves until it is known which.
 * Source: FHIR R4, search.html “_id” and “_summary=count”
 */
void
cr_fhir_sender_find_async (CrSender *sender,
                           GPtrArray *sought,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (sender, cancellable, callback, user_data);
  Finding *self = g_new0 (Finding, 1);

  self->sought = g_ptr_array_copy (sought, NULL, NULL);
  g_ptr_array_set_free_func (self->sought, NULL);
  g_ptr_array_sort (self->sought, by_type);
  self->ids = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < sought->len; i++)
    g_ptr_array_add (self->ids, cr_fhir_sender_id_of (CR_FHIR_SENDER (sender),
                                                      g_ptr_array_index (self->sought, i)));
  self->left = g_array_new (FALSE, FALSE, sizeof (Range));
  divide (self);

  g_task_set_source_tag (task, cr_fhir_sender_find_async);
  g_task_set_task_data (task, self, finding_free);
  ask_next (task);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-record-stretch.h"

#include <string.h>

#include "store/cr-stmt-rows.h"

/* Records of one patient lie in a few streams, one a source, each with an index by sequence. Every
 * stream gives a piece; what is certain to come before the rest of all of them is the stretch. */

/* A hold that is open, or that was rejected last. */
#define STREAMS                                                                                    \
  "SELECT st.sid, st.source_id, EXISTS (SELECT 1 FROM connection c JOIN hold h"                    \
  "  ON h.connection_id = c.id WHERE c.patient_id = st.patient_id AND c.source_id = st.source_id"  \
  "  AND (h.status = 'open' OR (h.status = 'rejected' AND h.n = (SELECT max (l.n) FROM hold l"     \
  "   WHERE l.connection_id = c.id)))), s.fhir_base_url, st.n_records,"                            \
  " (SELECT max (r.seq) FROM record r WHERE r.sid = st.sid)"                                       \
  " FROM stream st LEFT JOIN source s ON s.id = st.source_id"                                      \
  " WHERE st.patient_id = :patient_id ORDER BY st.sid"

typedef struct
{
  gint64 sid;
  char *source_id; /* (owned) */
  char *base;      /* (owned) (nullable) */
  gboolean is_held;
  gint64 n_records;
  gint64 newest;
} Stream;

static void
stream_free (gpointer data)
{
  Stream *stream = data;

  g_free (stream->source_id);
  g_free (stream->base);
  g_free (stream);
}

static GPtrArray *
list_streams (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (GPtrArray) streams = g_ptr_array_new_with_free_func (stream_free);
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, STREAMS);
  CrStep step;

  cr_stmt_bind_text (stmt, ":patient_id", patient_id);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      Stream *stream = g_new0 (Stream, 1);

      stream->sid = cr_stmt_int64 (stmt, 0);
      stream->source_id = cr_stmt_dup_text (stmt, 1);
      stream->is_held = cr_stmt_int64 (stmt, 2) != 0;
      stream->base = cr_stmt_dup_text (stmt, 3);
      stream->n_records = cr_stmt_int64 (stmt, 4);
      stream->newest = cr_stmt_int64 (stmt, 5);
      g_ptr_array_add (streams, stream);
    }

  return step == CR_STEP_DONE ? g_steal_pointer (&streams) : NULL;
}

#define PIECE                                                                                      \
  "SELECT v.seq, t.name, r.id, v.n, v.received_ms, v.body, r.rid FROM record r"                    \
  " JOIN version v ON v.seq = r.seq JOIN rtype t ON t.n = r.type WHERE r.sid = :sid"               \
  " AND (:types IS NULL OR instr (:types, ',' || t.name || ',') > 0) AND v.received_ms > "         \
  ":since_ms"

/* What is only referred to has the sequence 0. With one bound a direction the index is entered
 * where the stretch begins; with two of the same side it was walked from its start. */
#define FORWARDS PIECE " AND r.seq > :at ORDER BY r.seq LIMIT :limit"
#define BACKWARDS PIECE " AND r.seq > 0 AND r.seq < :at ORDER BY r.seq DESC LIMIT :limit"

/* What was read of all streams so far. */
typedef struct
{
  const CrStretchAsk *ask;
  GPtrArray *records; /* (owned) */
  gint64 certain;     /* nothing unread comes before it, in the direction of reading */
  gboolean is_cut;    /* a stream has more */
} Reading;

static CrRecord *
read_record (CrStmt *stmt, const char *patient_id, const Stream *stream)
{
  CrRecord *record = cr_record_new (cr_stmt_int64 (stmt, 6));

  record->patient_id = g_strdup (patient_id);
  record->source_id = g_strdup (stream->source_id);
  record->source_base = g_strdup (stream->base);
  record->sequence = cr_stmt_int64 (stmt, 0);
  record->type = cr_stmt_dup_text (stmt, 1);
  record->id = cr_stmt_dup_text (stmt, 2);
  record->version = (guint) cr_stmt_int64 (stmt, 3);
  record->received_ms = cr_stmt_int64 (stmt, 4);
  record->body = cr_stmt_dup_bytes (stmt, 5);
  record->n_bytes = g_bytes_get_size (record->body);
  return record;
}

static void
cut_at (Reading *reading, gint64 sequence)
{
  reading->is_cut = TRUE;
  reading->certain = reading->ask->is_backwards ? MAX (reading->certain, sequence)
                                                : MIN (reading->certain, sequence);
}

static gboolean
read_stream (CrDb *db, const Stream *stream, Reading *reading, GError **error)
{
  const CrStretchAsk *ask = reading->ask;
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, ask->is_backwards ? BACKWARDS : FORWARDS);
  gsize n_bytes = 0;
  guint n = 0;
  gint64 last = 0;
  CrStep step;

  cr_stmt_bind_int64 (stmt, ":sid", stream->sid);
  cr_stmt_bind_text (stmt, ":types", ask->types);
  cr_stmt_bind_int64 (stmt, ":since_ms", ask->since_ms);
  cr_stmt_bind_int64 (stmt, ":at", MAX (ask->at, 0));
  cr_stmt_bind_int64 (stmt, ":limit", (gint64) ask->limit + 1);
  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      CrRecord *record;

      if (n == ask->limit || (n > 0 && n_bytes >= ask->max_bytes))
        {
          cut_at (reading, last);
          return TRUE;
        }
      record = read_record (stmt, ask->patient_id, stream);
      n++;
      n_bytes += record->n_bytes;
      last = record->sequence;
      g_ptr_array_add (reading->records, record);
    }
  return step == CR_STEP_DONE;
}

static int
by_sequence (gconstpointer a, gconstpointer b)
{
  gint64 first = (*(CrRecord *const *) a)->sequence, second = (*(CrRecord *const *) b)->sequence;

  return first < second ? -1 : first > second;
}

/* The part of what was read that is certain and fits the page, nearest to where it began. */
static CrStretch *
choose (Reading *reading)
{
  const CrStretchAsk *ask = reading->ask;
  CrStretch *stretch = g_new0 (CrStretch, 1);
  GPtrArray *all = reading->records;
  guint from = 0, to;
  gsize n_bytes = 0;

  g_ptr_array_sort (all, by_sequence);
  to = all->len;
  stretch->has_more = reading->is_cut;
  stretch->records = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < all->len; i++)
    {
      guint at = ask->is_backwards ? all->len - 1 - i : i;
      CrRecord *record = g_ptr_array_index (all, at);
      gboolean is_certain = ask->is_backwards ? record->sequence >= reading->certain
                                              : record->sequence <= reading->certain;

      if (!is_certain || i == ask->limit || (i > 0 && n_bytes >= ask->max_bytes))
        {
          stretch->has_more = TRUE;
          from = ask->is_backwards ? at + 1 : 0;
          to = ask->is_backwards ? all->len : at;
          break;
        }
      n_bytes += record->n_bytes;
    }
  for (guint i = from; i < to; i++)
    g_ptr_array_add (stretch->records, g_object_ref (g_ptr_array_index (all, i)));
  return stretch;
}

/**
 * cr_record_stretch_read:
 *
 * The latest versions of a patient's records in the order of their sequence, those left out whose
 * connection waits for a decision. Whoever reads to the end while a pull writes has every record:
 * one that changes meanwhile comes again, behind.
 */
CrStretch *
cr_record_stretch_read (CrDb *db, const CrStretchAsk *ask, GError **error)
{
  g_autoptr (GPtrArray) streams = list_streams (db, ask->patient_id, error);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func (g_object_unref);
  Reading reading = { .ask = ask,
                      .records = records,
                      .certain = ask->is_backwards ? G_MININT64 : G_MAXINT64 };
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func (g_free);
  CrStretch *stretch;

  if (streams == NULL)
    return NULL;

  for (guint i = 0; i < streams->len; i++)
    {
      Stream *stream = g_ptr_array_index (streams, i);

      if (stream->is_held)
        g_ptr_array_add (held, g_strdup (stream->source_id));
      else if (!read_stream (db, stream, &reading, error))
        return NULL;
    }

  stretch = choose (&reading);
  stretch->held = g_steal_pointer (&held);
  return stretch;
}

char *
cr_record_stretch_mark (CrDb *db, const char *patient_id, GError **error)
{
  g_autoptr (GPtrArray) streams = list_streams (db, patient_id, error);
  GString *mark = g_string_new (NULL);

  for (guint i = 0; streams != NULL && i < streams->len; i++)
    {
      Stream *stream = g_ptr_array_index (streams, i);

      g_string_append_printf (
          mark, "%" G_GINT64_FORMAT ":%d:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ":%s;",
          stream->sid, stream->is_held, stream->n_records, stream->newest,
          stream->base != NULL ? stream->base : "");
    }
  return g_string_free (mark, streams == NULL);
}

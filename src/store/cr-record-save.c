/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "store/cr-records-private.h"
#include "store/cr-slots-table.h"
#include "store/cr-stmt-rows.h"

/* One call of cr_records_table_save(): what its steps share. */
typedef struct
{
  CrDb *db;
  gint64 sid;
  gint64 pull;
  gint64 began_ms; /* of the pull; 0: not known */
  const char *reached;
  gint64 now_ms;
  guint n_left;         /* how many numbers the rest of the call may need */
  gint64 next_sequence; /* of the numbers drawn; 0: none yet */
  gint64 last_sequence;
  gboolean has_absent; /* something of the stream was missed */
  const char *type;    /* (unowned) (nullable): of the record before */
  gint64 type_number;
  gboolean expects_new; /* what came before was new, so this will be */
  gint64 behind;        /* row that the next record probably follows; 0: nobody knows */
  gboolean is_walking;  /* `walk` stands on that row */
  guint n_misses;       /* of guesses */
  gint64 confirm_first; /* rows to confirm at once; 0: none */
  gint64 confirm_last;
  CrStmt *find;        /* (owned) */
  CrStmt *walk;        /* (owned): row after row */
  CrStmt *find_rid;    /* (owned) */
  CrStmt *confirm_all; /* (owned) */
  CrStmt *add_record;  /* (owned) */
  CrStmt *fill;        /* (owned) */
  CrStmt *confirm;     /* (owned) */
  CrStmt *add_version; /* (owned) */
  CrStmt *refer;       /* (owned) */
  GHashTable *targets; /* (owned): `Type/id` → rid */
  CrRecordTally tally; /* its tables are owned */
} Save;

#define KNOWN                                                                                      \
  "rid, seq, n, sha256, content, stamp_updated, confirmed_ms, stamp_version, sid, type, id"

/* Guesses that fail cost as much as those that hold save. */
#define MAX_MISSES 3

static void
save_open (Save *self, CrDb *db)
{
  self->db = db;
  self->find = cr_stmt_new (db, "SELECT " KNOWN " FROM record"
                                " WHERE sid = :sid AND type = :type AND id = :id");
  self->walk = cr_stmt_new (db, "SELECT " KNOWN " FROM record WHERE rid > :rid ORDER BY rid");
  self->find_rid =
      cr_stmt_new (db, "SELECT rid FROM record WHERE sid = :sid AND type = :type AND id = :id");
  self->confirm_all = cr_stmt_new (
      db, "UPDATE record SET confirmed_ms = :now_ms WHERE rid BETWEEN :first AND :last");
  self->add_record = cr_stmt_new (
      db,
      "INSERT INTO record (sid, type, id, seq, n, sha256, content, first_seen_ms, confirmed_ms,"
      " stamp_version, stamp_updated, bytes) VALUES (:sid, :type, :id, :seq, :n, :sha256, :content,"
      " :now_ms, :now_ms, :stamp_version, :stamp_updated, :bytes) ON CONFLICT DO NOTHING");
  self->fill =
      cr_stmt_new (db, "UPDATE record SET seq = :seq, n = :n, sha256 = :sha256, content = :content,"
                       " first_seen_ms = CASE WHEN seq = 0 THEN :now_ms ELSE first_seen_ms END,"
                       " confirmed_ms = :now_ms, stamp_version = :stamp_version,"
                       " stamp_updated = :stamp_updated, bytes = :bytes WHERE rid = :rid");
  self->confirm =
      cr_stmt_new (db, "UPDATE record SET confirmed_ms = :now_ms, stamp_version = :stamp_version,"
                       " stamp_updated = :stamp_updated WHERE rid = :rid");
  self->add_version = cr_stmt_new (
      db, "INSERT INTO version (seq, rid, n, previous, received_ms, pull, reached, sha256, bytes,"
          " body, is_late) VALUES (:seq, :rid, :n, :previous, :now_ms, :pull, :reached, :sha256,"
          " :bytes, :body, :is_late)");
  self->refer = cr_stmt_new (db, "INSERT INTO reference (rid, to_rid) VALUES (:rid, :to_rid)"
                                 " ON CONFLICT DO NOTHING");
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->tally.added = g_hash_table_new (NULL, NULL);
  self->tally.changed = g_hash_table_new (NULL, NULL);
}

static void
save_close (Save *self)
{
  cr_stmt_free (self->find);
  cr_stmt_free (self->walk);
  cr_stmt_free (self->find_rid);
  cr_stmt_free (self->confirm_all);
  cr_stmt_free (self->add_record);
  cr_stmt_free (self->fill);
  cr_stmt_free (self->confirm);
  cr_stmt_free (self->add_version);
  cr_stmt_free (self->refer);
  g_hash_table_unref (self->targets);
  g_hash_table_unref (self->tally.added);
  g_hash_table_unref (self->tally.changed);
}

/* What the store has under a key. */
typedef struct
{
  gint64 rid; /* 0: nothing */
  gint64 seq; /* 0: only referred to */
  guint n;
  gboolean is_same; /* bytes, or content */
  gboolean has_same_stamps;
  gboolean is_newer; /* than what came, by the portal's own stamps */
  gboolean is_again; /* this pull has brought it before */
  gboolean is_late;  /* goes behind one that came earlier */
} Known;

static gboolean
holds (CrStmt *stmt, int column, const guint8 *hash)
{
  gsize n_bytes;
  gconstpointer data = cr_stmt_blob (stmt, column, &n_bytes);

  return n_bytes == CR_CONTENT_HASH_SIZE && memcmp (data, hash, n_bytes) == 0;
}

static gboolean
make_whole (const CrIncoming *incoming, GError **error)
{
  return incoming->complete == NULL || incoming->complete (incoming, error);
}

static void
bind_key (Save *self, CrStmt *stmt, gint64 type, const char *id)
{
  cr_stmt_bind_int64 (stmt, ":sid", self->sid);
  cr_stmt_bind_int64 (stmt, ":type", type);
  cr_stmt_bind_text (stmt, ":id", id);
}

static gboolean
is_to_be_confirmed (Save *self, gint64 rid)
{
  return self->confirm_first > 0 && rid >= self->confirm_first && rid <= self->confirm_last;
}

/* By this pull. A time to come was written while the clock was wrong. */
static gboolean
was_confirmed (Save *self, gint64 confirmed_ms)
{
  return confirmed_ms >= self->began_ms && confirmed_ms <= self->now_ms;
}

/* What is not there to be compared is read first. Returns -1 on error. */
static int
is_same (CrStmt *stmt, const CrIncoming *incoming, GError **error)
{
  if (holds (stmt, 3, incoming->sha256))
    return TRUE;
  if (!make_whole (incoming, error))
    return -1;

  return holds (stmt, 4, incoming->content);
}

static gboolean
read_known (Save *self, CrStmt *stmt, const CrIncoming *incoming, Known *known, GError **error)
{
  int same;

  known->rid = cr_stmt_int64 (stmt, 0);
  known->seq = cr_stmt_int64 (stmt, 1);
  known->n = (guint) cr_stmt_int64 (stmt, 2);
  if (known->seq == 0)
    return make_whole (incoming, error);

  same = is_same (stmt, incoming, error);
  if (same < 0)
    return FALSE;

  known->is_same = same;
  known->has_same_stamps = cr_stmt_text_is (stmt, 5, incoming->last_updated) &&
                           cr_stmt_text_is (stmt, 7, incoming->version_id);
  known->is_newer =
      !known->has_same_stamps &&
      cr_record_is_older (incoming->last_updated, cr_stmt_text (stmt, 5), self->now_ms);
  known->is_again = self->began_ms > 0 && (was_confirmed (self, cr_stmt_int64 (stmt, 6)) ||
                                           is_to_be_confirmed (self, known->rid));
  return TRUE;
}

static void
stop_walk (Save *self)
{
  if (self->is_walking)
    cr_stmt_reset (self->walk);
  self->is_walking = FALSE;
}

/* Whether the record lies in the row after the last one; reads it then. -1 on error. */
static int
look_behind (Save *self,
             gint64 type,
             const char *id,
             const CrIncoming *incoming,
             Known *known,
             GError **error)
{
  CrStep step;

  if (self->behind == 0 || self->n_misses >= MAX_MISSES)
    return FALSE;

  if (!self->is_walking)
    cr_stmt_bind_int64 (self->walk, ":rid", self->behind);
  self->is_walking = TRUE;
  step = cr_stmt_step (self->walk, error);
  if (step == CR_STEP_ROW && cr_stmt_int64 (self->walk, 8) == self->sid &&
      cr_stmt_int64 (self->walk, 9) == type && cr_stmt_text_is (self->walk, 10, id))
    return read_known (self, self->walk, incoming, known, error) ? TRUE : -1;

  stop_walk (self);
  self->n_misses++;
  return step == CR_STEP_ERROR ? -1 : FALSE;
}

/* A portal that lists records in the order it listed them in before lists rows one after the other,
 * and then no index is needed to find the next. */
static gboolean
look_up (Save *self,
         gint64 type,
         const char *id,
         const CrIncoming *incoming,
         Known *known,
         GError **error)
{
  int found;
  gboolean ok = TRUE;

  *known = (Known){ 0 };
  found = look_behind (self, type, id, incoming, known, error);
  if (found < 0)
    return FALSE;
  if (!found)
    {
      CrStep step;

      bind_key (self, self->find, type, id);
      step = cr_stmt_step (self->find, error);
      ok = step == CR_STEP_ROW  ? read_known (self, self->find, incoming, known, error)
         : step == CR_STEP_DONE ? make_whole (incoming, error)
                                : FALSE;
      cr_stmt_reset (self->find);
    }

  self->behind = known->rid;
  return ok;
}

static void
bind_stamps (CrStmt *stmt, const CrIncoming *incoming)
{
  cr_stmt_bind_text (stmt, ":stamp_version", incoming != NULL ? incoming->version_id : NULL);
  cr_stmt_bind_text (stmt, ":stamp_updated", incoming != NULL ? incoming->last_updated : NULL);
}

static void
bind_hashes (CrStmt *stmt, const CrIncoming *incoming)
{
  gsize n_bytes = incoming != NULL ? CR_CONTENT_HASH_SIZE : 0;

  cr_stmt_bind_blob (stmt, ":sha256", incoming != NULL ? incoming->sha256 : NULL, n_bytes);
  cr_stmt_bind_blob (stmt, ":content", incoming != NULL ? incoming->content : NULL, n_bytes);
}

/* A new row; without @incoming one that is only referred to. Returns its rid; 0 on error, and
 * without error when the key is there. */
static gint64
add_record (Save *self,
            gint64 type,
            const char *id,
            const CrIncoming *incoming,
            gint64 seq,
            GError **error)
{
  CrStmt *stmt = self->add_record;
  gint64 rid = 0;

  bind_key (self, stmt, type, id);
  cr_stmt_bind_int64 (stmt, ":seq", seq);
  cr_stmt_bind_int64 (stmt, ":n", incoming != NULL ? 1 : 0);
  cr_stmt_bind_int64 (stmt, ":bytes", incoming != NULL ? (gint64) incoming->n_bytes : 0);
  cr_stmt_bind_int64 (stmt, ":now_ms", self->now_ms);
  bind_hashes (stmt, incoming);
  bind_stamps (stmt, incoming);
  /* RETURNING would make a table of its own for the one number. */
  if (cr_stmt_run (stmt, error) && cr_stmt_n_changed (stmt) > 0)
    rid = cr_stmt_last_row (stmt);
  cr_stmt_reset (stmt);
  return rid;
}

static gboolean
run_again (CrStmt *stmt, GError **error)
{
  gboolean ok = cr_stmt_run (stmt, error);

  cr_stmt_reset (stmt);
  return ok;
}

static gboolean
fill_record (Save *self, const Known *known, const CrIncoming *incoming, gint64 seq, GError **error)
{
  CrStmt *stmt = self->fill;

  cr_stmt_bind_int64 (stmt, ":rid", known->rid);
  cr_stmt_bind_int64 (stmt, ":seq", seq);
  cr_stmt_bind_int64 (stmt, ":n", known->n + 1);
  cr_stmt_bind_int64 (stmt, ":bytes", (gint64) incoming->n_bytes);
  cr_stmt_bind_int64 (stmt, ":now_ms", self->now_ms);
  bind_hashes (stmt, incoming);
  bind_stamps (stmt, incoming);
  return run_again (stmt, error);
}

static gboolean
confirm (Save *self, const Known *known, const CrIncoming *incoming, GError **error)
{
  cr_stmt_bind_int64 (self->confirm, ":rid", known->rid);
  cr_stmt_bind_int64 (self->confirm, ":now_ms", self->now_ms);
  bind_stamps (self->confirm, incoming);
  return run_again (self->confirm, error);
}

static gboolean
add_version (Save *self, const Known *known, const CrIncoming *incoming, gint64 seq, GError **error)
{
  CrStmt *stmt = self->add_version;

  cr_stmt_bind_int64 (stmt, ":seq", seq);
  cr_stmt_bind_int64 (stmt, ":rid", known->rid);
  cr_stmt_bind_int64 (stmt, ":n", known->n + 1);
  cr_stmt_bind_int64 (stmt, ":previous", known->seq);
  cr_stmt_bind_int64 (stmt, ":now_ms", self->now_ms);
  cr_stmt_bind_int64 (stmt, ":pull", self->pull);
  cr_stmt_bind_text (stmt, ":reached", self->reached);
  cr_stmt_bind_blob (stmt, ":sha256", incoming->sha256, CR_CONTENT_HASH_SIZE);
  cr_stmt_bind_int64 (stmt, ":bytes", (gint64) incoming->n_bytes);
  cr_stmt_bind_blob (stmt, ":body", incoming->body, incoming->n_bytes);
  cr_stmt_bind_int64 (stmt, ":is_late", known->is_late);
  return run_again (stmt, error);
}

static gboolean
confirm_now (Save *self, GError **error)
{
  gint64 first = self->confirm_first;

  self->confirm_first = 0;
  if (first == 0)
    return TRUE;

  cr_stmt_bind_int64 (self->confirm_all, ":now_ms", self->now_ms);
  cr_stmt_bind_int64 (self->confirm_all, ":first", first);
  cr_stmt_bind_int64 (self->confirm_all, ":last", self->confirm_last);
  return run_again (self->confirm_all, error);
}

/* Nothing about it is new but that it was seen: rows that lie side by side are written at once. */
static gboolean
confirm_later (Save *self, gint64 rid, GError **error)
{
  if (self->confirm_first > 0 && self->confirm_last + 1 == rid)
    {
      self->confirm_last = rid;
      return TRUE;
    }
  /* A row that is still to be read must not be written meanwhile. */
  if (self->confirm_last > rid)
    stop_walk (self);
  if (!confirm_now (self, error))
    return FALSE;

  self->confirm_first = self->confirm_last = rid;
  return TRUE;
}

/* The row of what a reference points at, made when it is not there. Most records of a page point at
 * the same few. */
static gint64
find_target (Save *self, const CrReference *reference, GError **error)
{
  g_autofree char *key = g_strconcat (reference->type, "/", reference->id, NULL);
  gpointer seen = g_hash_table_lookup (self->targets, key);
  gint64 type, rid;

  if (seen != NULL)
    return (gint64) GPOINTER_TO_SIZE (seen);

  type = cr_db_type_number (self->db, reference->type, TRUE, error);
  if (type <= 0)
    return 0;

  bind_key (self, self->find_rid, type, reference->id);
  rid = cr_stmt_read_number (self->find_rid, 0, error);
  cr_stmt_reset (self->find_rid);
  if (rid == 0)
    rid = add_record (self, type, reference->id, NULL, 0, error);
  if (rid <= 0)
    return 0;

  g_hash_table_insert (self->targets, g_steal_pointer (&key), GSIZE_TO_POINTER ((gsize) rid));
  return rid;
}

static gboolean
forget_references (Save *self, gint64 rid, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (self->db, "DELETE FROM reference WHERE rid = :rid");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return cr_stmt_run (stmt, error);
}

static gboolean
refer (Save *self, gint64 rid, const CrIncoming *incoming, GError **error)
{
  for (guint i = 0; i < incoming->n_references; i++)
    {
      gint64 target = find_target (self, &incoming->references[i], error);

      if (target == 0)
        return FALSE;
      cr_stmt_bind_int64 (self->refer, ":rid", rid);
      cr_stmt_bind_int64 (self->refer, ":to_rid", target);
      if (!run_again (self->refer, error))
        return FALSE;
    }
  return TRUE;
}

/* Numbers are drawn for the rest of the call at once, and only when one is needed. */
static gint64
take_sequence (Save *self, GError **error)
{
  if (self->next_sequence == 0 || self->next_sequence > self->last_sequence)
    {
      if (!cr_db_next_number (self->db, "sequence", self->n_left, &self->next_sequence, error))
        return 0;
      self->last_sequence = self->next_sequence + self->n_left - 1;
    }
  return self->next_sequence++;
}

static gboolean
keep_version (Save *self,
              gint64 type,
              const char *id,
              Known *known,
              const CrIncoming *incoming,
              GError **error)
{
  gint64 seq = take_sequence (self, error);

  if (seq == 0)
    return FALSE;
  if (known->rid == 0)
    {
      known->rid = add_record (self, type, id, incoming, seq, error);
      if (known->rid == 0)
        return FALSE;
    }
  else if (!fill_record (self, known, incoming, seq, error))
    return FALSE;

  if (known->seq > 0 && !forget_references (self, known->rid, error))
    return FALSE;
  return add_version (self, known, incoming, seq, error) &&
         refer (self, known->rid, incoming, error);
}

/* Adds it without looking whether it is there, which costs what looking would. FALSE without error:
 * it is there. */
static gboolean
keep_if_new (Save *self, gint64 type, const char *id, const CrIncoming *incoming, GError **error)
{
  Known known = { 0 };
  gint64 seq = take_sequence (self, error);

  if (seq == 0)
    return FALSE;

  known.rid = add_record (self, type, id, incoming, seq, error);
  if (known.rid > 0)
    return add_version (self, &known, incoming, seq, error) &&
           refer (self, known.rid, incoming, error);

  self->next_sequence--;
  return FALSE;
}

/* Came late: goes behind the latest version, once. */
static gboolean
keep_older (Save *self, const Known *known, const CrIncoming *incoming, GError **error)
{
  int has = cr_record_has_version (self->db, known->rid, incoming->sha256, error);
  gint64 before = cr_record_version_before (self->db, known->seq, error);
  Known behind = { .rid = known->rid, .seq = before, .n = known->n - 1, .is_late = TRUE };
  gint64 seq;

  if (has < 0 || before < 0 || !cr_record_touch (self->db, known->rid, self->now_ms, error))
    return FALSE;
  if (has > 0)
    return TRUE;

  seq = take_sequence (self, error);
  return seq > 0 && add_version (self, &behind, incoming, seq, error) &&
         cr_record_slip_behind (self->db, known->rid, known->seq, seq, error);
}

/* The id it is kept under: its own, or one made of its content. */
static const char *
id_of (const CrIncoming *incoming, char *buffer)
{
  if (incoming->id != NULL)
    return incoming->id;

  strcpy (buffer, "sha256-");
  for (guint i = 0; i < 16; i++)
    g_snprintf (buffer + 7 + 2 * i, 3, "%02x", incoming->content[i]);
  return buffer;
}

static void
count_one (GHashTable *counts, gint64 type)
{
  gpointer key = GSIZE_TO_POINTER ((gsize) type);

  g_hash_table_insert (counts, key,
                       GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (counts, key)) + 1));
}

/* Most records of a page are of one type. */
static gint64
number_of (Save *self, const char *type, GError **error)
{
  if (self->type != NULL && strcmp (self->type, type) == 0)
    return self->type_number;

  self->type = type;
  self->type_number = cr_db_type_number (self->db, type, TRUE, error);
  return self->type_number;
}

static gboolean
save_one (Save *self, const CrIncoming *incoming, CrSaveCounts *counts, GError **error)
{
  char buffer[7 + 32 + 1];
  const char *id = id_of (incoming, buffer);
  gint64 type = number_of (self, incoming->type, error);
  Known known;

  if (type <= 0)
    return FALSE;
  if (self->expects_new && !make_whole (incoming, error))
    return FALSE;
  if (self->expects_new)
    {
      GError *failure = NULL;

      if (keep_if_new (self, type, id, incoming, &failure))
        {
          counts->n_received++;
          counts->n_new++;
          count_one (self->tally.added, type);
          return TRUE;
        }
      if (failure != NULL)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
    }
  if (!look_up (self, type, id, incoming, &known, error))
    return FALSE;

  self->expects_new = known.rid == 0;

  if (known.is_again && known.is_same)
    return TRUE;
  if (known.is_again && known.is_newer)
    {
      stop_walk (self);
      return keep_older (self, &known, incoming, error);
    }

  counts->n_received++;
  if (self->has_absent)
    stop_walk (self);
  if (self->has_absent && known.rid > 0 &&
      !cr_absence_table_clear (self->db, known.rid, self->pull, self->now_ms, error))
    return FALSE;
  if (known.is_same)
    {
      counts->n_unchanged++;
      if (known.is_newer || known.has_same_stamps)
        return confirm_later (self, known.rid, error);
      stop_walk (self);
      return confirm (self, &known, incoming, error);
    }

  stop_walk (self);
  if (known.is_newer)
    {
      counts->n_unchanged++;
      return keep_older (self, &known, incoming, error);
    }

  if (known.seq > 0)
    counts->n_changed++;
  else
    counts->n_new++;
  count_one (known.seq > 0 ? self->tally.changed : self->tally.added, type);
  return keep_version (self, type, id, &known, incoming, error);
}

static gboolean
read_pull (Save *self, const char *pull_id, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (self->db, "SELECT n, started_ms FROM pull WHERE id = :id");
  CrStep step;

  cr_stmt_bind_text (stmt, ":id", pull_id);
  step = cr_stmt_step (stmt, error);
  if (step == CR_STEP_ROW)
    {
      self->pull = self->tally.pull = cr_stmt_int64 (stmt, 0);
      self->began_ms = cr_stmt_int64 (stmt, 1);
      /* The clock may be set back meanwhile. */
      self->now_ms = MAX (self->now_ms, self->began_ms);
    }
  return step != CR_STEP_ERROR;
}

/**
 * cr_records_table_save:
 * @owner: whose records
 * @incoming: (array length=n_incoming): in the order they came; one record may come twice
 * @pull_id: (nullable): the pull that brought them
 * @reached: how: `search`, `reference` or `attachment`
 * @counts: (inout): added to
 *
 * The hot path, inside the caller's transaction. Equal bytes confirm a record; equal content with
 * other stamps too, the stamps being kept beside it; other content becomes a new version with the
 * next sequence number, and its references take the place of the old ones. Content whose stamp is
 * older than that of the latest version is kept as the version before it and counts as unchanged.
 * What the same pull brought before (on another page, by another search) counts once.
 */
gboolean
cr_records_table_save (CrDb *db,
                       const CrRecordOwner *owner,
                       const CrIncoming *incoming,
                       guint n_incoming,
                       const char *pull_id,
                       const char *reached,
                       gint64 now_ms,
                       CrSaveCounts *counts,
                       GError **error)
{
  Save save = { .reached = reached, .now_ms = now_ms };
  CrSaveCounts found = { 0 };
  int any;
  gboolean ok;

  save.sid = cr_streams_find (db, owner, TRUE, error);
  save.db = db;
  any = save.sid > 0 ? cr_absence_table_any (db, save.sid, error) : -1;
  if (any < 0 || !read_pull (&save, pull_id, error))
    return FALSE;
  save.has_absent = any > 0;
  save.tally.db = db;
  save.tally.sid = save.sid;

  save_open (&save, db);
  ok = TRUE;
  for (guint i = 0; ok && i < n_incoming; i++)
    {
      save.n_left = n_incoming - i;
      if (incoming[i].mode <= CR_ENTRY_INCLUDE)
        ok = save_one (&save, &incoming[i], &found, error);
    }
  ok = ok && confirm_now (&save, error) && cr_record_tally_save (&save.tally, error) &&
       cr_slots_table_add (db, "landed", found.n_new + found.n_changed, now_ms, error);
  save_close (&save);
  if (!ok)
    return FALSE;

  counts->n_received += found.n_received;
  counts->n_new += found.n_new;
  counts->n_changed += found.n_changed;
  counts->n_unchanged += found.n_unchanged;
  return TRUE;
}

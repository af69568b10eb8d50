/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/cr-time.h"
#include "store/cr-records-private.h"
#include "store/cr-stmt-rows.h"

/* A clock may be a little wrong, here or at the portal. */
#define MAX_AHEAD_MS (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

/**
 * cr_record_is_older:
 * @stamp: (nullable): `meta.lastUpdated` of what came
 * @stored: (nullable): that of what the store has
 *
 * Returns: %TRUE when both can be read and @stamp is before @stored: a portal of several machines
 *   can answer with a state it has left behind. A @stored from the future says nothing: what comes
 *   after it would never be the latest.
 */
gboolean
cr_record_is_older (const char *stamp, const char *stored, gint64 now_ms)
{
  gint64 ms, stored_ms;

  return stamp != NULL && stored != NULL && strcmp (stamp, stored) != 0 &&
         cr_time_from_string (stamp, &ms) && cr_time_from_string (stored, &stored_ms) &&
         ms < stored_ms && stored_ms <= now_ms + MAX_AHEAD_MS;
}

/* 1 when a version of the record has these bytes, 0 when none, -1 on error. */
int
cr_record_has_version (CrDb *db, gint64 rid, const guint8 *sha256, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (
      db, "WITH RECURSIVE chain (seq) AS (SELECT seq FROM record WHERE rid = :rid AND seq > 0"
          " UNION ALL SELECT p.previous FROM chain JOIN version p ON p.seq = chain.seq"
          " WHERE p.previous > 0) SELECT EXISTS (SELECT 1 FROM chain JOIN version v"
          " ON v.seq = chain.seq WHERE v.sha256 = :sha256)");

  cr_stmt_bind_int64 (stmt, ":rid", rid);
  cr_stmt_bind_blob (stmt, ":sha256", sha256, CR_CONTENT_HASH_SIZE);
  return (int) cr_stmt_read_number (stmt, 0, error);
}

/* The version before @sequence; 0 for none, -1 on error. */
gint64
cr_record_version_before (CrDb *db, gint64 sequence, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT previous FROM version WHERE seq = :seq");

  cr_stmt_bind_int64 (stmt, ":seq", sequence);
  return cr_stmt_read_number (stmt, 0, error);
}

/* Puts @older, whose own `previous` is right already, behind the latest version of a record: that
 * one stays the latest and keeps its sequence, so that nothing is exported again. */
gboolean
cr_record_slip_behind (CrDb *db, gint64 rid, gint64 latest, gint64 older, GError **error)
{
  g_autoptr (CrStmt) version =
      cr_stmt_new (db, "UPDATE version SET previous = :older, n = n + 1 WHERE seq = :latest");
  g_autoptr (CrStmt) record = cr_stmt_new (db, "UPDATE record SET n = n + 1 WHERE rid = :rid");

  cr_stmt_bind_int64 (version, ":older", older);
  cr_stmt_bind_int64 (version, ":latest", latest);
  cr_stmt_bind_int64 (record, ":rid", rid);
  return cr_stmt_run (version, error) && cr_stmt_run (record, error);
}

/* Seen again, whatever it looked like. */
gboolean
cr_record_touch (CrDb *db, gint64 rid, gint64 now_ms, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (db, "UPDATE record SET confirmed_ms = :now_ms WHERE rid = :rid");

  cr_stmt_bind_int64 (stmt, ":now_ms", now_ms);
  cr_stmt_bind_int64 (stmt, ":rid", rid);
  return cr_stmt_run (stmt, error);
}

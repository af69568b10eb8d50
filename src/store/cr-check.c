/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-check.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "store/cr-stmt.h"

#define SHA256_SIZE 32

/* A rule holds when its query counts nothing. */
static const struct
{
  const char *name;
  const char *sql;
  const char *words; /* of what was found, in the plural */
} rules[] = {
  { "records-have-their-version",
    "SELECT count(*) FROM record r WHERE r.seq > 0 AND NOT EXISTS"
    " (SELECT 1 FROM version v WHERE v.seq = r.seq AND v.rid = r.rid AND v.n = r.n)",
    "records point at a version that is not there" },
  { "versions-follow-each-other",
    "SELECT count(*) FROM version v WHERE v.n > 1 AND NOT EXISTS"
    " (SELECT 1 FROM version p WHERE p.seq = v.previous AND p.rid = v.rid AND p.n = v.n - 1)",
    "versions have lost the one before them" },
  { "numbers-are-drawn",
    "SELECT count(*) FROM version WHERE seq > (SELECT coalesce(max(value), 0) FROM counter)",
    "versions bear a number that was never drawn" },
  { "records-are-counted",
    "SELECT count(*) FROM stream s WHERE s.n_records <>"
    " (SELECT count(*) FROM record r WHERE r.sid = s.sid AND r.seq > 0)",
    "patients' records are miscounted" },
  { "types-are-counted",
    "SELECT count(*) FROM tally t WHERE t.n <>"
    " (SELECT count(*) FROM record r WHERE r.sid = t.sid AND r.type = t.type AND r.seq > 0)",
    "types of record are miscounted" },
  { "totals-of-types-are-counted",
    "SELECT count(*) FROM counter c WHERE c.name LIKE 'type:%' AND c.value <>"
    " (SELECT coalesce (sum (y.n), 0) FROM tally y JOIN rtype t ON t.n = y.type"
    "  WHERE 'type:' || t.name = c.name)",
    "types of record are miscounted over all patients" },
  { "references-lead-somewhere",
    "SELECT count(*) FROM reference f WHERE NOT EXISTS"
    " (SELECT 1 FROM record r WHERE r.rid = f.to_rid)",
    "references lead to no row" },
  { "absences-are-of-records",
    "SELECT count(*) FROM absence a WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.rid = a.rid"
    " AND r.sid = a.sid AND r.seq > 0)",
    "records that are no longer listed were never kept" },
  { "watermarks-are-behind-the-store",
    "SELECT count(*) FROM watermark WHERE sequence > (SELECT coalesce(max(value), 0) FROM counter)",
    "watermarks are ahead of what is stored" },
  { "deliveries-are-of-records",
    "SELECT count(*) FROM delivered d WHERE d.seq > 0 AND NOT EXISTS"
    " (SELECT 1 FROM version v WHERE v.seq = d.seq AND v.rid = d.rid)",
    "deliveries are of versions that are not stored" },
  { "deliveries-are-counted",
    "SELECT count(*) FROM destination e WHERE e.n_delivered <>"
    " (SELECT count(*) FROM delivered d WHERE d.destination = e.n AND d.seq > 0)",
    "destinations are miscounted" },
  { "nothing-is-skipped",
    "SELECT count(*) FROM watermark w JOIN destination e ON e.id = w.destination_id"
    " JOIN connection c ON c.id = w.connection_id JOIN stream s ON s.patient_id = c.patient_id"
    " AND s.source_id = c.source_id AND s.portal_patient_id = c.portal_patient_id"
    " JOIN record r ON r.sid = s.sid AND r.seq > 0 AND r.seq <= w.sequence"
    " WHERE NOT EXISTS (SELECT 1 FROM delivered d WHERE d.destination = e.n AND d.rid = r.rid"
    "  AND d.seq >= r.seq)"
    " AND NOT EXISTS (SELECT 1 FROM export_entry x WHERE x.destination = e.n AND x.rid = r.rid"
    "  AND x.status IN ('failed', 'pending'))"
    /* what was taken back from there, or spared it */
    " AND NOT EXISTS (SELECT 1 FROM withdrawal x WHERE x.destination = e.n AND x.rid = r.rid"
    "  AND x.status = 'sent')"
    " AND NOT (instr (e.settings, '\"withdrawals\":\"send\"') > 0 AND (c.status = 'disconnected'"
    "  OR EXISTS (SELECT 1 FROM absence a WHERE a.rid = r.rid AND a.gone_ms > 0)))",
    "records lie below a watermark, neither delivered nor in a list to retry" },
  { "ended-pulls-have-ended-queries",
    "SELECT count(*) FROM pull_query q JOIN pull p ON p.id = q.pull_id WHERE q.status IN "
    "('pending',"
    " 'running') AND p.status IN ('complete', 'partial', 'failed', 'cancelled')",
    "queries of ended pulls are still open" },
  { "ended-runs-have-ended-items",
    "SELECT count(*) FROM export_item i JOIN export_run r ON r.id = i.run_id WHERE i.status ="
    " 'pending' AND r.status IN ('complete', 'partial')",
    "items of ended export runs are still open" },
  { "patients-stand-where-their-pulls-left-them",
    "SELECT (SELECT count(*) FROM connection_now w LEFT JOIN connection_standing s ON s.n = w.n"
    "  WHERE s.status IS NOT w.status OR s.cause <> w.cause OR s.good_ms <> w.good_ms)"
    " + (SELECT count(*) FROM patient_now w LEFT JOIN patient_standing s ON s.n = w.n"
    "  WHERE s.status IS NOT w.status OR s.good_ms <> w.good_ms)",
    "patients or connections are listed as what they are not" },
  { "active-connections-have-tokens",
    "SELECT count(*) FROM connection WHERE status = 'active' AND sealed_tokens IS NULL",
    "active connections have no access kept" },
  { "ended-connections-have-none",
    "SELECT count(*) FROM connection WHERE status <> 'active' AND sealed_tokens IS NOT NULL",
    "ended connections still have access kept" },
};

static gboolean
count (CrDb *db, const char *sql, gint64 *n, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, sql);

  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  *n = cr_stmt_int64 (stmt, 0);
  return TRUE;
}

static void
add (GPtrArray *findings, const char *name, gint64 n, const char *words)
{
  g_autofree char *message =
      n == 0 ? g_strdup ("holds") : g_strdup_printf ("%" G_GINT64_FORMAT " %s", n, words);

  g_ptr_array_add (findings, cr_finding_new (name, n == 0, message));
}

/* Every stored body against the hash that was taken when it came. */
static gboolean
check_hashes (CrDb *db, GPtrArray *findings, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (db, "SELECT sha256, body, bytes FROM version");
  gint64 n_wrong = 0;
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    {
      gsize hash_size, size;
      const guint8 *hash = cr_stmt_blob (stmt, 0, &hash_size);
      const char *body = cr_stmt_blob (stmt, 1, &size);
      guint8 taken[SHA256_SIZE];

      gnutls_hash_fast (GNUTLS_DIG_SHA256, body, size, taken);
      n_wrong += hash_size != SHA256_SIZE || memcmp (hash, taken, SHA256_SIZE) != 0 ||
                 (gint64) size != cr_stmt_int64 (stmt, 2);
    }
  add (findings, "bodies-are-as-they-came", n_wrong, "bodies are not what came");
  return step == CR_STEP_DONE;
}

/**
 * cr_check_run:
 *
 * Takes as long as reading the whole database; holds one read open meanwhile.
 *
 * Returns: (transfer full): one finding a rule; %NULL when the database itself cannot be read
 */
GPtrArray *
cr_check_run (CrDb *db, GError **error)
{
  g_autoptr (GPtrArray) findings =
      g_ptr_array_new_with_free_func ((GDestroyNotify) cr_finding_free);

  if (!check_hashes (db, findings, error))
    return NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      gint64 n = 0;

      if (!count (db, rules[i].sql, &n, error))
        return NULL;
      add (findings, rules[i].name, n, rules[i].words);
    }

  return g_steal_pointer (&findings);
}

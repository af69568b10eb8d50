/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* A source that answers nobody. */
typedef struct
{
  char *source_id; /* (owned) */
  gint64 since_ms; /* kept from the first note to the end */
  gint64 next_try_ms;
  guint n_tries;
  char *code;    /* (owned) (nullable): nick of the CrErrorCode */
  char *message; /* (owned) (nullable) */
} CrOutage;

/* A GDestroyNotify. */
void cr_outage_free (gpointer outage);

gboolean cr_outages_table_note (CrDb *db, const CrOutage *outage, GError **error);
/* It answers again: who waited for it need not wait longer than until @now_ms. */
gboolean cr_outages_table_end (CrDb *db, const char *source_id, gint64 now_ms, GError **error);
/* Those that nobody waits for any more, so that nobody finds out either. → how many; -1 on error */
int cr_outages_table_forget (CrDb *db, GError **error);
GPtrArray *cr_outages_table_list (CrDb *db, GError **error); /* of CrOutage */
/* Whether they answer, and how much they were asked. */
gboolean cr_outages_table_fill (CrDb *db, GPtrArray *sources, GError **error);
/* As those of the sources' table, which say also whether they answer. */
CrSource *cr_outages_table_get_source (CrDb *db, const char *id, GError **error);
GPtrArray *cr_outages_table_page_sources (CrDb *db,
                                          const char *text,
                                          const char *type,
                                          guint offset,
                                          guint limit,
                                          GError **error);
/* Those sources alone, the longest first. */
GPtrArray *cr_outages_table_list_sources (CrDb *db, GError **error);

G_END_DECLS

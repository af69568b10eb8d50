/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-connection.h"
#include "model/cr-hold.h"
#include "model/cr-reconnect.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* One row per patient and source: saving one that exists (same patient, source and portal patient)
 * makes it active again under its old id, written back to @connection. CR_ERROR_CONFLICT when the
 * portal patient is another one. */
gboolean cr_connections_table_save (CrDb *db, CrConnection *connection, GError **error);
CrConnection *cr_connections_table_get (CrDb *db, const char *id, GError **error);
CrConnection *cr_connections_table_find (CrDb *db,
                                         const char *patient_id,
                                         const char *source_id,
                                         GError **error); /* NULL without error: none */
GPtrArray *cr_connections_table_list (CrDb *db,
                                      const char *patient_id,
                                      GError **error); /* newest first; NULL patient: all */
GPtrArray *cr_connections_table_list_due (CrDb *db,
                                          gint64 now_ms,
                                          guint limit,
                                          GError **error); /* active, next pull due */
/* Active, without a refresh token, and past the known end of access; the longest past first. */
GPtrArray *cr_connections_table_list_ended (CrDb *db, gint64 now_ms, guint limit, GError **error);
gint64 cr_connections_table_next_due_ms (CrDb *db, GError **error); /* 0: none */
gboolean cr_connections_table_set_tokens (CrDb *db,
                                          const char *id,
                                          GBytes *sealed,
                                          gboolean has_refresh,
                                          gint64 access_expires_ms,
                                          const char *scopes,
                                          gint64 now_ms,
                                          GError **error);
gboolean cr_connections_table_set_terms (CrDb *db,
                                         const char *id,
                                         gint64 consent_ends_ms,
                                         const char *ungranted,
                                         GError **error);
gboolean
cr_connections_table_set_status (CrDb *db,
                                 const char *id,
                                 CrConnectionStatus status,
                                 CrFailureCode code,
                                 gint64 now_ms,
                                 GError **error); /* anything but active clears the tokens */
gboolean
cr_connections_table_set_next_pull (CrDb *db, const char *id, gint64 next_pull_ms, GError **error);

/* Who must sign in again, cr-reconnect-table.c. */
typedef struct
{
  const char *text; /* (nullable): beginnings of words of the patient, or part of the source */
  gint64 until_ms;  /* access that ends later is left out; 0: whenever it ends */
  CrCalled called;
  CrReconnectSort sort;
} CrReconnectFilter;

GPtrArray *cr_reconnect_table_list (CrDb *db,
                                    const CrReconnectFilter *filter,
                                    guint offset,
                                    guint limit,
                                    GError **error);
gint64 cr_reconnect_table_count (CrDb *db, const CrReconnectFilter *filter, GError **error);

#define CR_NOTE_KEEP G_MININT64
/* @text: (nullable): NULL keeps it, "" removes it. @called_ms: CR_NOTE_KEEP, or 0: not called. */
gboolean cr_notes_table_save (CrDb *db,
                              const char *connection_id,
                              const char *text,
                              gint64 called_ms,
                              const char *called_by,
                              gint64 now_ms,
                              GError **error);
/* The call was about a sign-in that is done now. */
gboolean cr_notes_table_forget_call (CrDb *db, const char *connection_id, GError **error);

gboolean cr_holds_table_add (CrDb *db, CrHold *hold, GError **error);
CrHold *cr_holds_table_get (CrDb *db, const char *id, GError **error);
gboolean cr_holds_table_decide (CrDb *db,
                                const char *id,
                                CrHoldStatus status,
                                const char *person,
                                gint64 now_ms,
                                GError **error);
GPtrArray *cr_holds_table_list (CrDb *db,
                                const char *patient_id,
                                gboolean open_only,
                                GError **error); /* NULL patient: all */
CrHold *cr_holds_table_latest (CrDb *db,
                               const char *connection_id,
                               GError **error); /* NULL without error: never compared */

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-connections-table.h"
#include "store/cr-destinations-table.h"
#include "store/cr-exports-table.h"
#include "store/cr-patients-table.h"
#include "store/cr-pulls-table.h"
#include "store/cr-records-table.h"
#include "store/cr-sessions-table.h"
#include "store/cr-sources-table.h"

G_BEGIN_DECLS

#define NOW 1700000000000

CrDb *fixture_open (void);
void fixture_add_patient (CrDb *db, const char *id, const char *name);
void fixture_add_source (CrDb *db, const char *id);
void fixture_add_connection (CrDb *db, const char *id, const char *patient, const char *source);
void fixture_add_pull (CrDb *db, const char *id, const char *connection, CrPullStatus status);
void fixture_add_destination (CrDb *db, const char *id, const char *name);
gint64 fixture_number (CrDb *db, const char *sql);
char *fixture_plan (CrDb *db, const char *sql); /* how the database would do it, in its words */

/* Two patients and two sources, and records of the first one, `a`. */
CrDb *fixture_open_people (void);
CrSaveCounts fixture_save (CrDb *db,
                           const CrRecordOwner *owner,
                           const CrIncoming *incoming,
                           guint n,
                           gint64 now_ms);
CrRecord *fixture_get (CrDb *db, const char *type, const char *id, guint version);
void fixture_assert_body (CrRecord *record, const char *body);

/* A resource of two members; @references are pairs of type and id, ending with NULL. */
void fixture_incoming (CrIncoming *incoming,
                       const char *type,
                       const char *id,
                       const char *body,
                       const char *content,
                       const CrReference *references,
                       guint n_references);

G_END_DECLS

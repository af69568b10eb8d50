/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-schema.h"

G_BEGIN_DECLS

/* One migration, run inside a transaction. */
typedef gboolean (*CrSchemaStep) (CrDb *db, GError **error);

/* Steps that are too long for the list's own file. */
gboolean cr_schema_add_reconnect (CrDb *db, GError **error);
/* cr-schema-terms.c */
gboolean cr_schema_add_terms (CrDb *db, GError **error);
gboolean cr_schema_add_consent_end (CrDb *db, GError **error);
/* cr-schema-absence.c */
gboolean cr_schema_add_absence (CrDb *db, GError **error);
gboolean cr_schema_add_attachments (CrDb *db, GError **error);
gboolean cr_schema_add_pull_marks (CrDb *db, GError **error);

gboolean
cr_schema_migrate_with (CrDb *db, const CrSchemaStep *taken, guint n_taken, GError **error);

/* Steps of their own files. */
gboolean cr_schema_add_retries (CrDb *db, GError **error);
gboolean cr_schema_add_logos (CrDb *db, GError **error);
gboolean cr_schema_add_history (CrDb *db, GError **error);
gboolean cr_schema_add_webhooks (CrDb *db, GError **error);
gboolean cr_schema_add_withdrawals (CrDb *db, GError **error);
gboolean cr_schema_add_claims (CrDb *db, GError **error);
gboolean cr_schema_add_standing (CrDb *db, GError **error);
gboolean cr_schema_add_pace (CrDb *db, GError **error);
gboolean cr_schema_add_api (CrDb *db, GError **error);
gboolean cr_schema_add_answers (CrDb *db, GError **error);
gboolean cr_schema_add_ranges (CrDb *db, GError **error);
gboolean cr_schema_add_ca_file (CrDb *db, GError **error);
gboolean cr_schema_add_desk (CrDb *db, GError **error);
gboolean cr_schema_add_stretches (CrDb *db, GError **error);
gboolean cr_schema_add_sizes (CrDb *db, GError **error);
gboolean cr_schema_add_unsealed (CrDb *db, GError **error);
gboolean cr_schema_add_left_out (CrDb *db, GError **error);
gboolean cr_schema_add_failed (CrDb *db, GError **error);
gboolean cr_schema_add_looks (CrDb *db, GError **error);
gboolean cr_schema_add_uploads (CrDb *db, GError **error);
gboolean cr_schema_add_asked (CrDb *db, GError **error);

G_END_DECLS

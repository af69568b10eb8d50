/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-destination.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

gboolean cr_destinations_table_add (CrDb *db,
                                    CrDestination *destination,
                                    GError **error); /* CR_ERROR_CONFLICT when the name is taken */
gboolean
cr_destinations_table_update (CrDb *db,
                              CrDestination *destination,
                              GError **error); /* name, settings, enabled, action required */
gboolean cr_destinations_table_remove (CrDb *db, const char *id, GError **error);
CrDestination *cr_destinations_table_get (CrDb *db, const char *id, GError **error);
GPtrArray *cr_destinations_table_list (CrDb *db, GError **error); /* by name */
/* The settings as their column holds them; those read are added. */
char *cr_destination_write_settings (CrDestination *destination);
void cr_destination_read_settings (CrDestination *destination, const char *text);

/* Watermark of one connection at one destination; 0: nothing exported yet. */
gint64 cr_watermarks_table_get (CrDb *db,
                                const char *destination_id,
                                const char *connection_id,
                                GError **error);
GPtrArray *
cr_watermarks_table_list_behind (CrDb *db, const char *destination_id, gint64 upto, GError **error);
gboolean cr_watermarks_table_set (CrDb *db,
                                  const char *destination_id,
                                  const char *connection_id,
                                  gint64 sequence,
                                  gint64 now_ms,
                                  GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "store/cr-db.h"

G_BEGIN_DECLS

/* Since when a client id is used at a source, and whether it ever worked. */
typedef struct
{
  gint64 first_ms;  /* 0: never used */
  gint64 worked_ms; /* 0: never yet */
} CrClientUse;

gboolean cr_client_uses_table_note (CrDb *db,
                                    const char *source_id,
                                    const char *client_id,
                                    gboolean worked,
                                    gint64 now_ms,
                                    GError **error);
gboolean cr_client_uses_table_get (CrDb *db,
                                   const char *source_id,
                                   const char *client_id,
                                   CrClientUse *use,
                                   GError **error);

G_END_DECLS

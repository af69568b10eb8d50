/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* CrDb and CrStmt are the only two types that know which database it is. */
typedef struct _CrDb CrDb;

typedef enum
{
  CR_DB_WRITE,
  CR_DB_READ,
} CrDbMode;

CrDb *cr_db_open (const char *path, CrDbMode mode, GError **error);
void cr_db_close (CrDb *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDb, cr_db_close)

gboolean cr_db_exec (CrDb *self, const char *sql, GError **error);
gboolean cr_db_begin (CrDb *self, GError **error);
gboolean cr_db_commit (CrDb *self, GError **error);
void cr_db_rollback (CrDb *self);
void cr_db_set_durable (CrDb *self, gboolean is_durable);
gboolean
cr_db_next_number (CrDb *self, const char *counter, gint64 n, gint64 *first, GError **error);
gint64 cr_db_type_number (CrDb *self, const char *name, gboolean add, GError **error);
const char *cr_db_type_name (CrDb *self, gint64 number);
gboolean cr_db_wipe (CrDb *self, GError **error);
void cr_db_interrupt (CrDb *self);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <sqlite3.h>

#include "store/cr-db.h"
#include "store/cr-stmt.h"

G_BEGIN_DECLS

/* For cr-body.c, cr-db.c, cr-stmt.c, cr-schema.c, cr-snapshot.c and cr-store.c alone: the files
 * that know it is SQLite. */
struct _CrDb
{
  sqlite3 *handle; /* (owned) */
  CrDbMode mode;
  gboolean is_durable;
  GHashTable *idle;    /* (owned): address of SQL text → CrStmt not in use */
  GHashTable *numbers; /* (owned): name → number of a resource type */
  GHashTable *names;   /* (owned): number → name of a resource type */
};

void cr_db_set_error (CrDb *self, int code, GError **error);
void cr_stmt_destroy (gpointer stmt);

G_END_DECLS

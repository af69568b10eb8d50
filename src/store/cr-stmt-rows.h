/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "store/cr-stmt.h"

G_BEGIN_DECLS

/* What every table does with its statements. */

/* Makes a model object of the row a statement stands at. */
typedef gpointer (*CrStmtRead) (CrStmt *stmt);

GPtrArray *cr_stmt_read_list (CrStmt *stmt, CrStmtRead read, GError **error);
gpointer cr_stmt_read_one (CrStmt *stmt, CrStmtRead read, const char *missing, GError **error);
/* The one value of the one row; -1 on error, NOT_FOUND when there is none */
int cr_stmt_read_enum (CrStmt *stmt, GType type, const char *missing, GError **error);
gint64 cr_stmt_read_number (CrStmt *stmt, gint64 fallback, GError **error);
gboolean cr_stmt_run_change (CrStmt *stmt, const char *missing, GError **error);
gboolean cr_stmt_run_add (CrStmt *stmt, const char *taken, GError **error);
void cr_stmt_bind_page (CrStmt *stmt, guint offset, guint limit);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "store/cr-stmt.h"

G_BEGIN_DECLS

/* What every table does with its statements. */

/* Makes a model object of the row a statement stands at. */
typedef gpointer (*CrRowFunc) (CrStmt *stmt);

GPtrArray *cr_rows_list (CrStmt *stmt, CrRowFunc read, GError **error);
gpointer cr_rows_one (CrStmt *stmt, CrRowFunc read, const char *missing, GError **error);
gint64 cr_rows_number (CrStmt *stmt, gint64 fallback, GError **error);
gboolean cr_rows_change (CrStmt *stmt, const char *missing, GError **error);
gboolean cr_rows_add (CrStmt *stmt, const char *taken, GError **error);
void cr_rows_bind_page (CrStmt *stmt, guint offset, guint limit);

G_END_DECLS

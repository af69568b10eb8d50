/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "store/cr-db.h"

G_BEGIN_DECLS

/* A prepared statement. Binding is by name and returns nothing; the first failure is kept and
 * reported by the next step. Statements are cached by the address of their SQL text, which must be
 * a literal. */
typedef struct _CrStmt CrStmt;

typedef enum
{
  CR_STEP_ROW,
  CR_STEP_DONE,
  CR_STEP_ERROR,
} CrStep;

CrStmt *cr_stmt_new (CrDb *db, const char *sql);
void cr_stmt_free (CrStmt *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStmt, cr_stmt_free)

void cr_stmt_bind_text (CrStmt *self, const char *name, const char *value);
void cr_stmt_bind_int64 (CrStmt *self, const char *name, gint64 value);
void cr_stmt_bind_blob (CrStmt *self, const char *name, gconstpointer data, gsize n_bytes);
void cr_stmt_bind_bytes (CrStmt *self, const char *name, GBytes *value);
void cr_stmt_bind_enum (CrStmt *self, const char *name, GType type, int value);

CrStep cr_stmt_step (CrStmt *self, GError **error);
gboolean cr_stmt_run (CrStmt *self, GError **error);
void cr_stmt_reset (CrStmt *self);
gint64 cr_stmt_n_changed (CrStmt *self);
gint64 cr_stmt_last_row (CrStmt *self);

const char *cr_stmt_text (CrStmt *self, int column);
gboolean cr_stmt_text_is (CrStmt *self, int column, const char *text);
char *cr_stmt_dup_text (CrStmt *self, int column);
gint64 cr_stmt_int64 (CrStmt *self, int column);
gconstpointer cr_stmt_blob (CrStmt *self, int column, gsize *n_bytes);
GBytes *cr_stmt_dup_bytes (CrStmt *self, int column);
int cr_stmt_enum (CrStmt *self, int column, GType type);

G_END_DECLS

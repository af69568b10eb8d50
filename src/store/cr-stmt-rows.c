/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-stmt-rows.h"

#include "base/cr-error.h"

/**
 * cr_stmt_read_list:
 *
 * Returns: (transfer full): the objects of all rows, owned by the array; %NULL on error
 */
GPtrArray *
cr_stmt_read_list (CrStmt *stmt, CrStmtRead read, GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  CrStep step;

  while ((step = cr_stmt_step (stmt, error)) == CR_STEP_ROW)
    g_ptr_array_add (rows, read (stmt));

  return step == CR_STEP_DONE ? g_steal_pointer (&rows) : NULL;
}

static void
set_missing (const char *missing, GError **error)
{
  g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, missing);
}

/**
 * cr_stmt_read_one:
 * @missing: (nullable): the sentence of CR_ERROR_NOT_FOUND; %NULL when no row is no error
 */
gpointer
cr_stmt_read_one (CrStmt *stmt, CrStmtRead read, const char *missing, GError **error)
{
  CrStep step = cr_stmt_step (stmt, error);

  if (step == CR_STEP_ROW)
    return read (stmt);
  if (step == CR_STEP_DONE && missing != NULL)
    set_missing (missing, error);
  return NULL;
}

/**
 * cr_stmt_read_number:
 *
 * Returns: the first column of the first row, @fallback without one, -1 on error
 */
gint64
cr_stmt_read_number (CrStmt *stmt, gint64 fallback, GError **error)
{
  switch (cr_stmt_step (stmt, error))
    {
    case CR_STEP_ROW:
      return cr_stmt_int64 (stmt, 0);
    case CR_STEP_DONE:
      return fallback;
    case CR_STEP_ERROR:
    default:
      return -1;
    }
}

/**
 * cr_stmt_run_change:
 *
 * Runs a statement that must change a row; @missing is the sentence of CR_ERROR_NOT_FOUND when it
 * changed none.
 */
gboolean
cr_stmt_run_change (CrStmt *stmt, const char *missing, GError **error)
{
  if (!cr_stmt_run (stmt, error))
    return FALSE;
  if (cr_stmt_n_changed (stmt) > 0)
    return TRUE;

  set_missing (missing, error);
  return FALSE;
}

/**
 * cr_stmt_run_add:
 *
 * Runs an insert; @taken is the sentence of CR_ERROR_CONFLICT when its key is there already.
 */
gboolean
cr_stmt_run_add (CrStmt *stmt, const char *taken, GError **error)
{
  g_autoptr (GError) failure = NULL;

  if (cr_stmt_run (stmt, &failure))
    return TRUE;

  if (g_error_matches (failure, CR_ERROR, CR_ERROR_CONFLICT))
    g_set_error_literal (error, CR_ERROR, CR_ERROR_CONFLICT, taken);
  else
    g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* Binds `:offset` and `:limit`. */
void
cr_stmt_bind_page (CrStmt *stmt, guint offset, guint limit)
{
  cr_stmt_bind_int64 (stmt, ":offset", offset);
  cr_stmt_bind_int64 (stmt, ":limit", limit);
}

int
cr_stmt_read_enum (CrStmt *stmt, GType type, const char *missing, GError **error)
{
  CrStep step = cr_stmt_step (stmt, error);

  if (step == CR_STEP_ROW)
    return cr_stmt_enum (stmt, 0, type);
  if (step == CR_STEP_DONE)
    g_set_error_literal (error, CR_ERROR, CR_ERROR_NOT_FOUND, missing);
  return -1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-stmt.h"

#include <string.h>

#include "base/cr-enum.h"
#include "base/cr-error.h"
#include "store/cr-db-private.h"

/* Where a parameter stands. Names are literals, so that the address tells them apart: looking each
 * up by its letters took a tenth of the time of a save. */
typedef struct
{
  const char *name;
  int place;
} Place;

#define MAX_PLACES 16

struct _CrStmt
{
  CrDb *db; /* (unowned) */
  const char *sql;
  sqlite3_stmt *handle; /* (owned) (nullable): NULL when it could not be prepared */
  int failure;          /* the first code that was not fine */
  guint n_places;
  Place places[MAX_PLACES]; /* as they were asked for */
};

void
cr_stmt_destroy (gpointer stmt)
{
  CrStmt *self = stmt;

  sqlite3_finalize (self->handle);
  g_free (self);
}

/**
 * cr_stmt_new:
 * @sql: a string literal: its address is the key under which the statement is kept for next time
 */
CrStmt *
cr_stmt_new (CrDb *db, const char *sql)
{
  gpointer idle = NULL;
  CrStmt *self;

  if (g_hash_table_steal_extended (db->idle, sql, NULL, &idle))
    return idle;

  self = g_new0 (CrStmt, 1);
  self->db = db;
  self->sql = sql;
  self->failure =
      sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &self->handle, NULL);
  if (self->failure != SQLITE_OK)
    g_debug ("cannot prepare: %s: %s", sqlite3_errmsg (db->handle), sql);
  return self;
}

/**
 * cr_stmt_free:
 *
 * Gives the statement back, without its values; the next cr_stmt_new() with the same text gets it.
 */
void
cr_stmt_free (CrStmt *self)
{
  if (self == NULL)
    return;

  if (self->handle == NULL || g_hash_table_contains (self->db->idle, self->sql))
    {
      cr_stmt_destroy (self);
      return;
    }

  sqlite3_reset (self->handle);
  sqlite3_clear_bindings (self->handle);
  self->failure = SQLITE_OK;
  g_hash_table_insert (self->db->idle, (gpointer) self->sql, self);
}

static int
place_of (CrStmt *self, const char *name)
{
  int place;

  for (guint i = 0; i < self->n_places; i++)
    if (self->places[i].name == name)
      return self->places[i].place;

  place = self->handle != NULL ? sqlite3_bind_parameter_index (self->handle, name) : 0;
  if (place > 0 && self->n_places < MAX_PLACES)
    self->places[self->n_places++] = (Place){ name, place };
  if (place == 0 && self->failure == SQLITE_OK)
    {
      g_debug ("no parameter %s in: %s", name, self->sql);
      self->failure = SQLITE_MISUSE;
    }
  return place;
}

static void
keep_failure (CrStmt *self, int code)
{
  if (self->failure == SQLITE_OK)
    self->failure = code;
}

void
cr_stmt_bind_text (CrStmt *self, const char *name, const char *value)
{
  int place = place_of (self, name);

  if (place > 0)
    keep_failure (self, sqlite3_bind_text (self->handle, place, value, -1, SQLITE_TRANSIENT));
}

void
cr_stmt_bind_int64 (CrStmt *self, const char *name, gint64 value)
{
  int place = place_of (self, name);

  if (place > 0)
    keep_failure (self, sqlite3_bind_int64 (self->handle, place, value));
}

/**
 * cr_stmt_bind_blob:
 * @data: (nullable): %NULL binds nothing; not copied, so it must live until the statement is freed
 *   or reset
 */
void
cr_stmt_bind_blob (CrStmt *self, const char *name, gconstpointer data, gsize n_bytes)
{
  int place = place_of (self, name);

  if (place > 0)
    keep_failure (self, sqlite3_bind_blob64 (self->handle, place, data, n_bytes, SQLITE_STATIC));
}

void
cr_stmt_bind_bytes (CrStmt *self, const char *name, GBytes *value)
{
  gsize n_bytes = 0;
  gconstpointer data = value != NULL ? g_bytes_get_data (value, &n_bytes) : NULL;
  int place = place_of (self, name);

  if (place > 0)
    keep_failure (self, sqlite3_bind_blob64 (self->handle, place, data, n_bytes, SQLITE_TRANSIENT));
}

void
cr_stmt_bind_enum (CrStmt *self, const char *name, GType type, int value)
{
  int place = place_of (self, name);

  if (place > 0)
    keep_failure (self, sqlite3_bind_text (self->handle, place, cr_enum_to_string (type, value), -1,
                                           SQLITE_STATIC));
}

CrStep
cr_stmt_step (CrStmt *self, GError **error)
{
  int code = self->failure != SQLITE_OK ? self->failure : sqlite3_step (self->handle);

  switch (code)
    {
    case SQLITE_ROW:
      return CR_STEP_ROW;
    case SQLITE_DONE:
      return CR_STEP_DONE;
    default:
      cr_db_set_error (self->db, code, error);
      return CR_STEP_ERROR;
    }
}

/**
 * cr_stmt_run:
 *
 * Steps to the end, past any rows.
 */
gboolean
cr_stmt_run (CrStmt *self, GError **error)
{
  CrStep step;

  do
    step = cr_stmt_step (self, error);
  while (step == CR_STEP_ROW);

  return step == CR_STEP_DONE;
}

/**
 * cr_stmt_reset:
 *
 * Makes the statement ready to run again; values stay bound.
 */
void
cr_stmt_reset (CrStmt *self)
{
  if (self->handle != NULL)
    sqlite3_reset (self->handle);
}

/**
 * cr_stmt_n_changed:
 *
 * Returns: how many rows the statement changed when it ran last
 */
gint64
cr_stmt_n_changed (CrStmt *self)
{
  return sqlite3_changes64 (self->db->handle);
}

/**
 * cr_stmt_last_row:
 *
 * Returns: the number of the row that the statement, an INSERT, added when it ran last; only good
 *   when cr_stmt_n_changed() says that it did
 */
gint64
cr_stmt_last_row (CrStmt *self)
{
  return sqlite3_last_insert_rowid (self->db->handle);
}

const char *
cr_stmt_text (CrStmt *self, int column)
{
  return (const char *) sqlite3_column_text (self->handle, column);
}

/**
 * cr_stmt_text_is:
 * @text: (nullable): %NULL is what a column holds that holds nothing
 *
 * Compares without the copy that cr_stmt_text() makes of most texts.
 */
gboolean
cr_stmt_text_is (CrStmt *self, int column, const char *text)
{
  gboolean is_null = sqlite3_column_type (self->handle, column) == SQLITE_NULL;
  gsize n_bytes;
  gconstpointer data;

  if (text == NULL || is_null)
    return text == NULL && is_null;

  data = cr_stmt_blob (self, column, &n_bytes);
  return strlen (text) == n_bytes && (n_bytes == 0 || memcmp (data, text, n_bytes) == 0);
}

char *
cr_stmt_dup_text (CrStmt *self, int column)
{
  return g_strdup (cr_stmt_text (self, column));
}

gint64
cr_stmt_int64 (CrStmt *self, int column)
{
  return sqlite3_column_int64 (self->handle, column);
}

gconstpointer
cr_stmt_blob (CrStmt *self, int column, gsize *n_bytes)
{
  gconstpointer data = sqlite3_column_blob (self->handle, column);

  *n_bytes = (gsize) sqlite3_column_bytes (self->handle, column);
  return data;
}

/**
 * cr_stmt_dup_bytes:
 *
 * Returns: (transfer full) (nullable): %NULL when the column holds nothing
 */
GBytes *
cr_stmt_dup_bytes (CrStmt *self, int column)
{
  gsize n_bytes;
  gconstpointer data;

  if (sqlite3_column_type (self->handle, column) == SQLITE_NULL)
    return NULL;

  data = cr_stmt_blob (self, column, &n_bytes);
  return g_bytes_new (data, n_bytes);
}

/**
 * cr_stmt_enum:
 *
 * Returns: the value whose nick the column holds; 0, with a warning, for a nick that is not known
 */
int
cr_stmt_enum (CrStmt *self, int column, GType type)
{
  int value = 0;

  if (!cr_enum_from_string (type, cr_stmt_text (self, column), &value))
    g_warning ("column %d holds no %s", column, g_type_name (type));
  return value;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-db.h"

#include "base/cr-error.h"
#include "base/cr-said.h"
#include "store/cr-db-private.h"

static CrErrorCode
code_of (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_FULL:
      return CR_ERROR_NO_SPACE;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return CR_ERROR_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return CR_ERROR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return CR_ERROR_BUSY;
    case SQLITE_CONSTRAINT:
      return CR_ERROR_CONFLICT;
    case SQLITE_IOERR:
      /* A used-up quota and a limit on file size arrive as a failed write. */
      return code == SQLITE_IOERR_WRITE ? CR_ERROR_NO_SPACE : CR_ERROR_READ_ONLY;
    case SQLITE_TOOBIG:
      return CR_ERROR_TOO_LARGE;
    default:
      return CR_ERROR_INTERNAL;
    }
}

static const char *
sentence_of (CrErrorCode code)
{
  static const char *const sentences[] = {
    [CR_ERROR_NO_SPACE] =
        CR_SAID ("The disk that holds Chartroom's data is full. Free some space and try "
                 "again; what was stored is kept."),
    [CR_ERROR_READ_ONLY] =
        CR_SAID ("Chartroom's data cannot be opened or written. Check the owner and the "
                 "permissions of the data folder, and the disk."),
    [CR_ERROR_CORRUPT] =
        CR_SAID ("Chartroom's data file is damaged. It was left as it is; restore a backup "
                 "of it."),
    [CR_ERROR_BUSY] =
        CR_SAID ("Chartroom's data file is held by another program. Close it and try again."),
    [CR_ERROR_CONFLICT] = CR_SAID ("This clashes with something that is stored already."),
    [CR_ERROR_TOO_LARGE] = CR_SAID ("This is too large to be stored."),
    [CR_ERROR_INTERNAL] =
        CR_SAID ("Chartroom's data could not be read because of a mistake in Chartroom."),
  };

  return sentences[code];
}

/* The only place where SQLite's codes become ours. Its own words may quote values, so they go
 * nowhere. */
void
cr_db_set_error (CrDb *self, int code, GError **error)
{
  CrErrorCode ours = code_of (code);

  if ((code & 0xff) == SQLITE_INTERRUPT)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Operation was cancelled");
      return;
    }

  if (ours == CR_ERROR_INTERNAL)
    g_debug ("sqlite answered %d", code);
  g_set_error_literal (error, CR_ERROR, (int) ours, sentence_of (ours));
}

static gboolean
run (CrDb *self, const char *sql, GError **error)
{
  int code = sqlite3_exec (self->handle, sql, NULL, NULL, NULL);

  if (code == SQLITE_OK)
    return TRUE;

  cr_db_set_error (self, sqlite3_extended_errcode (self->handle), error);
  return FALSE;
}

/* The first statement reads the file and changes nothing, so that a file which is no database stays
 * as it was. */
static gboolean
configure (CrDb *self, GError **error)
{
  static const char *const writer[] = {
    "SELECT count(*) FROM sqlite_schema",
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA wal_autocheckpoint = 24000",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -57344",
    NULL,
  };
  static const char *const reader[] = {
    "SELECT count(*) FROM sqlite_schema",
    "PRAGMA query_only = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
    NULL,
  };
  const char *const *sql = self->mode == CR_DB_WRITE ? writer : reader;

  for (; *sql != NULL; sql++)
    if (!run (self, *sql, error))
      return FALSE;
  return TRUE;
}

/* Counting what SQLite allocates costs a lock at every allocation, and nobody asks for the count.
 * Where another library was first with SQLite this does nothing.
 *
 * Source: https://www.sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus */
static void
configure_library (void)
{
  static gsize is_done = 0;

  if (g_once_init_enter (&is_done))
    {
      sqlite3_config (SQLITE_CONFIG_MEMSTATUS, 0);
      g_once_init_leave (&is_done, 1);
    }
}

/**
 * cr_db_open:
 * @path: a file, created when it is not there and @mode writes, or `:memory:`
 *
 * Returns: (transfer full): a handle for one thread at a time, or %NULL; close it with
 *   cr_db_close()
 */
CrDb *
cr_db_open (const char *path, CrDbMode mode, GError **error)
{
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  CrDb *self = g_new0 (CrDb, 1);
  int code;

  configure_library ();
  self->mode = mode;
  self->idle = g_hash_table_new_full (NULL, NULL, NULL, cr_stmt_destroy);
  self->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  self->names = g_hash_table_new (NULL, NULL);

  flags |= mode == CR_DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  code = sqlite3_open_v2 (path, &self->handle, flags, NULL);
  if (code != SQLITE_OK)
    {
      cr_db_set_error (self, code, error);
      cr_db_close (self);
      return NULL;
    }

  sqlite3_extended_result_codes (self->handle, 1);
  sqlite3_busy_timeout (self->handle, 5000);
  if (configure (self, error))
    return self;

  cr_db_close (self);
  return NULL;
}

void
cr_db_close (CrDb *self)
{
  if (self == NULL)
    return;

  g_hash_table_unref (self->idle);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->names);
  if (sqlite3_close (self->handle) != SQLITE_OK)
    g_critical ("a database was closed with a statement in use");
  g_free (self);
}

/**
 * cr_db_exec:
 * @sql: statements without values and without rows worth reading
 */
gboolean
cr_db_exec (CrDb *self, const char *sql, GError **error)
{
  return run (self, sql, error);
}

gboolean
cr_db_begin (CrDb *self, GError **error)
{
  return run (self, self->mode == CR_DB_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", error);
}

gboolean
cr_db_commit (CrDb *self, GError **error)
{
  return run (self, "COMMIT", error);
}

/**
 * cr_db_rollback:
 *
 * Undoes the open transaction; does nothing when the database ended it by itself.
 */
void
cr_db_rollback (CrDb *self)
{
  g_hash_table_remove_all (self->numbers);
  g_hash_table_remove_all (self->names);
  if (!sqlite3_get_autocommit (self->handle))
    run (self, "ROLLBACK", NULL);
}

/**
 * cr_db_set_durable:
 * @is_durable: whether the next transactions must survive a power cut
 *
 * Must be called outside a transaction.
 *
 * Source: https://www.sqlite.org/pragma.html#pragma_synchronous: in WAL mode NORMAL may lose the
 * last transactions and never corrupts
 */
void
cr_db_set_durable (CrDb *self, gboolean is_durable)
{
  if (self->is_durable == is_durable)
    return;

  if (run (self, is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", NULL))
    self->is_durable = is_durable;
}

/**
 * cr_db_next_number:
 * @counter: name of a counter row, made when it is not there
 * @n: how many numbers to draw
 * @first: (out): the first of them
 *
 * Draws from a row in the open transaction: two transactions cannot both hold it, so the order of
 * numbers is the order of commits, on any database.
 */
gboolean
cr_db_next_number (CrDb *self, const char *counter, gint64 n, gint64 *first, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (self, "INSERT INTO counter (name, value) VALUES (:name, :n)"
                         " ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value"
                         " RETURNING value");

  cr_stmt_bind_text (stmt, ":name", counter);
  cr_stmt_bind_int64 (stmt, ":n", n);
  if (cr_stmt_step (stmt, error) != CR_STEP_ROW)
    return FALSE;

  *first = cr_stmt_int64 (stmt, 0) - n + 1;
  return TRUE;
}

static void
remember_type (CrDb *self, const char *name, gint64 number)
{
  const char *kept = g_intern_string (name);

  g_hash_table_insert (self->numbers, (gpointer) kept, GSIZE_TO_POINTER ((gsize) number));
  g_hash_table_insert (self->names, GSIZE_TO_POINTER ((gsize) number), (gpointer) kept);
}

static gint64
find_type (CrDb *self, const char *name, GError **error)
{
  g_autoptr (CrStmt) stmt = cr_stmt_new (self, "SELECT n FROM rtype WHERE name = :name");

  cr_stmt_bind_text (stmt, ":name", name);
  switch (cr_stmt_step (stmt, error))
    {
    case CR_STEP_ROW:
      return cr_stmt_int64 (stmt, 0);
    case CR_STEP_DONE:
      return 0;
    case CR_STEP_ERROR:
    default:
      return -1;
    }
}

static gint64
add_type (CrDb *self, const char *name, GError **error)
{
  g_autoptr (CrStmt) stmt =
      cr_stmt_new (self, "INSERT INTO rtype (name) VALUES (:name) RETURNING n");

  cr_stmt_bind_text (stmt, ":name", name);
  return cr_stmt_step (stmt, error) == CR_STEP_ROW ? cr_stmt_int64 (stmt, 0) : -1;
}

/**
 * cr_db_type_number:
 * @name: a resource type
 * @add: whether to give it a number when it has none yet
 *
 * Returns: the number that stands for the type in the tables; 0 when it has none; -1 on error
 */
gint64
cr_db_type_number (CrDb *self, const char *name, gboolean add, GError **error)
{
  gpointer known = g_hash_table_lookup (self->numbers, name);
  gint64 number;

  if (known != NULL)
    return (gint64) GPOINTER_TO_SIZE (known);

  number = find_type (self, name, error);
  if (number == 0 && add)
    number = add_type (self, name, error);
  if (number > 0)
    remember_type (self, name, number);
  return number;
}

/**
 * cr_db_type_name:
 *
 * Returns: (transfer none): the type that @number stands for; lives as long as the process
 */
const char *
cr_db_type_name (CrDb *self, gint64 number)
{
  const char *name = g_hash_table_lookup (self->names, GSIZE_TO_POINTER ((gsize) number));
  g_autoptr (CrStmt) stmt = NULL;

  if (name != NULL)
    return name;

  stmt = cr_stmt_new (self, "SELECT name FROM rtype WHERE n = :n");
  cr_stmt_bind_int64 (stmt, ":n", number);
  if (cr_stmt_step (stmt, NULL) != CR_STEP_ROW)
    return "Unknown";

  remember_type (self, cr_stmt_text (stmt, 0), number);
  return g_hash_table_lookup (self->names, GSIZE_TO_POINTER ((gsize) number));
}

/**
 * cr_db_wipe:
 *
 * Makes sure that no file of the database holds a byte of what was removed from it. `secure_delete`
 * zeroes what is freed, but not what moved between pages before that: of 400 records the keys of
 * six were found in gaps of an index. So the file is written anew, and the write-ahead log, which
 * holds old pages, is cut to nothing. The new copy is made in a file, not in memory. Must be called
 * outside a transaction; writes wait as long as it takes to copy the whole file, reads go on.
 *
 * Returns: %FALSE with CR_ERROR_NO_SPACE when there is no room for the copy, CR_ERROR_BUSY when a
 *   reader would not let go in time
 * Source: https://www.sqlite.org/lang_vacuum.html,
 * https://www.sqlite.org/c3ref/wal_checkpoint_v2.html
 */
gboolean
cr_db_wipe (CrDb *self, GError **error)
{
  gboolean ok = run (self, "PRAGMA temp_store = FILE", error) && run (self, "VACUUM", error);
  int code;

  run (self, "PRAGMA temp_store = MEMORY", NULL);
  if (!ok)
    return FALSE;

  code = sqlite3_wal_checkpoint_v2 (self->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
  if (code == SQLITE_OK)
    return TRUE;

  cr_db_set_error (self, code, error);
  return FALSE;
}

/**
 * cr_db_interrupt:
 *
 * Ends the statement that runs on another thread, which then reports that it was cancelled; without
 * effect when none runs. The only call allowed while another thread uses the handle.
 */
void
cr_db_interrupt (CrDb *self)
{
  sqlite3_interrupt (self->handle);
}

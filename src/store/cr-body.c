/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/cr-body.h"

#include "store/cr-db-private.h"

struct _CrBody
{
  CrDb *db;           /* (unowned) */
  sqlite3_blob *blob; /* (owned) */
};

/**
 * cr_body_open:
 *
 * Source: https://www.sqlite.org/c3ref/blob_open.html
 */
CrBody *
cr_body_open (CrDb *db, gint64 sequence, GError **error)
{
  CrBody *self = g_new0 (CrBody, 1);
  int code = sqlite3_blob_open (db->handle, "main", "version", "body", sequence, 0, &self->blob);

  self->db = db;
  if (code == SQLITE_OK)
    return self;

  cr_db_set_error (db, code, error);
  cr_body_close (self);
  return NULL;
}

void
cr_body_close (CrBody *self)
{
  sqlite3_blob_close (self->blob);
  g_free (self);
}

gsize
cr_body_size (CrBody *self)
{
  return (gsize) sqlite3_blob_bytes (self->blob);
}

gboolean
cr_body_read (CrBody *self, gsize offset, gpointer piece, gsize n_bytes, GError **error)
{
  int code = sqlite3_blob_read (self->blob, piece, (int) n_bytes, (int) offset);

  if (code == SQLITE_OK)
    return TRUE;

  cr_db_set_error (self->db, code, error);
  return FALSE;
}

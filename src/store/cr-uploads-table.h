/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-destination.h"
#include "store/cr-db.h"

G_BEGIN_DECLS

/* A file in parts that was begun at a storage, and whose end nobody has seen. It outlives its run
 * and its destination: the parts lie there until somebody takes them away. */
typedef struct
{
  gint64 n;
  CrDestination *destination; /* (owned): where it lies, and with what it may be taken away */
  char *key;                  /* (owned): of the object */
  char *upload;               /* (owned) (nullable): how the storage calls it */
  gint64 begun_ms;
  gint64 removed_ms; /* the destination was removed; 0: it is there */
  guint attempts;    /* to take it away */
} CrUploadNote;

void cr_upload_note_free (CrUploadNote *self);

/* Where its parts go is written down with it: a destination may be changed later. CR_ERROR_CONFLICT
 * when the destination is gone. Returns: the row; -1 on error */
gint64 cr_uploads_table_add (CrDb *db,
                             CrDestination *destination,
                             const char *key,
                             gint64 now_ms,
                             gint64 next_ms,
                             GError **error);
gboolean cr_uploads_table_name (CrDb *db, gint64 n, const char *upload, GError **error);
gboolean cr_uploads_table_strike (CrDb *db, gint64 n, GError **error);
/* @message: (nullable): why it is still there; NULL leaves what is said */
gboolean
cr_uploads_table_postpone (CrDb *db, gint64 n, gint64 next_ms, const char *message, GError **error);
/* @destination_id: (nullable): of all. Those due until @due_ms, oldest first: of CrUploadNote */
GPtrArray *
cr_uploads_table_list (CrDb *db, const char *destination_id, gint64 due_ms, GError **error);
gint64
cr_uploads_table_count (CrDb *db, const char *destination_id, GError **error); /* -1: error */
gint64 cr_uploads_table_next_ms (CrDb *db, GError **error); /* 0: there are none; -1: error */
/* In the transaction that removes the destination. */
gboolean
cr_uploads_table_note_removed (CrDb *db, const char *destination_id, gint64 now_ms, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "fhir/cr-bundle.h"
#include "model/cr-attachment-row.h"
#include "pull/cr-pull-ask.h"

G_BEGIN_DECLS

/* A file that records link to. */
typedef struct
{
  char *url;          /* (owned): where it is */
  char *id;           /* (owned): of the Binary it is kept as */
  char *content_type; /* (owned) (nullable): as the records say */
  gboolean is_elsewhere;
  GPtrArray *rows; /* (owned): of CrAttachmentRow, one for each record that links to it */
} CrWantedFile;

void cr_wanted_file_free (CrWantedFile *self);

/* On the store's reading thread: the files of @connection's records whose present versions were not
 * looked at yet, and what was not there before @since_ms; of CrWantedFile. */
GPtrArray *cr_pull_attachments_find (CrDb *db,
                                     CrConnection *connection,
                                     const char *base_url,
                                     gint64 since_ms,
                                     guint limit,
                                     GError **error);

/* What to ask with: the file's own type before FHIR's envelope. */
char *cr_wanted_file_accept (const CrWantedFile *self);

/* Reads an answer 2xx away from the main thread: fills the rows and gives the Binary to keep; NULL
 * when it is not the file. */
void cr_wanted_file_read_async (CrWantedFile *self,
                                const CrReply *reply,
                                const char *base_url,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
CrBundle *cr_wanted_file_read_finish (GAsyncResult *result);

/* Says in the rows why it is not there. */
void cr_wanted_file_set_status (CrWantedFile *self, CrAttachmentStatus status, guint http_status);

G_END_DECLS

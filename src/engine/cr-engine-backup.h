/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "engine/cr-restore.h"

G_BEGIN_DECLS

#define CR_BACKUP_LEAST_PASSPHRASE 12 /* characters */

typedef struct
{
  const char *path;
  const char *passphrase;
  gboolean no_secrets; /* leaves out passwords and the key that opens patients' access */
  gboolean replaces;   /* a file of that name */
  CrBackupTold told;   /* (nullable) */
  gpointer told_data;
} CrBackupOrder;

/* A file that opens with the passphrase alone, of the data as they are now; work goes on. It is
 * there whole or not at all. */
void cr_engine_back_up_async (CrEngine *self,
                              const CrBackupOrder *order,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
CrBackup *cr_engine_back_up_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* What is here now, to be compared with a backup made at @since_ms. */
void cr_engine_weigh_async (CrEngine *self,
                            gint64 since_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
CrBackup *cr_engine_weigh_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Commits a rehearsal of this engine's workspace, and then asks for a restart: see the signal
 * `restart` of CrEngine. The new data are in their place when this engine has closed. */
void cr_engine_restore_async (CrEngine *self,
                              CrRehearsal *rehearsal,
                              gboolean with_secrets,
                              const char *person,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_engine_restore_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* What stands aside since the last restore goes, and its secrets in the keyring with it. Errors:
 * NOT_FOUND */
void cr_engine_discard_aside_async (CrEngine *self,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean cr_engine_discard_aside_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a making or a rehearsal of a backup is doing. */
typedef enum
{
  CR_BACKUP_COPYING,  /* a picture of the data as they are now */
  CR_BACKUP_WRITING,  /* into the sealed file */
  CR_BACKUP_READING,  /* out of it */
  CR_BACKUP_CHECKING, /* whether all of it is as it was */
} CrBackupStep;

/* Comes on the main thread; @fraction: of this step, 0 to 1. */
typedef void (*CrBackupTold) (CrBackupStep step, double fraction, gpointer user_data);

/* What a backup holds, or a workspace as it is now. */
typedef struct
{
  gint64 created_ms;
  char *version;      /* (owned) (nullable): of the Chartroom that made it */
  char *workspace_id; /* (owned) (nullable): names what its keyring keeps for it */
  char *clinic;       /* (owned) (nullable) */
  gboolean is_sandbox;
  gboolean has_secrets; /* passwords, and the key that opens patients' access */
  gint64 n_patients;
  gint64 n_active; /* connections with access */
  gint64 n_records;
  gint64 n_sources; /* with a client id */
  gint64 n_destinations;
  gint64 n_webhooks;
  gint64 n_wrong;    /* rules about the data that do not hold */
  gint64 n_bytes;    /* of the database */
  gint64 last_ms;    /* of a workspace: when its last backup was made; 0: never */
  gint64 n_removals; /* carried out here after @created_ms of the backup they are compared with */
} CrBackup;

CrBackup *cr_backup_new (void);
void cr_backup_free (CrBackup *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBackup, cr_backup_free)

G_END_DECLS

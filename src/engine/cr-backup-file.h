/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "engine/cr-progress.h"

G_BEGIN_DECLS

/* What a backup is as a file: sealed (vault/cr-sealed-file.h), and in it, deflated (RFC 1951),
 * parts one behind the other: a letter, a length of 8 bytes, most significant first, and as many
 * bytes.
 *
 *   `m`  first: a JSON object of `format` 1, `created_at`, `version`, `workspace`, `sandbox`,
 *        `database_bytes`
 *   `s`  if secrets are in it: name, 0, secret, 0, name, …
 *   `d`  the database
 *   `e`  last, with nothing in it and nothing behind it
 *
 * Both block for as long as the disk takes: for a worker. */

typedef struct
{
  CrBackup *about;
  GBytes *secrets;      /* (nullable): as above */
  const char *database; /* path: read when writing, made when reading */
} CrBackupParts;

/* Whole under its name, or not there: it is written as `<path>.part` first. */
gboolean cr_backup_file_write (const CrBackupParts *parts,
                               const char *path,
                               gboolean replaces,
                               const char *passphrase,
                               CrProgress *progress,
                               GCancellable *cancellable,
                               GError **error);
/* Fills @parts. @is_sandbox: of the workspace it is for; a backup of the other kind is refused. */
gboolean cr_backup_file_read (CrBackupParts *parts,
                              const char *path,
                              const char *passphrase,
                              gboolean is_sandbox,
                              CrProgress *progress,
                              GCancellable *cancellable,
                              GError **error);
/* A GBytes that is wiped when it is freed. Takes @bytes. */
GBytes *cr_backup_file_keep_secret (GByteArray *bytes);

G_END_DECLS

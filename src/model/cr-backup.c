/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cr-backup.h"

CrBackup *
cr_backup_new (void)
{
  return g_new0 (CrBackup, 1);
}

void
cr_backup_free (CrBackup *self)
{
  g_free (self->version);
  g_free (self->workspace_id);
  g_free (self->clinic);
  g_free (self);
}

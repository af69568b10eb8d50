/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define CR_TYPE_WORKSPACE (cr_workspace_get_type ())
G_DECLARE_FINAL_TYPE (CrWorkspace, cr_workspace, CR, WORKSPACE, GObject)

/* One data folder, live or sandbox: made with mode 0700, remembered as what it is in its
 * `workspace.json`, held by one engine at a time. */
CrWorkspace *cr_workspace_open (const char *folder, gboolean is_sandbox, GError **error);
char *
cr_workspace_default_folder (gboolean is_sandbox); /* $XDG_DATA_HOME/chartroom/{live,sandbox} */
const char *cr_workspace_get_folder (CrWorkspace *self);
int cr_workspace_get_fd (CrWorkspace *self);
const char *cr_workspace_get_id (CrWorkspace *self); /* names its keyring entries */
gboolean cr_workspace_is_sandbox (CrWorkspace *self);
char *cr_workspace_get_path (CrWorkspace *self, const char *name);

gboolean cr_workspace_lock (CrWorkspace *self,
                            GError **error); /* CR_ERROR_IN_USE: another engine holds it */
void cr_workspace_unlock (CrWorkspace *self);
gboolean cr_workspace_reload (CrWorkspace *self, GError **error);
/* Waits on a thread until nobody holds it; for a server that a window took over from. Holds it when
 * done. */
void cr_workspace_wait_async (CrWorkspace *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
gboolean cr_workspace_wait_finish (CrWorkspace *self, GAsyncResult *result, GError **error);

#define CR_WORKSPACE_SOCKET "engine.sock"

G_END_DECLS

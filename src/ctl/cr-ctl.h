/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Exit codes of chartroomctl. */
typedef enum
{
  CR_EXIT_DONE = 0,
  CR_EXIT_FAILED = 1,
  CR_EXIT_USAGE = 2,
  CR_EXIT_NOT_FOUND = 3,
  CR_EXIT_REFUSED = 4,
  CR_EXIT_PARTLY = 5,
  CR_EXIT_KEYRING = 6,
  CR_EXIT_BUSY = 7,
  CR_EXIT_INTERRUPTED = 130,
} CrExit;

typedef struct _CrCtlCall CrCtlCall;

/* What a command is given, wherever it is carried out. */
typedef struct
{
  char **argv;  /* (owned): the command's words and options, without the global ones */
  char *person; /* (owned): the name on the action */
  char *secret; /* (owned) (nullable): the line read for --secret-stdin */
  char *folder; /* (owned): working folder of the caller, for file names */
  gboolean json;
  gboolean is_terminal; /* of the caller's stderr: progress is shown */
} CrCtlInput;

CrCtlInput *cr_ctl_input_new (void);
void cr_ctl_input_free (CrCtlInput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCtlInput, cr_ctl_input_free)

/* Where its text goes: stdout or stderr of the caller. */
typedef void (*CrCtlWrite) (gboolean is_error, const char *text, gsize length, gpointer user_data);

/* Main-thread asynchronous; gives the exit code. Errors are told through @write already.
 * @engine: (nullable): none for one of the few that need none, with the workspace locked
 * @starts_work: (out) (optional): queued something that an engine must still do. */
void cr_ctl_run_async (CrEngine *engine,
                       CrWorkspace *workspace,
                       const CrCtlInput *input,
                       CrCtlWrite write,
                       gpointer write_data,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data);
gboolean cr_ctl_works_alone (char **argv);
CrExit cr_ctl_run_finish (GAsyncResult *result, gboolean *starts_work);

/* Looks at the words alone: usage errors are told without an engine. */
gboolean cr_ctl_check (char **argv, gboolean *wants_secret, gboolean *needs_pages, char **usage);
/* One that may take longer than others would wait for its end. */
gboolean cr_ctl_takes_long (char **argv);
char *cr_ctl_usage (void);
CrExit cr_ctl_exit_for (const GError *error);
char *cr_ctl_error_text (const GError *error, gboolean json);

/* The engine's side of commands handed over, and the caller's. */
void cr_ctl_attach (CrEngine *engine);
gboolean cr_ctl_is_serving (CrEngine *engine); /* one that was handed over is under way */
void cr_ctl_hand_over_async (CrWorkspace *workspace,
                             const CrCtlInput *input,
                             CrCtlWrite write,
                             gpointer write_data,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
CrExit cr_ctl_hand_over_finish (GAsyncResult *result, GError **error);

G_END_DECLS

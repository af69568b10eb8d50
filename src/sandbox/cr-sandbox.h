/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "base/cr-time.h"

G_BEGIN_DECLS

#define CR_TYPE_SANDBOX (cr_sandbox_get_type ())
G_DECLARE_FINAL_TYPE (CrSandbox, cr_sandbox, CR, SANDBOX, GObject)

typedef struct
{
  const char *state_dir; /* made if it is not there; holds everything that survives a restart */
  guint64 seed;          /* 0: the one of the state, or 1 */
  guint n_patients;      /* 0: the number of the state, or 12 */
  CrClock clock;
  GTlsCertificate *certificate; /* (nullable): with its key; it speaks TLS then */
} CrSandboxOptions;

CrSandbox *cr_sandbox_new (const CrSandboxOptions *options, GError **error);
gboolean cr_sandbox_listen (CrSandbox *self, const char *address, GError **error);
const char *cr_sandbox_get_uri (CrSandbox *self);
void cr_sandbox_close (CrSandbox *self);

G_END_DECLS

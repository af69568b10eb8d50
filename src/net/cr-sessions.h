/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* The kept connections of a client, apart by who is trusted on them, and the CA files that were
 * read for it. Counted by references, in one thread. */
typedef struct _CrSessions CrSessions;

CrSessions *cr_sessions_new (guint max_per_host);
CrSessions *cr_sessions_ref (CrSessions *self);
void cr_sessions_unref (CrSessions *self);
/* @authorities: (nullable): NULL: those of the system alone */
SoupSession *cr_sessions_get (CrSessions *self, GTlsDatabase *authorities);
GTlsDatabase *cr_sessions_load_ca (CrSessions *self, const char *path, GError **error);

G_END_DECLS

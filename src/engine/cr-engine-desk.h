/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-notice.h"

G_BEGIN_DECLS

/* A desk that several people share: who is on duty, what locks it, what they are told of. */

GPtrArray *cr_engine_dup_people (CrEngine *self); /* → of char*, in the order of the alphabet */
const char *cr_engine_get_duty (CrEngine *self);  /* (nullable): nobody took it yet */
/* What these three do is noted in the name of @person; taking over as well in that of who took
 * over. */
void cr_engine_add_person_async (CrEngine *self,
                                 const char *name,
                                 const char *person,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void cr_engine_remove_person_async (CrEngine *self,
                                    const char *name,
                                    const char *person,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/* @name: need not be in the list */
void cr_engine_take_duty_async (CrEngine *self,
                                const char *name,
                                const char *person,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean cr_engine_people_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* What is typed to see the window again (DESK), or to change where records come from and go to
 * (ADMIN). A slow hash of it is kept and nothing else; it hides the screen, and does not encrypt
 * the data. */
typedef enum
{
  CR_LOCK_DESK,
  CR_LOCK_ADMIN,
} CrLockKind;

#define CR_LOCK_LEAST_CHARS 4

gboolean cr_engine_has_lock (CrEngine *self, CrLockKind kind);
/* @pass: (nullable): NULL takes the lock away */
void cr_engine_set_lock_async (CrEngine *self,
                               CrLockKind kind,
                               const char *pass,
                               const char *person,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean cr_engine_set_lock_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Errors: SIGN_IN when it is another; BUSY when too many were wrong: wait half a minute */
void cr_engine_try_lock_async (CrEngine *self,
                               CrLockKind kind,
                               const char *pass,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean cr_engine_try_lock_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* @now: of CrNotice (borrowed until it returns) → CrNotice of what began and what has ended since
 * the last time, also if that was before a restart. */
void cr_engine_compare_notices_async (CrEngine *self,
                                      GPtrArray *now,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *cr_engine_compare_notices_finish (CrEngine *self, GAsyncResult *result, GError **error);
/* Whether nothing was told in the name of `digest` since @since_ms: then it is now. */
void cr_engine_claim_digest_async (CrEngine *self,
                                   gint64 since_ms,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean cr_engine_claim_digest_finish (CrEngine *self, GAsyncResult *result, GError **error);

/* As kept, or its fallback; NULL: there is none. */
const char *cr_engine_read_setting (CrEngine *self, const char *key);

G_END_DECLS

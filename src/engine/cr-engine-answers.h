/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine.h"
#include "model/cr-answer.h"

G_BEGIN_DECLS

/* Answers to writes of the API that carried an Idempotency-Key: asked the same again within a day,
 * also by way of another engine, the same is answered and nothing is done twice. */
void cr_engine_begin_answer_async (CrEngine *self,
                                   const char *key,
                                   const char *request,
                                   const char *patient_id,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
CrAnswer *cr_engine_begin_answer_finish (CrEngine *self, GAsyncResult *result, GError **error);
void cr_engine_settle_answer_async (CrEngine *self,
                                    const char *key,
                                    guint status,
                                    const char *body,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean cr_engine_settle_answer_finish (CrEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "engine/cr-engine-private.h"

G_BEGIN_DECLS

/* Takes away what files in parts left at storage that were begun and never ended: see
 * store/cr-uploads-table.h. What cannot be taken away now stays written down and is tried again,
 * ever more rarely; of a destination that is removed for a week. Cannot fail. */
void cr_engine_clean_async (CrEngine *self,
                            const char *destination_id,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/* Returns: (transfer full) (nullable): what is still there, in words */
char *cr_engine_clean_finish (CrEngine *self, GAsyncResult *result);

/* The same without waiting. @destination_id: (nullable): of all */
void cr_engine_go_on_cleaning (CrEngine *self, const char *destination_id);

/* At the start of the engine. */
void cr_engine_begin_cleaning (CrEngine *self);
/* Does it for @destination_id before @task, which a verb has done, says that it has. Takes @task.
 */
void cr_engine_clean_before (CrEngine *self, const char *destination_id, GTask *task);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean cr_retry_status_is_retryable (guint status);
gint64 cr_retry_after_ms (const char *value, gint64 now_ms); /* 0: absent or unreadable */
gint64 cr_retry_delay_ms (guint attempt,
                          guint32 random); /* backoff with full jitter; attempt from 1 */

G_END_DECLS

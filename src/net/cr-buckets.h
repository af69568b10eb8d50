/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A token bucket for each visitor: @burst requests at once, @per_second from then on. */
typedef struct _CrBuckets CrBuckets;

CrBuckets *cr_buckets_new (double per_second, double burst);
void cr_buckets_free (CrBuckets *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBuckets, cr_buckets_free)
gboolean cr_buckets_take (CrBuckets *self, const char *visitor, gint64 now_us);

G_END_DECLS

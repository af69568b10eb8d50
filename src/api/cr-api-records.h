/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-call.h"

G_BEGIN_DECLS

/* Parameters of reads of records; NULL and -1 without. */
char *cr_api_types (const char *text);
gint64 cr_api_time (const char *text);

G_END_DECLS

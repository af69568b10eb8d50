/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

#define CR_SANDBOX_BUCKET_NAME "clinic-lake"
#define CR_SANDBOX_BUCKET_REGION "us-east-1"

void cr_description_answer (CrVisit *x);
char *cr_description_make_secret (guint64 seed, const char *what, guint length);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-visit.h"

G_BEGIN_DECLS

typedef struct _CrRequestLog CrRequestLog;

CrRequestLog *cr_request_log_new (void);
void cr_request_log_free (CrRequestLog *self);
void cr_request_log_add (CrRequestLog *self, CrVisit *x);
void cr_request_log_answer (CrRequestLog *self, CrVisit *x);

G_END_DECLS

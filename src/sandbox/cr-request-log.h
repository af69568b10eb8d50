/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "sandbox/cr-exchange.h"

G_BEGIN_DECLS

typedef struct _CrRequestLog CrRequestLog;

CrRequestLog *cr_request_log_new (void);
void cr_request_log_free (CrRequestLog *self);
void cr_request_log_add (CrRequestLog *self, CrExchange *x);
void cr_request_log_answer (CrRequestLog *self, CrExchange *x);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-source.h"
#include "net/cr-client.h"

G_BEGIN_DECLS

/* Asks sources for nothing but the Date of their answer, before something ends by our clock. What
 * they say is in the client's CrSkew. */
typedef struct _CrTimeAsking CrTimeAsking;

CrTimeAsking *cr_time_asking_new (CrClient *client);
void cr_time_asking_free (CrTimeAsking *self);
/* @sources: of CrSource. Not more often than once a minute, and once in ten when the answer was
 * that our clock is wrong. */
void cr_time_asking_begin (CrTimeAsking *self, GPtrArray *sources);
void cr_time_asking_stop (CrTimeAsking *self);

G_END_DECLS

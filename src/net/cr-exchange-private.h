/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "net/cr-server.h"

G_BEGIN_DECLS

CrExchange *cr_exchange_new (SoupServerMessage *message, gboolean is_loopback);
/* Of a message that nothing was read of yet: its answer lies ready. */
CrExchange *cr_exchange_new_ahead (SoupServerMessage *message);
/* Takes @parameters. */
void cr_exchange_set_parameters (CrExchange *self, GHashTable *parameters);
/* After the handler: holds the connection until the answer comes. */
void cr_exchange_wait (CrExchange *self);

G_END_DECLS

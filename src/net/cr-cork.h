/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* libsoup writes a body in pieces of 8 KB, each at once. While a connection is corked the system
 * sends what it was given in full segments only, as if it had come in one piece. */
void cr_cork_notice (SoupSession *session, SoupMessage *message, GIOStream *connection);
void cr_cork_set (SoupSession *session, SoupMessage *message, gboolean is_corked);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* Has libsoup write the bodies of requests in large pieces; to be called while a message starts. */
void cr_pour_widely (void);

G_END_DECLS

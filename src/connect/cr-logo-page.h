/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "net/cr-server.h"

G_BEGIN_DECLS

/* GET /logos/{id}: the copy that is kept of a source's logo. */
void cr_logo_page (CrExchange *exchange, gpointer user_data);

G_END_DECLS

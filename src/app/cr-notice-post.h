/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Shows a notice where the desktop has somebody who shows them; where it has nobody, nothing
 * depends on it. Withdrawing is GApplication's own. */
void cr_notice_post (GApplication *application, const char *id, GNotification *notification);

G_END_DECLS

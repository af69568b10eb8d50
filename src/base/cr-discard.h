/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void cr_discard_stream (GOutputStream *stream);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Small foreign documents whose numbers do not matter. */
JsonObject *cr_document_parse (GBytes *body, const char *what, GError **error);

G_END_DECLS

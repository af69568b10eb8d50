/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "api/cr-api-error.h"
#include "api/cr-api-route.h"

G_BEGIN_DECLS

gboolean cr_api_check_text (const CrApiField *field, const char *text, GError **error);
JsonObject *cr_api_body_read (const CrApiBody *body,
                              const char *text,
                              gsize n_bytes,
                              const char **param,
                              CrApiCode *code,
                              GError **error);

G_END_DECLS

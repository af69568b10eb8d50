/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/cr-attempt.h"
#include "model/cr-source.h"
#include "net/cr-oauth.h"
#include "store/cr-client-uses-table.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* What foreign answers mean for us. Pure. */
CrFailureCode cr_judge_authorization (const char *oauth_error);
CrFailureCode cr_judge_exchange (const char *oauth_error, const GError *error);
gboolean cr_judge_refresh_lapses (const char *oauth_error);
CrOAuthAuth cr_judge_auth (CrClientAuth auth);
char *cr_judge_scopes (const char *asked, const char *granted, char **words);
CrFailureCode cr_judge_client (CrFailureCode code, const CrClientUse *use, gint64 now_ms);

G_END_DECLS
